import { sales } from '../sales.ts';

// Property 'pricee' does not exist on type
sales.select('sku', 'day').join(sales.select('sku', 'price'), { on: 'sku', where: (_, r) => r.pricee.gt(1) });
