import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { type DataType, type SchemaSpec, t } from '../../src/index.ts';

/**
 * Random tables of every dtype, at the limits of each. A value is told twice: as SQL of the engine, which makes the
 * table without a line of the code under test, and as what `told.ts` says of it when it comes back.
 */

/** What a value is, without loss: text where it is one, arrays and objects where it is nested. */
export type Told = null | string | readonly Told[] | { readonly [name: string]: Told };

interface Cell {
  readonly sql: string;
  readonly told: Told;
}

/** What a target cannot hold is left out. */
export interface Limits {
  /** NaN and infinities, of floats and of time. */
  readonly nonFinite: boolean;
  /** Characters of no script: U+0000. */
  readonly nul: boolean;
  /** Days and instants outside of the years 1 to 9999. */
  readonly farTime: boolean;
  /** Of what is inside lists and structs, where that is less. */
  readonly nested?: Limits;
}

/** A declared type without its nullability, its name in SQL, and its values. */
interface Kind {
  readonly id: string;
  readonly type: ReturnType<typeof t.string>;
  readonly sql: string;
  readonly cell: fc.Arbitrary<Cell>;
}

interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly nullable: boolean;
}

export interface RandomTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''").replaceAll('\0', `' || chr(0) || '`)}'`;
const cellOf = (told: string, sql: string): Cell => ({ told, sql });
/** A value that its text tells in full. */
const spelled =
  (type: string) =>
  (text: string): Cell =>
    cellOf(text, `CAST('${text}' AS ${type})`);

const ofInts = (most: bigint, cell: (text: string) => Cell): fc.Arbitrary<Cell> =>
  fc
    .oneof(
      fc.constantFrom(0n, 1n, -1n, most, -most, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 53n - 1n),
      fc.bigInt({ min: -most, max: most }),
    )
    .map((n) => cell(String(n)));

/** Its limits and some of its kind: what is equal and not the same, what is next to a power of ten, the least, the greatest. */
const FLOATS = [0, -0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e21, 1e-7, 1e23, 1 / 3];
const floats = (limits: Limits): fc.Arbitrary<Cell> =>
  fc
    .oneof(
      fc.constantFrom(...FLOATS, ...(limits.nonFinite ? [Number.NaN, Infinity, -Infinity] : [])),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    .map((value) => {
      const told = Object.is(value, -0) ? '-0' : String(value);
      return cellOf(told, `CAST('${told}' AS DOUBLE)`);
    });

const decimals = (precision: number, scale: number): fc.Arbitrary<Cell> => {
  const most = 10n ** BigInt(precision) - 1n;
  const told = (n: bigint): string => {
    const digits = String(n < 0n ? -n : n).padStart(scale + 1, '0');
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return n < 0n ? `-${text}` : text;
  };
  return fc
    .oneof(fc.constantFrom(0n, 1n, -1n, most, -most), fc.bigInt({ min: -most, max: most }))
    .map((n) => spelled(`DECIMAL(${precision}, ${scale})`)(told(n)));
};

/** Texts that formats and servers are known to take for something else. */
const TEXTS = [
  ['', ' ', '"', '""', "'", ',', '\n', '\r\n', '\r', '\t', '\v', '\b', '\f', '\\', '\\N', '\\.', '\\n', '\\x41'],
  ['NULL', 'null', 'NaN', 'inf', 'true', '1.0', '[', '{"a":1}', '$1', '%s', '--', '/*', '\u0001', '\u00012', '\u007f'],
  ['é', 'e\u0301', 'ß', 'İ', '\u202e', '\u200b', '\ufeff', '\u2028', '\u00a0', '\ud7ff', '\ue000', '\ufffd', '\uffff'],
  ['😀', '👩‍👩‍👧', '\u{10ffff}', '\u{10000}', '日本語', 'x'.repeat(300)],
].flat();
const wellFormed = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text).toString());
const texts = ({ nul }: Limits): fc.Arbitrary<string> =>
  fc
    .oneof(fc.constantFrom(...TEXTS, ...(nul ? ['\0', 'a\0b'] : [])), wellFormed)
    .map((text) => (nul ? text : text.replaceAll('\0', '')));

