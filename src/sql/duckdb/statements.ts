import { type DataType, MAX_PRECISION, type Schema } from '../../schema/dtype.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { withZone } from '../instant-text.ts';
import { shareTexts } from '../row-share.ts';
import { decimalText, isFraction, wider } from './decimal-text.ts';

function rowAsJson(columns: Schema): string {
  const names = columns.map(({ name, dtype }) => `${quoteName(name)} := ${inJson(quoteName(name), dtype)}`);
  return `CAST(to_json(struct_pack(${names.join(', ')})) AS VARCHAR)`;
}

/** The engine writes .5, which is no JSON, and instants without their zone. */
function inJson(column: string, dtype: DataType): string {
  if (dtype.id === 'timestamp') return withZone(`CAST(${column} AS VARCHAR)`, dtype);
  if (!isFraction(dtype)) return column;
  return dtype.precision < MAX_PRECISION ? wider(column, dtype) : decimalText(column, dtype);
}

/** What a value adds to the share of its row: its text, which is not always what the engine shows. */
function hashed(name: string, dtype: DataType): string {
  switch (dtype.id) {
    case 'list':
    case 'struct':
      return `CAST(to_json(${quoteName(name)}) AS VARCHAR)`;
    case 'binary':
      return `hex(${quoteName(name)})`;
    // -0 and 0 are equal, and the engine may give either for the other.
    case 'float':
      return `CAST(${quoteName(name)} + 0 AS VARCHAR)`;
    case 'decimal':
      return decimalText(quoteName(name), dtype);
    default:
      return `CAST(${quoteName(name)} AS VARCHAR)`;
  }
}

function share(columns: Schema, seed: number): string {
  const texts = shareTexts(columns, ({ name, dtype }) => hashed(name, dtype));
  return `(CAST(md5_number_lower(concat_ws('|1', '${seed}', ${texts})) >> 11 AS DOUBLE) / 9007199254740992.0)`;
}

/** The parts of statements. */
export const statements: Pick<
  Dialect,
  'rowId' | 'keepsOrder' | 'limitsUnderJoins' | 'hasSortKeys' | 'filterWindows' | 'share' | 'rowAsJson'
> = {
  rowId: 'rowid',
  keepsOrder: true,
  // See docs/decisions/0007.
  limitsUnderJoins: false,
  hasSortKeys: true,
  filterWindows: (from, _, condition) => `SELECT * FROM ${from} QUALIFY ${condition}`,
  share,
  rowAsJson,
};
