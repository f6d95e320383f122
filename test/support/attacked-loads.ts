import { createHash } from 'node:crypto';
import { mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { createSession, fn, type LoadReport, load, type Session, t } from '../../src/index.ts';

/** A sequence of loads of every kind, each of which leaves what can be told from before, and the process that runs them. */

/** Where the loads go: a schema of a database and a folder. */
export interface Place {
  readonly target: string | pg.Pool;
  readonly schema: string;
  readonly folder: string;
  readonly timeout?: number;
}

const SCHEMA = { id: t.int(), part: t.string(), value: t.int(), note: t.string().nullable() };

/** How many rows to a load. */
const ROWS = 1500;

/** Keys that overlap with those of the round before, with values of which some change. */
function rowsOf(round: number) {
  return Array.from({ length: ROWS }, (_, i) => {
    const id = (round * ROWS) / 3 + i;
    const value = (id + (id % 3 === 0 ? round : 0)) % 7;
    return {
      id,
      part: partOf(round + (i % 2)),
      value,
      note: i % 5 === 0 ? null : `row ${id}\t'of' "${round}" \\ `.repeat(2),
    };
  });
}

type Frame = ReturnType<typeof frameOf>;
const frameOf = ({ read }: Pick<Session, 'read'>, rows: ReturnType<typeof rowsOf>) =>
  read.rows(rows, { schema: SCHEMA });

interface Step {
  readonly name: string;
  readonly target: 'table' | 'file';
  run(frame: Frame, place: Place, turn: Turn): Promise<LoadReport>;
}

interface Turn {
  readonly round: number;
  readonly loadId: string;
}

const PARTS = ['north', 'ä/b', "it's"];
const partOf = (round: number): string => PARTS[round % PARTS.length] ?? '';
const DATASET_MODES = ['append', 'replacePartitions', 'append', 'replace'] as const;

/** Where a step loads into, and how long it waits. */
const to = ({ schema, timeout }: Place, name: string) => ({
  table: `${schema}.${name}`,
  ...(timeout === undefined ? {} : { timeout }),
});

/** Every other round a load bears a name, where it need not. */
const named = ({ round, loadId }: Turn) => (round % 2 === 0 ? { loadId } : {});

export const STEPS: readonly Step[] = [
  {
    name: 'append',
    target: 'table',
    run: (frame, place, { loadId }) =>
      load.postgres(frame, place.target, { ...to(place, 'append'), mode: 'append', loadId }),
  },
  {
    name: 'replaced',
    target: 'table',
    run: (frame, place) => load.postgres(frame, place.target, { ...to(place, 'replaced'), mode: 'replace' }),
  },
  {
    name: 'upsert',
    target: 'table',
    run: (frame, place, turn) =>
      load.postgres(frame, place.target, { ...to(place, 'upsert'), ...named(turn), mode: 'upsert', key: 'id' }),
  },
  {
    name: 'history',
    target: 'table',
    run: (frame, place, turn) => {
      const validFrom = new Date(Date.UTC(2024, 0, 1 + turn.round));
      const options = { ...to(place, 'history'), ...named(turn), validFrom };
      return load.postgres(frame, place.target, { ...options, mode: 'scd2', key: 'id' });
    },
  },
  {
    name: 'sync',
    target: 'table',
    run: (frame, place, turn) =>
      load.postgres(frame, place.target, { ...to(place, 'sync'), ...named(turn), mode: 'sync', key: 'id' }),
  },
  {
    name: 'slice',
    target: 'table',
    run: (frame, place, { round }) => {
      const part = partOf(round);
      const slice = frame.withColumns(() => ({ part: fn.lit(part) }));
      const options = { ...to(place, 'slice'), mode: 'replace-where' } as const;
      return load.postgres(slice, place.target, { ...options, where: (r) => r.part.eq(part) });
    },
  },
  {
    name: 'fresh',
    target: 'table',
    run: (frame, place) => load.postgres(frame, place.target, { ...to(place, 'fresh'), mode: 'insert-new', key: 'id' }),
  },
  {
    name: 'one.parquet',
    target: 'file',
    run: (frame, { folder }) => load.parquet(frame, join(folder, 'one.parquet'), { mode: 'replace' }),
  },
  {
    name: 'dataset',
    target: 'file',
    run: (frame, { folder }, { round, loadId }) => {
      const mode = DATASET_MODES[round % DATASET_MODES.length] ?? 'append';
      return load.parquet(frame, join(folder, 'dataset'), { mode, partitionBy: 'part', loadId });
    },
  },
];

export function stepOf(n: number): Step {
  const step = STEPS[n % STEPS.length];
  if (step === undefined) throw new Error(`there is no load ${n}`);
  return step;
}

/** Does the `n`th load. */
export function loadNumber(session: Pick<Session, 'read'>, place: Place, n: number): Promise<LoadReport> {
  const round = Math.floor(n / STEPS.length);
  return stepOf(n).run(frameOf(session, rowsOf(round)), place, { round, loadId: `load ${n}` });
}

/** What the target of the `n`th load holds: a sum over all rows, whatever their order. */
export async function contentOf(
  { read }: Pick<Session, 'read'>,
  pool: pg.Pool,
  { schema, folder }: Pick<Place, 'schema' | 'folder'>,
  n: number,
): Promise<string> {
  const { target, name } = stepOf(n);
  if (target === 'table') {
    const { rows } = await pool.query(
      `SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS content FROM "${schema}"."${name}" t`,
    );
    return rows[0].content;
  }
  const rows = await read.parquet(join(folder, name), { schema: SCHEMA }).sort('id', 'value', 'part', 'note').rows();
  return `${rows.length} rows, ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`;
}

/** What each load leaves where nothing goes wrong: found once, in order, by loads into a place of their own. */
export function undisturbed(
  session: Session,
  pool: pg.Pool,
  place: Place,
  numbers = (n: number): number => n,
): (n: number) => Promise<string> {
  const contents: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return (n) => {
    const found = last.then(async () => {
      for (let next = contents.length; next <= n; next++) {
        await loadNumber(session, place, numbers(next));
        contents.push(await contentOf(session, pool, place, numbers(next)));
      }
      return contents[n] ?? '';
    });
    last = found.catch(() => undefined);
    return found;
  };
}

/** `node attacked-loads.ts <place as JSON> <first>`: says the number of each load that is done, until it is killed. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , where = '', first] = process.argv;
  const place = JSON.parse(where) as Place;
  const scratch = join(place.folder, 'scratch');
  mkdirSync(scratch, { recursive: true });
  const session = createSession({ threads: 1, tempDirectory: scratch });
  for (let n = Number(first); ; n++) {
    await loadNumber(session, place, n);
    writeSync(1, `${n}\n`);
  }
}
