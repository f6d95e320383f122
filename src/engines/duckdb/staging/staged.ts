import { MillraceError } from '../../../errors.ts';
import type { Increment } from '../../../plan/incremental.ts';
import { QUARANTINE } from '../../../plan/quarantine.ts';
import type { Source } from '../../../plan/source.ts';
import { quoteName } from '../../../sql/dialect.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import type { Connections } from '../connections.ts';

/** A source's rows in scratch. */
export interface Staged {
  readonly table: string;
  /** The table of its rejected rows, where it may have some. */
  readonly rejects: string | undefined;
  readonly read: number;
  readonly quarantined: number;
  /** How far an incremental source was read. */
  readonly increment?: Increment;
}

/** What staging needs of the engine around it. */
export interface Workshop {
  readonly connections: Connections;
  newTable(): string;
  /** A folder that goes when the work is done. */
  folder(): Promise<string>;
}

/** The parts of a scratch table's name, for the engine's appender. */
export function partsOf(table: string): { readonly schema: string; readonly name: string } {
  const [, schema = '', name = ''] = /^(\w+)\."(.*)"$/.exec(table) ?? [];
  return { schema, name };
}

/** A new table for rejected rows. */
export async function newRejects(shop: Workshop): Promise<string> {
  const rejects = shop.newTable();
  await createRejects(shop, rejects);
  return rejects;
}

export async function createRejects(shop: Pick<Workshop, 'connections'>, table: string): Promise<void> {
  const columns = QUARANTINE.map((f) => `${quoteName(f.name)} ${duckdb.typeName(f.dtype)}`).join(', ');
  await shop.connections.run({ sql: `CREATE TABLE ${table} (${columns})`, values: [] });
}

/** Stops where a source rejects a larger share of its rows than it may. */
export function limitShare(source: Source, staged: Staged): Staged {
  if (typeof source.onBadRow !== 'object') return staged;
  const { maxShare } = source.onBadRow.quarantine;
  const share = staged.read === 0 ? 0 : staged.quarantined / staged.read;
  if (share <= maxShare) return staged;
  throw new MillraceError({
    code: 'quarantine.too_many',
    message: `${source.name}: ${staged.quarantined} of ${staged.read} rows do not fit the schema (${(share * 100).toFixed(2)}%), more than the ${(maxShare * 100).toFixed(2)}% that maxShare allows.`,
    details: { read: staged.read, quarantined: staged.quarantined, maxShare },
  });
}