const bytes = fc
  .oneof(
    fc.constantFrom(new Uint8Array(), Uint8Array.of(0), Uint8Array.of(255, 0, 92, 120)),
    fc.uint8Array({ maxLength: 20 }),
  )
  .map((value) => {
    const hex = Buffer.from(value).toString('hex');
    return cellOf(hex, `unhex('${hex}')`);
  });

/** Days from 0001-01-01 to 9999-12-31. */
const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896];
const DAY_MICROS = 86_400_000_000;
const isoOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);
const near = fc.oneof(
  fc.constantFrom(FIRST_DAY, LAST_DAY, 0, -1, 11_016, 10_957),
  fc.integer({ min: FIRST_DAY, max: LAST_DAY }),
);
/** What both engines hold, and JavaScript's dates do not all. */
const FAR_DAYS = {
  '4713-11-24 (BC)': '-2440222',
  '0001-12-31 (BC)': '-719163',
  '0044-03-15 (BC)': '-735160',
  '10000-01-01': '2932897',
  '275760-09-13': '100000000',
  '5874897-12-31': '2145042905',
};
const FAR_INSTANTS = {
  '4713-11-24 (BC) 00:00:00': '-210835180800000000',
  '0001-12-31 (BC) 23:59:59.999999': '-62135596800000001',
  '10000-01-01 00:00:00': '253402300800000000',
  '275760-09-13 00:00:00.000001': '8640000000000000001',
  '294246-12-31 23:59:59.999999': '9223371244799999999',
};
const INFINITE_DAYS = { infinity: '2147483647', '-infinity': '-2147483647' };
const INFINITE_INSTANTS = { infinity: '9223372036854775807', '-infinity': '-9223372036854775807' };

const ofTexts = (type: string, texts: Readonly<Record<string, string>>): fc.Arbitrary<Cell> =>
  fc.constantFrom(...Object.entries(texts)).map(([text, told]) => cellOf(told, `CAST('${text}' AS ${type})`));

const days = ({ nonFinite, farTime }: Limits): fc.Arbitrary<Cell> =>
  fc.oneof(
    { arbitrary: near.map((n) => cellOf(String(n), `CAST('${isoOf(n)}' AS DATE)`)), weight: 4 },
    ofTexts('DATE', {
      '2024-02-29': '19782',
      ...(farTime ? FAR_DAYS : {}),
      ...(nonFinite ? INFINITE_DAYS : {}),
    }),
  );

const clocks = fc.oneof(fc.constantFrom(0, 1, DAY_MICROS - 1), fc.integer({ min: 0, max: DAY_MICROS - 1 }));
const instants = ({ nonFinite, farTime }: Limits): fc.Arbitrary<Cell> =>
  fc.oneof(
    {
      arbitrary: fc.tuple(near, clocks).map(([day, clock]) => {
        const second = new Date(Math.floor(clock / 1e6) * 1000).toISOString().slice(11, 19);
        const text = `${isoOf(day)} ${second}.${String(clock % 1_000_000).padStart(6, '0')}`;
        return cellOf(String(BigInt(day) * BigInt(DAY_MICROS) + BigInt(clock)), `CAST('${text}' AS TIMESTAMP)`);
      }),
      weight: 4,
    },
    ofTexts('TIMESTAMP', {
      '1969-12-31 23:59:59.999999': '-1',
      ...(farTime ? FAR_INSTANTS : {}),
      ...(nonFinite ? INFINITE_INSTANTS : {}),
    }),
  );

const JSONS = ['true', '0', '-0', '1.50', '12345678901234567890', '""', '"\\u0001a"', '[]', '{}', '[null,"NaN"]'];
const jsons = ({ nul }: Limits): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.constantFrom(...JSONS),
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      texts({ nul, nonFinite: true, farTime: true }).map((text) => JSON.stringify({ [text.slice(0, 5)]: [text] })),
    )
    // JSON's null is no value where JSON carries the nulls of columns.
    .filter((text) => text !== 'null' && !/\\ud[89a-f]/i.test(text) && (nul || !text.includes('\\u0000')));

