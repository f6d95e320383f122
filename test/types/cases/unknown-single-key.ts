import { load } from '../../../src/index.ts';
import { sales } from '../sales.ts';

// Type '"skuu"' is not assignable to type '"cost" | "day" | "invoice"
load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert', key: 'skuu' });
