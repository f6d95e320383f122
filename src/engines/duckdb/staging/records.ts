import { rm, writeFile } from 'node:fs/promises';
import { MillraceError } from '../../../errors.ts';
import type { RecordsPart, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { asPiece } from '../../../progress.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import { linesOf, numberedLines, recordColumns, recordMisfit, recordsOf } from '../../../sql/duckdb/json-scan.ts';
import { type PlainRows, plainRows } from '../../../sql/duckdb/plain-records.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { badRowError, firstReject } from './bad-row.ts';
import { insertInOneGo } from './insert.ts';
import { newRejects, type Staged, type Workshop } from './staged.ts';

/** Records of JSON, part after part, into a typed table; those that do not fit are told with their place. */
export async function stageRecords(
  shop: Workshop,
  source: Source,
  scan: Scan & { kind: 'records' },
  options: RunOptions,
): Promise<Staged> {
  const table = shop.newTable();
  let rejects = source.onBadRow === 'fail' ? undefined : await newRejects(shop);
  const types = source.schema.map((f) => `${quoteName(f.name)} ${duckdb.typeName(f.dtype)}`);
  await shop.connections.run({ sql: `CREATE TABLE ${table} (${types.join(', ')})`, values: [] });
  let read = 0;
  let quarantined = 0;
  try {
    const take = async (part: RecordsPart): Promise<void> => {
      read += part.records;
      const work = new PartWork(shop, scan, part, options);
      try {
        const bad = await work.insert(table);
        if (bad === 0) return;
        quarantined += bad;
        rejects ??= await newRejects(shop);
        await work.tell(rejects, bad);
        if (source.onBadRow === 'fail') throw await firstBadRow(shop, scan, rejects, bad);
      } finally {
        await work.end();
      }
    };
    await scan.read((part) => asPiece(() => take(part)));
  } catch (error) {
    if (!shop.connections.closed) {
      for (const one of [table, rejects ?? table]) {
        await shop.connections.run({ sql: `DROP TABLE IF EXISTS ${one}`, values: [] });
      }
    }
    throw error;
  }
  return { table, rejects, read, quarantined };
}

/** Of a part without plain records: columns that lie inside each other have no plain shape. */
const NO_ROWS: PlainRows = { from: '', columns: '', fits: 'true' };

/** What is done with one part. */
class PartWork {
  readonly #shop: Workshop;
  readonly #scan: Scan & { kind: 'records' };
  readonly #part: RecordsPart;
  readonly #options: RunOptions;
  /** The records that are looked at one by one, with their kinds and texts; `__millrace_at` is their number. */
  readonly #checked: string;
  #isChecked = false;

  constructor(shop: Workshop, scan: Scan & { kind: 'records' }, part: RecordsPart, options: RunOptions) {
    this.#shop = shop;
    this.#scan = scan;
    this.#part = part;
    this.#options = options;
    this.#checked = shop.newTable();
  }

  /** Inserts the records that fit; gives how many do not. */
  async insert(table: string): Promise<number> {
    const { records, odd, refused, isoTimes } = this.#part;
    if (odd !== undefined) await this.#check(numberedLines(odd.path, this.#longest));
    const oddRecords = odd?.records ?? 0;
    const plain = records - oddRecords - refused.length;
    let rows = plain === 0 ? NO_ROWS : plainRows(this.#part, this.#scan.columns, isoTimes);
    let inserted: number;
    try {
      inserted = await this.#insertWith(table, plain, rows);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (plain === 0 || !isoTimes || !(error instanceof MillraceError) || !isOfRecords(error)) throw error;
      // There is no such day or instant in some record: which, the reading of texts tells.
      rows = plainRows(this.#part, this.#scan.columns, false);
      inserted = await this.#insertWith(table, plain, rows);
    }
    if (inserted === records) return 0;
    if (plain > 0 && rows.fits !== 'true') {
      const misfits = `SELECT __millrace_at FROM (SELECT *, row_number() OVER () - 1 AS __millrace_at FROM ${rows.from}) WHERE NOT (${rows.fits})`;
      const lines = `SELECT row_number() OVER () - 1 AS __millrace_at, raw FROM (${linesOf([this.#part.path], this.#longest)})`;
      await this.#check(`SELECT * FROM (${lines}) WHERE __millrace_at IN (${misfits})`);
    }
    return records - inserted;
  }

  async #insertWith(table: string, plain: number, { from, columns, fits }: PlainRows): Promise<number> {
    const odd = `SELECT __millrace_at, ${recordColumns(this.#scan.columns)} FROM ${this.#checked} WHERE wrong IS NULL`;
    if (plain > 0 && plain === this.#part.records) {
      const insert = {
        table,
        rows: `SELECT ${columns} FROM ${from} WHERE ${fits}`,
        columns: this.#scan.columns.length,
      };
      return this.#shop.connections.lend((connection) => insertInOneGo(connection, insert, this.#options));
    }
    const all: string[] = [];
    if (plain > 0) {
      const others = this.#part.refused.map(({ record }) => record);
      const isOther = [
        ...(this.#isChecked ? [`__millrace_at IN (SELECT __millrace_at FROM ${this.#checked})`] : []),
        ...(others.length > 0 ? [`__millrace_at IN (SELECT unnest([${others.join(', ')}]))`] : []),
      ].join(' OR ');
      const numbered = `SELECT *, row_number() OVER () - 1 AS __millrace_at FROM ${from}`;
      all.push(`SELECT __millrace_at, ${columns} FROM (${numbered}) WHERE NOT (${isOther}) AND ${fits}`);
    }
    if (this.#isChecked) all.push(odd);
    if (all.length === 0) return 0;
    const order = all.length > 1 ? ' ORDER BY __millrace_at' : '';
    return this.#run(`INSERT INTO ${table} SELECT * EXCLUDE (__millrace_at) FROM (${all.join(' UNION ALL ')})${order}`);
  }

  /** Tells the records that do not fit, each with its place. */
  async tell(rejects: string, bad: number): Promise<void> {
    const { path, places, refused } = this.#part;
    const misfit = recordMisfit(this.#scan.columns);
    const told: string[] = [];
    if (this.#isChecked) {
      told.push(
        `SELECT __millrace_at, ${misfit.column} AS "column", ${misfit.value} AS value, ${misfit.reason} AS reason, trim(raw) AS raw FROM ${this.#checked} WHERE wrong IS NOT NULL`,
      );
    }
    if (refused.length > 0) {
      const lines = refused.map(({ record, ...one }) => `${JSON.stringify({ __millrace_at: record, ...one })}\n`);
      await writeFile(`${path}.refused`, lines.join(''));
      const columns = `{'__millrace_at': 'BIGINT', 'column': 'VARCHAR', 'value': 'VARCHAR', 'reason': 'VARCHAR', 'raw': 'VARCHAR'}`;
      told.push(`SELECT * FROM ${jsonLines(`${path}.refused`, columns)}`);
    }
    await writeFile(`${path}.places`, places.map((place) => `${JSON.stringify(place)}\n`).join(''));
    const columns = `{'name': 'VARCHAR', 'first': 'BIGINT', 'number': 'BIGINT'}`;
    const inserted = await this.#run(
      `INSERT INTO ${rejects} SELECT p.name, b.__millrace_at - p."first" + p."number", b."column", b.value, b.reason, b.raw FROM (${told.join(' UNION ALL ')}) b ASOF JOIN ${jsonLines(`${path}.places`, columns)} p ON b.__millrace_at >= p."first" ORDER BY b.__millrace_at`,
    );
    if (inserted !== bad) {
      const { area } = this.#scan;
      throw new MillraceError({
        code: `${area}.unaccounted`,
        message: `${bad} of ${this.#part.records} records were not read, and ${inserted} of them do not fit.`,
        details: { records: this.#part.records, bad, told: inserted },
      });
    }
  }

  async end(): Promise<void> {
    const { path, odd } = this.#part;
    for (const file of [path, odd?.path ?? path, `${path}.refused`, `${path}.places`]) await rm(file, { force: true });
    if (this.#isChecked && !this.#shop.connections.closed) await this.#run(`DROP TABLE IF EXISTS ${this.#checked}`);
  }

  get #longest(): number {
    return this.#part.longest + 16;
  }

  /** Adds records (SQL of their numbers and texts) to those that are looked at one by one. */
  async #check(lines: string): Promise<void> {
    const sql = recordsOf(`(${lines})`, this.#scan.columns);
    await this.#run(
      this.#isChecked ? `INSERT INTO ${this.#checked} ${sql}` : `CREATE TABLE ${this.#checked} AS ${sql}`,
    );
    this.#isChecked = true;
  }

  async #run(sql: string): Promise<number> {
    return (await this.#shop.connections.run({ sql, values: [] }, this.#options)).rowsChanged;
  }
}

function jsonLines(path: string, columns: string): string {
  return `read_json([${quoteText(path)}], columns = ${columns}, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = ${1 << 29})`;
}

/** Whether an error says that a text does not fit: all else is no matter of the records. */
function isOfRecords({ code, cause }: MillraceError): boolean {
  if (code === 'run.conversion' || code === 'run.overflow') return true;
  return cause instanceof Error && cause.message.startsWith('Invalid Input Error');
}

async function firstBadRow(
  shop: Workshop,
  { area, unit }: { readonly area: 'api' | 'excel' | 'json'; readonly unit: string },
  rejects: string,
  count: number,
): Promise<MillraceError> {
  const first = await firstReject(shop, rejects);
  if (first === undefined) throw new Error('no record was rejected');
  const { file, line, raw, ...misfit } = first;
  return badRowError(misfit, {
    area,
    place: `${file}, ${unit} ${line}`,
    absent: 'the value',
    count: { of: 'record', all: count },
    advice: `Mend the source or the schema, or read with onBadRow: 'quarantine' to put such records aside.`,
    details: { file, line, raw, count },
  });
}
