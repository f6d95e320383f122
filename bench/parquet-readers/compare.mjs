// Writes every dtype with load.parquet and compares what other readers find in the files: node parquet-readers/compare.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import parquetjs from 'parquetjs-lite';
import { createSession, load, t } from '../../dist/index.js';
import { python } from '../home.mjs';

const ROWS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'parquet-readers-'));

/** Each column: its type, SQL of its values by the row number `i`, and how a value of the engine's is told in text. */
const pick = (...values) =>
  `(CASE ${values.map((v, k) => `WHEN i % ${values.length + 2} = ${k} THEN ${v}`).join(' ')} WHEN i % ${values.length + 2} = ${values.length} THEN NULL`;
const digits = (value) => String(value);
const double = (value) => (Object.is(value, -0) ? '-0' : String(value));
const columns = {
  int: [t.int().nullable(), `${pick('0', '9007199254740991', '-9007199254740991')} ELSE i END)::BIGINT`, digits],
  bigint: [
    t.bigint().nullable(),
    `${pick('9223372036854775807', '-9223372036854775808')} ELSE -i END)::BIGINT`,
    digits,
  ],
  float: [
    t.float().nullable(),
    `${pick(`'nan'`, `'inf'`, `'-inf'`, `'-0.0'`, `'5e-324'`, `'1.7976931348623157e308'`)} ELSE (i / 7)::VARCHAR END)::DOUBLE`,
    double,
  ],
  decimal_4_1: [
    t.decimal(4, 1).nullable(),
    `${pick('999.9', '-999.9', '0')} ELSE (i % 999) / 10 END)::DECIMAL(4,1)`,
    digits,
  ],
  decimal_12_2: [
    t.decimal(12, 2).nullable(),
    `${pick('9999999999.99', '-9999999999.99')} ELSE i / 100 END)::DECIMAL(12,2)`,
    digits,
  ],
  decimal_38_10: [
    t.decimal(38, 10).nullable(),
    `${pick(`'9999999999999999999999999999.9999999999'`, `'-0.0000000001'`)} ELSE i::VARCHAR END)::DECIMAL(38,10)`,
    digits,
  ],
  string: [
    t.string().nullable(),
    `${pick(`''`, `chr(0) || 'x'`, `'😀 é 日本'`, `repeat('long', 200)`)} ELSE 'row ' || (i % 50) END)::VARCHAR`,
    digits,
  ],
  enum: [t.enum(['north', 'south']).nullable(), `${pick(`'north'`)} ELSE 'south' END)`, digits],
  boolean: [t.boolean().nullable(), `${pick('true')} ELSE false END)`, digits],
  date: [
    t.date().nullable(),
    `${pick(`DATE '0001-01-01'`, `DATE '9999-12-31'`, `DATE '1969-12-31'`)} ELSE DATE '2000-01-01' + (i % 9000)::INTEGER END)`,
    (value) => String(value.days),
  ],
  timestamp: [
    t.timestamp().nullable(),
    `${pick(`TIMESTAMP '0001-01-01 00:00:00.000001'`, `TIMESTAMP '9999-12-31 23:59:59.999999'`, `TIMESTAMP '1969-12-31 23:59:59.999999'`)} ELSE TIMESTAMP '2000-01-01' + to_microseconds(i * 1000003) END)`,
    (value) => String(value.micros),
  ],
  json: [
    t.json().nullable(),
    `${pick(`'{"a":[1,null],"b":12345678901234567890}'`, `'"text"'`)} ELSE '[' || i || ']' END)::JSON`,
    digits,
  ],
  binary: [
    t.binary().nullable(),
    `${pick(`unhex('')`, `unhex('00FF5C')`)} ELSE encode(i::VARCHAR) END)`,
    (value) => Buffer.from(value.bytes).toString('hex'),
  ],
  list: [
    t.list(t.int().nullable()).nullable(),
    `${pick('[]', '[NULL]')} ELSE [i, -i] END)::BIGINT[]`,
    (value) => JSON.stringify(value.items.map((item) => (item === null ? null : String(item)))),
  ],
  struct: [
    t.struct({ n: t.int().nullable(), text: t.string().nullable() }).nullable(),
    `${pick('{n: NULL, text: NULL}', `{n: 1, text: ''}`)} ELSE {n: i, text: 'x'} END)::STRUCT(n BIGINT, text VARCHAR)`,
    ({ entries: { n, text } }) => JSON.stringify([n === null ? null : String(n), text]),
  ],
};

const given = join(folder, 'given.parquet');
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const selected = Object.entries(columns).map(([name, [, sql]]) => `${sql} AS "${name}"`);
await connection.run(`CREATE TABLE given AS SELECT ${selected.join(', ')} FROM range(${ROWS}) r(i) ORDER BY i`);
await connection.run(`COPY given TO '${given}' (FORMAT parquet)`);
const expected = {};
for (const [name, [, , told]] of Object.entries(columns)) {
  const reader = await connection.runAndReadAll(`SELECT "${name}" FROM given`);
  expected[name] = reader.getRows().map(([value]) => (value === null ? null : told(value)));
}
connection.closeSync();
writeFileSync(join(folder, 'expected.json'), JSON.stringify(expected));

