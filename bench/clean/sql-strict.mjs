// The clean job as SQL written by hand, with the checks millrace makes: node clean/sql-strict.mjs <in.csv> <out.parquet>
// Every column is read as text, its shape is checked, then it is cast; the first bad value stops the run.
import { clean } from './sql.mjs';

const int = '[+-]?[0-9]+';
const decimal2 = '[+-]?([0-9]+([.][0-9]{0,2})?|[.][0-9]{1,2})';
const float = '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?';
const timestamp = '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?';

const bad = name => `error('${name}: not acceptable: ' || ${name})`;
const required = (name, value) => `case when ${name} is null then error('${name}: null') else ${value} end as ${name}`;
const checked = (name, dtype, pattern) =>
  `case when ${name} is null then null when regexp_full_match(${name}, '${pattern}') then cast(${name} as ${dtype}) else ${bad(name)} end`;

await clean({
  types: {
    id: 'VARCHAR', region: 'VARCHAR', product: 'VARCHAR', quantity: 'VARCHAR',
    unit_price: 'VARCHAR', discount: 'VARCHAR', revenue: 'VARCHAR', sold_at: 'VARCHAR',
  },
  select: `
    ${required('id', checked('id', 'BIGINT', int))},
    ${required('region', 'lower(trim(region))')},
    ${required('product', 'lower(trim(product))')},
    ${checked('quantity', 'BIGINT', int)} as quantity,
    ${required('unit_price', checked('unit_price', 'DECIMAL(12, 2)', decimal2))},
    ${checked('discount', 'DOUBLE', float)} as discount,
    ${required('revenue', checked('revenue', 'DECIMAL(12, 2)', decimal2))},
    ${required('sold_at', checked('sold_at', 'TIMESTAMP', timestamp))}`,
  check: `select case when count(*) > 0 then error('discount: not finite') end from sales where isinf(discount)`,
});