const plain = (limits: Limits): readonly fc.Arbitrary<Kind>[] => {
  const kind = (id: string, type: unknown, sql: string, cell: fc.Arbitrary<Cell>): Kind => ({
    id,
    type: type as Kind['type'],
    sql,
    cell,
  });
  const text = texts(limits);
  const one = (made: Kind): fc.Arbitrary<Kind> => fc.constant(made);
  return [
    one(kind('int', t.int(), 'BIGINT', ofInts(2n ** 53n - 1n, spelled('BIGINT')))),
    one(
      kind(
        'bigint',
        t.bigint(),
        'BIGINT',
        fc.oneof(ofInts(2n ** 63n - 1n, spelled('BIGINT')), fc.constant(spelled('BIGINT')(String(-(2n ** 63n))))),
      ),
    ),
    one(kind('float', t.float(), 'DOUBLE', floats(limits))),
    fc
      .tuple(fc.oneof(fc.constantFrom(38, 19, 18, 1), fc.integer({ min: 1, max: 38 })), fc.nat(38))
      .map(([precision, at]) => [precision, at % (precision + 1)] as const)
      .map(([precision, scale]) =>
        kind('decimal', t.decimal(precision, scale), `DECIMAL(${precision}, ${scale})`, decimals(precision, scale)),
      ),
    one(
      kind(
        'string',
        t.string(),
        'VARCHAR',
        text.map((value) => cellOf(value, quoted(value))),
      ),
    ),
    fc.uniqueArray(texts({ ...limits, nul: false }), { minLength: 1, maxLength: 4 }).map((values) =>
      kind(
        'enum',
        t.enum(values as [string, ...string[]]),
        'VARCHAR',
        fc.constantFrom(...values).map((value) => cellOf(value, quoted(value))),
      ),
    ),
    one(
      kind(
        'boolean',
        t.boolean(),
        'BOOLEAN',
        fc.boolean().map((b) => cellOf(String(b), String(b))),
      ),
    ),
    one(kind('date', t.date(), 'DATE', days(limits))),
    one(kind('timestamp', t.timestamp(), 'TIMESTAMP', instants(limits))),
    one(
      kind(
        'json',
        t.json(),
        'JSON',
        jsons(limits).map((value) => cellOf(value, `CAST(${quoted(value)} AS JSON)`)),
      ),
    ),
    one(kind('binary', t.binary(), 'BLOB', bytes)),
  ];
};

const nullable = (cell: fc.Arbitrary<Cell>, may: boolean): fc.Arbitrary<Cell> =>
  may ? fc.oneof({ arbitrary: cell, weight: 3 }, fc.constant({ sql: 'NULL', told: null })) : cell;

const FIELDS = ['a', 'b c', '"', 'é', 'Select'];

function kinds(limits: Limits, depth: number): fc.Arbitrary<Kind> {
  const leaf = fc.oneof(...plain(limits));
  if (depth === 0) return leaf;
  const inner = kinds(limits.nested ?? limits, depth - 1);
  const list = fc.tuple(inner, fc.boolean()).map(
    ([item, may]): Kind => ({
      id: 'list',
      type: t.list(may ? item.type.nullable() : item.type) as unknown as Kind['type'],
      sql: `${item.sql}[]`,
      cell: fc.array(nullable(item.cell, may), { maxLength: 4 }).map((cells) => ({
        sql: `CAST([${cells.map(({ sql }) => sql).join(', ')}] AS ${item.sql}[])`,
        told: cells.map(({ told }) => told),
      })),
    }),
  );
  const struct = fc.array(fc.tuple(inner, fc.boolean()), { minLength: 1, maxLength: 4 }).map((fields): Kind => {
    const named = fields.map(([kind, may], i) => ({ name: FIELDS[i] ?? '', kind, may }));
    const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
    return {
      id: 'struct',
      type: t.struct(
        Object.fromEntries(named.map(({ name, kind, may }) => [name, may ? kind.type.nullable() : kind.type])),
      ) as unknown as Kind['type'],
      sql: `STRUCT(${named.map(({ name, kind }) => `${quotedName(name)} ${kind.sql}`).join(', ')})`,
      cell: fc.tuple(...named.map(({ kind, may }) => nullable(kind.cell, may))).map((cells) => ({
        sql: `struct_pack(${cells.map(({ sql }, i) => `${quotedName(named[i]?.name ?? '')} := CAST(${sql} AS ${named[i]?.kind.sql})`).join(', ')})`,
        told: Object.fromEntries(cells.map(({ told }, i) => [named[i]?.name ?? '', told])),
      })),
    };
  });
  return fc.oneof({ arbitrary: leaf, weight: 5 }, list, struct);
}

