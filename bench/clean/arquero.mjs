// The clean job in Arquero, 1,000,000 rows: node clean/arquero.mjs <in.csv> <out.parquet>
// Arquero writes no Parquet: its Arrow output goes through parquet-wasm.
import { readFileSync, writeFileSync } from 'node:fs';
import { desc, fromCSV, op } from 'arquero';
import { Compression, Table, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm';

const [input, output] = process.argv.slice(2);
const number = (text) => (text === '' ? null : Number(text));
const table = fromCSV(readFileSync(input, 'utf8'), {
  autoType: false,
  parse: {
    id: number,
    quantity: number,
    unit_price: number,
    discount: number,
    revenue: number,
    sold_at: (text) => new Date(`${text.replace(' ', 'T')}Z`),
  },
})
  .derive({
    region: (d) => op.lower(op.trim(d.region)),
    product: (d) => op.lower(op.trim(d.product)),
  })
  .impute({ quantity: (d) => op.mean(d.quantity), discount: (d) => op.mean(d.discount) })
  .filter((d) => d.revenue > 0)
  .dedupe('id')
  .derive({
    year: (d) => op.utcyear(d.sold_at),
    month: (d) => op.utcmonth(d.sold_at) + 1,
    day: (d) => op.utcdate(d.sold_at),
  })
  .orderby('region', desc('revenue'))
  .reify();
const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build();
writeFileSync(output, writeParquet(Table.fromIPCStream(table.toArrowIPC({ format: 'stream' })), properties));
