import { fn } from '../../../src/index.ts';
import { sales } from '../sales.ts';

// Argument of type '1' is not assignable to parameter of type '1 & { readonly 'the branches have different dtypes': never; }'.
sales.withColumns((r) => ({ tier: fn.when(r.paid, 'bulk').else(1) }));
