// The first query of a process: node startup/millrace.mjs <file> <values | csv>
import { read, t } from '../../dist/index.js';

const [file, kind] = process.argv.slice(2);
const rows =
  kind === 'csv'
    ? await read
        .csv(file, { schema: { sku: t.string(), quantity: t.int() }, extraColumns: 'ignore' })
        .filter((r) => r.quantity.gt(1))
        .rows()
    : await read
        .rows([{ quantity: 1 }, { quantity: 2 }], { schema: { quantity: t.int() } })
        .filter((r) => r.quantity.gt(1))
        .rows();
if (rows.length === 0) throw new Error('no rows');
