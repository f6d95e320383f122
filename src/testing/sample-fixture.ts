import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import type { Cols } from '../frame/columns.ts';
import type { Frame } from '../frame/frame.ts';
import type { AnyCol } from '../schema/columns.ts';
import { jsonText } from '../schema/show-value.ts';
import { read } from '../session.ts';
import { declared } from './fixture.ts';
import { writeFixture } from './match-fixture.ts';

/** What `sampleFixture` takes. */
export interface SampleOptions<C extends AnyCol> {
  /** How many rows the fixture gets; all, where there are no more. */
  readonly rows: number;
  /** Which rows: the same seed takes the same rows of the same data. Default 1. */
  readonly seed?: number;
  /** Columns that hide personal data: `r => ({ email: r.email.redact() })`. */
  readonly mask?: (r: Cols<C>) => { readonly [name: string]: unknown };
}

/** How many more rows than wanted are taken at first, so that enough of them come. */
const SPARE = 20;

/**
 * Cuts a small fixture from real data, with what is personal masked before anything is written. The rows are chosen by a
 * hash, so that a rerun takes the same. The rows keep the order of the frame, where it has one. Returns the path. The
 * file has the frame's own column names and the standard spelling: `fixture` reads it with the schema of the source where
 * that has a name from outside; where a schema has formats alone, cut a `.parquet`, which has none.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * import { fixture, sampleFixture } from 'millrace/testing';
 * const schema = { id: t.int(), email: t.string() };
 * const customers = read.rows([{ id: 1, email: 'ada@example.com' }, { id: 2, email: 'bob@example.com' }], { schema });
 * const path = await sampleFixture(customers, 'warehouse/customers.csv', { rows: 2, mask: r => ({ email: r.email.redact() }) });
 * console.log(await fixture(path, schema).rows()); // [ { id: 1, email: '***' }, { id: 2, email: '***' } ]
 * ```
 *
 * Errors: `fixture.rows` where `rows` is no whole number from 1; `fixture.format` for an ending that no fixture has.
 */
export async function sampleFixture<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: SampleOptions<C>,
): Promise<string> {
  const { rows: wanted, seed = 1, mask } = options;
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new MillraceError({
      code: 'fixture.rows',
      message: `sampleFixture: rows is ${JSON.stringify(wanted)}. Give a whole number from 1.`,
      details: { rows: wanted },
    });
  }
  await using source = await frame.materialize();
  const chosen = await chosenRows(source, wanted, seed);
  const sample = read.rows(chosen as never, { schema: declared(frame.schema) }) as unknown as Frame<C>;
  const masked = mask === undefined ? sample : sample.withColumns(mask as never);
  const target = resolve(path);
  await writeFixture(masked as Frame<AnyCol>, target);
  return target;
}

async function chosenRows<C extends AnyCol>(frame: Frame<C>, wanted: number, seed: number): Promise<object[]> {
  const all = await frame.count();
  let share = (wanted * 2 + SPARE) / all;
  let some = share < 1 ? frame.sample({ share, seed }) : frame;
  // A larger share holds the rows of a smaller one; rows that are the same are taken together or not at all.
  while (share < 1 && (await some.count()) < Math.min(wanted, all)) {
    share *= 2;
    some = share < 1 ? frame.sample({ share, seed }) : frame;
  }
  const rows: object[] = await some.rows();
  return rows
    .map((row, place) => ({ row, place, hash: hashOf(row, seed) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.place - b.place))
    .slice(0, wanted)
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row);
}

function hashOf(row: object, seed: number): string {
  const text = jsonText(row);
  return createHash('sha256').update(`${seed} ${text}`).digest('hex');
}