/** Tables of a few columns of any dtypes; the first, `n`, numbers the rows. */
function tables(limits: Limits): fc.Arbitrary<RandomTable> {
  const columns = fc.array(fc.tuple(kinds(limits, 2), fc.boolean()), { minLength: 1, maxLength: 6 });
  return columns.chain((given) => {
    const named = given.map(([kind, may], i): Column => ({ name: `c${i}`, kind, nullable: may }));
    const row = fc.tuple(...named.map(({ kind, nullable: may }) => nullable(kind.cell, may)));
    const int: Kind = { id: 'int', type: t.int() as never, sql: 'BIGINT', cell: fc.constant(cellOf('0', '0')) };
    return fc.array(row, { maxLength: 20 }).map((rows) => ({
      columns: [{ name: 'n', kind: int, nullable: false }, ...named],
      rows: rows.map((cells, n) => [spelled('BIGINT')(String(n)), ...cells]),
    }));
  });
}

/** The random table of a seed. */
export function randomTable(limits: Limits, seed: number): RandomTable {
  const [table] = fc.sample(tables(limits), { seed, numRuns: 1 });
  if (table === undefined) throw new Error('no table');
  return table;
}

/** The declared schema of a random table. */
export function schemaOf({ columns }: RandomTable): SchemaSpec {
  return Object.fromEntries(
    columns.map(({ name, kind, nullable }) => [name, nullable ? kind.type.nullable() : kind.type]),
  );
}

/** What became of a table: its columns that are not as they were, each with the first value that is another. */
export function differences(
  table: RandomTable,
  found: readonly Told[],
  same: (told: Told, dtype: DataType) => Told = (told) => told,
): string[] {
  const { columns, rows } = table;
  if (found.length !== rows.length) return [`${rows.length} rows became ${found.length}`];
  return columns.flatMap(({ name, kind }, c) => {
    const { dtype } = kind.type;
    const text = (told: Told | undefined): string => JSON.stringify(same(inJson(told ?? null, dtype), dtype));
    const at = rows.findIndex(
      (cells, i) => text(cells[c]?.told) !== text((found[i] as { readonly [name: string]: Told })[name]),
    );
    if (at < 0) return [];
    const back = (found[at] as { readonly [name: string]: Told })[name];
    return [`${kind.sql}: ${text(rows[at]?.[c]?.told)} became ${text(back)}`];
  });
}

/** Of JSON that was read from JSON, as nested values are, the engine writes the digits of escapes its own way: `\\u000B`. */
function inJson(told: Told, dtype: DataType): Told {
  if (told === null) return null;
  switch (dtype.id) {
    case 'json':
      return String(told).replace(/\\(?:u[0-9a-f]{4}|.)/gis, (text) => (text[1] === 'u' ? text.toLowerCase() : text));
    case 'list':
      return (told as readonly Told[]).map((item) => inJson(item, dtype.item));
    case 'struct':
      return Object.fromEntries(
        dtype.fields.map((f) => [f.name, inJson((told as { readonly [name: string]: Told })[f.name] ?? null, f.dtype)]),
      );
    default:
      return told;
  }
}

/** Writes random tables as Parquet files, by the engine alone. */
export async function parquetWriter(): Promise<{
  write(table: RandomTable, path: string): Promise<void>;
  close(): void;
}> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  return {
    write: async ({ columns, rows }, path) => {
      const types = columns.map(({ name, kind }) => `"${name}" ${kind.sql}`);
      await connection.run(`CREATE OR REPLACE TABLE given (${types.join(', ')})`);
      const values = rows.map((cells) => `(${cells.map(({ sql }) => sql).join(', ')})`);
      if (values.length > 0) await connection.run(`INSERT INTO given VALUES ${values.join(', ')}`);
      await connection.run(`COPY given TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
