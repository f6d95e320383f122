import { sales } from '../sales.ts';

// Property 'suffix' is missing in type '{ on: "sku"[]; }' but required in type
sales.select('sku', 'day').join(sales.select('sku', 'day'), { on: ['sku'] });
