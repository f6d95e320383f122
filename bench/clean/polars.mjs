// The clean job in nodejs-polars: node clean/polars.mjs <in.csv> <out.parquet>
// unit_price and revenue are floats here; a value that does not fit its dtype is an error, as far as polars checks it.
import pl from 'nodejs-polars';

const [input, output] = process.argv.slice(2);
const text = (name) => pl.col(name).str.strip().str.toLowerCase().as(name);
pl.scanCSV(input, {
  schema: {
    id: pl.Int64,
    region: pl.Utf8,
    product: pl.Utf8,
    quantity: pl.Int64,
    unit_price: pl.Float64,
    discount: pl.Float64,
    revenue: pl.Float64,
    sold_at: pl.Utf8,
  },
})
  .withColumns(
    text('region'),
    text('product'),
    pl.col('quantity').fillNull(pl.col('quantity').mean()).as('quantity'),
    pl.col('discount').fillNull(pl.col('discount').mean()).as('discount'),
    pl.col('sold_at').str.strptime(pl.Datetime('ms'), '%Y-%m-%d %H:%M:%S').as('sold_at'),
  )
  .filter(pl.col('revenue').gt(0))
  .unique({ subset: ['id'], keep: 'first', maintainOrder: true })
  .withColumns(
    pl.col('sold_at').date.year().as('year'),
    pl.col('sold_at').date.month().as('month'),
    pl.col('sold_at').date.day().as('day'),
  )
  .sort([pl.col('region'), pl.col('revenue').mul(-1)], false, false, true) // a lazy sort has one direction for all keys
  .collectSync()
  .writeParquet(output, { compression: 'zstd' });
