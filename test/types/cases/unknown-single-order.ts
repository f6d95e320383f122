import { sales } from '../sales.ts';

// Type '"dya"' is not assignable to type
sales.dedupe({ by: 'invoice', orderBy: 'dya' });
