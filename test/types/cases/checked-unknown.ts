import { notNull } from '../../../src/index.ts';
import { sales } from '../sales.ts';

// Object literal may only specify known properties, but 'stokc' does not exist in type
// Did you mean to write 'stock'?
sales.check({ stokc: notNull });