const schema = Object.fromEntries(Object.entries(columns).map(([name, [type]]) => [name, type]));
const session = createSession();
const frame = session.read.parquet(given, { schema });
const files = {};
for (const compression of ['zstd', 'snappy', 'gzip', 'uncompressed']) {
  files[compression] = join(folder, `${compression}.parquet`);
  await load.parquet(frame, files[compression], { mode: 'fail', compression, rowGroupSize: 4096 });
}

/** What differs, by column: the first value. */
const sameDouble = (value, name) => (value !== null && name === 'float' ? double(Number(value)) : value);
function compare(found, same = sameDouble) {
  const differences = {};
  for (const [name, values] of Object.entries(expected)) {
    if (found[name] === undefined) continue;
    const at = values.findIndex((value, i) => same(value, name) !== same(found[name][i] ?? null, name));
    if (at >= 0 || found[name].length !== values.length)
      differences[name] = `row ${at}: ${found[name][at]}, not ${values[at]}`;
  }
  return { columns: Object.keys(found).length, differences };
}

const results = [];
const plain = (value) => (typeof value === 'bigint' ? String(value) : value);

/** hyparquet: its parsers for time are given, as its own cut microseconds; its decimals are doubles. */
for (const [compression, path] of Object.entries(files)) {
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(path),
    compressors,
    utf8: false,
    parsers: {
      timestampFromMicroseconds: (micros) => micros,
      timestampFromMilliseconds: (millis) => millis,
      timestampFromNanoseconds: (nanos) => nanos,
      dateFromDays: (days) => days,
      stringFromBytes: (bytes) => bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
      jsonFromBytes: (bytes) => bytes && new TextDecoder().decode(bytes),
      geometryFromBytes: (bytes) => bytes,
      geographyFromBytes: (bytes) => bytes,
    },
  });
  const told = {
    float: double,
    binary: (value) => Buffer.from(value).toString('hex'),
    list: (value) => JSON.stringify(value.map((item) => (item === null ? null : String(item)))),
    struct: ({ n, text }) => JSON.stringify([n === null ? null : String(n), text]),
  };
  const found = Object.fromEntries(
    Object.keys(columns).map((name) => [
      name,
      rows.map(({ [name]: value }) =>
        value === null || value === undefined ? null : (told[name] ?? String)(plain(value)),
      ),
    ]),
  );
  const rounded = (value, name) =>
    value !== null && name.startsWith('decimal') ? Number(value).toPrecision(15) : sameDouble(value, name);
  results.push({ reader: 'hyparquet 1.31.5', compression, ...compare(found, rounded) });
}

/** parquetjs-lite: of flat columns, those whose types it knows; it reads no zstd, and -0 as 0. */
const KNOWN = ['int', 'bigint', 'float', 'string', 'enum', 'boolean', 'binary'];
for (const compression of ['snappy', 'gzip', 'uncompressed']) {
  const path = join(folder, `flat-${compression}.parquet`);
  await load.parquet(frame.select(...KNOWN), path, { mode: 'fail', compression, rowGroupSize: 4096 });
  try {
    const reader = await parquetjs.ParquetReader.openFile(path);
    const cursor = reader.getCursor();
    const rows = [];
    for (let row = await cursor.next(); row; row = await cursor.next()) rows.push(row);
    await reader.close();
    const told = { float: double, binary: (value) => Buffer.from(value).toString('hex') };
    const found = Object.fromEntries(
      KNOWN.map((name) => [
        name,
        rows.map(({ [name]: value }) =>
          value === null || value === undefined ? null : (told[name] ?? String)(plain(value)),
        ),
      ]),
    );
    const unsigned = (value, name) => (name === 'float' && value === '-0' ? '0' : value);
    results.push({ reader: 'parquetjs-lite 0.8.7', compression, ...compare(found, unsigned) });
  } catch (error) {
    results.push({ reader: 'parquetjs-lite 0.8.7', compression, failed: error.message });
  }
}

const script = fileURLToPath(new URL('compare.py', import.meta.url));
for (const [compression, path] of Object.entries(files)) {
  const { status, stdout, stderr } = spawnSync(python, [script, path], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr.slice(-2000)}`);
  for (const { reader, found } of JSON.parse(stdout)) results.push({ reader, compression, ...compare(found) });
}

for (const { reader, compression, columns: count, differences = {}, failed } of results) {
  const told =
    failed ??
    (Object.entries(differences)
      .map(([name, what]) => `${name}: ${what}`)
      .join('; ') ||
      'equal');
  console.log(`${reader}, ${compression}: ${count ?? 0} columns x ${ROWS} rows: ${told}`);
}
await session.close();
rmSync(folder, { recursive: true });
process.exitCode = results.every(
  ({ differences, failed }) => failed === undefined && Object.keys(differences).length === 0,
)
  ? 0
  : 1;
