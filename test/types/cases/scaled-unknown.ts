import { fitScaler } from '../../../src/index.ts';
import { sales } from '../sales.ts';

// Type '"prise"' is not assignable to type
await fitScaler(sales, { columns: ['prise'], method: 'standard' });
