import { DuckDBSession } from '../../src/engines/duckdb/session.ts';
import { type Col, type Cols, type FrameOf, t } from '../../src/index.ts';
import { readersOf } from '../../src/readers/read.ts';

/** A column of every dtype, and each once more nullable. */
export const everyDType = {
  id: t.int(),
  group: t.string(),
  int: t.int(),
  int_n: t.int().nullable(),
  big: t.bigint(),
  big_n: t.bigint().nullable(),
  float: t.float(),
  float_n: t.float().nullable(),
  dec: t.decimal(12, 2),
  dec_n: t.decimal(12, 2).nullable(),
  fine: t.decimal(18, 6),
  text: t.string(),
  text_n: t.string().nullable(),
  region: t.enum(['north', 'south']),
  region_n: t.enum(['north', 'south']).nullable(),
  flag: t.boolean(),
  flag_n: t.boolean().nullable(),
  day: t.date(),
  day_n: t.date().nullable(),
  at: t.timestamp(),
  at_n: t.timestamp().nullable(),
  json: t.json(),
  list: t.list(t.int()),
  struct: t.struct({ x: t.int(), y: t.string() }),
  binary: t.binary(),
};

export type EveryDType = FrameOf<typeof everyDType>;
export type Row = EveryDType extends { readonly columns: { readonly one: infer C extends Col } } ? Cols<C> : never;

const whole = {
  group: 'a',
  int: 7,
  int_n: -3,
  big: 5_000_000_000n,
  big_n: -2n,
  float: 2.5,
  float_n: -0.5,
  dec: '1234.55',
  dec_n: '-0.05',
  fine: '3.141592',
  text: ' Ab1 ',
  text_n: 'b',
  region: 'north',
  region_n: 'south',
  flag: true,
  flag_n: false,
  day: '2024-02-29',
  day_n: '2023-12-31',
  at: new Date('2024-02-29T23:30:15.250Z'),
  at_n: new Date('1969-07-20T20:17:40Z'),
  json: { a: [1, null] },
  list: [1, 2],
  struct: { x: 1, y: 'z' },
  binary: new Uint8Array([1, 2]),
};
const nulls = Object.fromEntries(
  Object.entries(everyDType).flatMap(([name, type]) => (type.isNullable ? [[name, null]] : [])),
);
const zeros = { int: 0, big: 0n, float: 0, dec: '0', fine: '0', text: '', flag: false };

export const session = new DuckDBSession();

/** Rows with nulls wherever they may be, zeros and empty text, in groups of three rows and of one. */
export const everyRows: readonly Readonly<Record<string, unknown>>[] = [
  { ...whole, id: 1 },
  { ...whole, ...nulls, id: 2 },
  { ...whole, ...zeros, id: 3 },
  { ...whole, ...nulls, ...zeros, id: 4, group: 'b', int: -7, dec: '-1', float: -1 },
];

export const every: EveryDType = readersOf(session).rows(everyRows, { schema: everyDType });
