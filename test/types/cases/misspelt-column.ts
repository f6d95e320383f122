import { sales } from '../sales.ts';

// Property 'quantitty' does not exist on type
// Did you mean 'quantity'?
sales.filter((r) => r.quantitty.gt(0));
