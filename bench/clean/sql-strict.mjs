// The clean job as SQL written by hand, with the checks millrace makes: node clean/sql-strict.mjs <in.csv> <out.parquet>
// Every column is read as text, its shape is checked, then it is cast; the first bad value stops the run.
// Cheap tests come first: a number that is cast and printed again as the same text, a timestamp of the usual shape.
// Only what fails those meets the full pattern.
import { clean } from './sql.mjs';

const int = '[+-]?[0-9]+';
const decimal2 = '[+-]?([0-9]+([.][0-9]{0,2})?|[.][0-9]{1,2})';
const float = '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?';
const timestamp = '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?';

const bad = (name) => `error('${name}: not acceptable: ' || ${name})`;
const roundTrip = (name, pattern) => `
  when try_${name}::varchar = ${name} then try_${name}
  when try_${name} is not null and regexp_full_match(${name}, '${pattern}') then try_${name}`;
const column = (name, whens, absent = 'null') => `
  case ${whens}
  when ${name} is null then ${absent}
  else ${bad(name)} end as ${name}`;
const required = (name, whens) => column(name, whens, `error('${name}: null')`);

await clean({
  types: {
    id: 'VARCHAR',
    region: 'VARCHAR',
    product: 'VARCHAR',
    quantity: 'VARCHAR',
    unit_price: 'VARCHAR',
    discount: 'VARCHAR',
    revenue: 'VARCHAR',
    sold_at: 'VARCHAR',
  },
  also: `
    try_cast(id as bigint) as try_id, try_cast(quantity as bigint) as try_quantity,
    try_cast(unit_price as decimal(12, 2)) as try_unit_price, try_cast(revenue as decimal(12, 2)) as try_revenue,
    try_cast(discount as double) as try_discount`,
  select: `
    ${required('id', roundTrip('id', int))},
    ${required('region', 'when region is not null then lower(trim(region))')},
    ${required('product', 'when product is not null then lower(trim(product))')},
    ${column('quantity', roundTrip('quantity', int))},
    ${required('unit_price', roundTrip('unit_price', decimal2))},
    ${column('discount', `when isfinite(try_discount) and regexp_full_match(discount, '${float}') then try_discount`)},
    ${required('revenue', roundTrip('revenue', decimal2))},
    ${required(
      'sold_at',
      `
      when strlen(sold_at) = 19 and sold_at glob '[0-9]???-??-?[0-9][ T][0-2]?:??:?[0-9]' then cast(sold_at as timestamp)
      when regexp_full_match(sold_at, '${timestamp}') then cast(sold_at as timestamp)`,
    )}`,
});
