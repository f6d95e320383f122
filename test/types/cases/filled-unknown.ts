import { sales } from '../sales.ts';

// 'stokc' does not exist in type
// Did you mean to write 'stock'?
sales.fillNulls({ stock: 0, stokc: 0 });
