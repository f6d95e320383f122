import { MillraceError } from '../../../errors.ts';
import { listOf, type OneOrMore } from '../../../frame/functions/order.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import { BOOLEAN, TIMESTAMP } from '../../../schema/dtype.ts';
import type { TargetTable } from '../find-table.ts';
import { keepWritersOut } from '../lock.ts';
import type { OwnColumn } from '../make-table.ts';
import { differ, refuseMissing, STAGING, sameKey, stageByKey, taken, updateStaged } from '../staging.ts';
import { checkColumns, checkKeyOptions, KEY_OPTIONS, type KeyOptions, refuseOwnColumns } from './key.ts';
import { CALLER, type Mode } from './mode.ts';

/**
 * Keeps the history of each key, as a slowly changing dimension of type 2: a row that differs from its key's current
 * version ends that and opens a new one. The table has `valid_from`, `valid_to` (null for what is current) and
 * `is_current` besides the frame's columns. Of no rows, nothing happens; where `gone` is `'close'`, all versions would
 * end, which is an error unless `onEmpty: 'load'` says that it is meant.
 */
export interface Scd2Options<K extends string> extends KeyOptions<K> {
  readonly mode: 'scd2';
  /** The columns whose change opens a version. The others are written over in the current one. Default: all but the key. */
  readonly track?: OneOrMore<K>;
  /** Whether the version of a key that the frame does not have stays current (the default), or ends. */
  readonly gone?: 'keep' | 'close';
  /** From when on the rows hold: later than all that they end. Default: the server's clock. */
  readonly validFrom?: Date;
}

const FROM = 'valid_from';
const TO = 'valid_to';
const CURRENT = 'is_current';

const OWN: readonly OwnColumn[] = [
  { name: FROM, dtype: TIMESTAMP, nullable: false },
  { name: TO, dtype: TIMESTAMP, nullable: true },
  { name: CURRENT, dtype: BOOLEAN, nullable: false },
];

export const scd2: Mode<Scd2Options<string>> = {
  takes: { ...KEY_OPTIONS, track: true, gone: true, validFrom: true },
  check: (options, schema) => {
    checkKeyOptions(options, schema);
    refuseOwnColumns(
      OWN.map(({ name }) => name),
      schema,
      options.mode,
    );
    const names = schema.map((f) => f.name);
    const values = names.filter((name) => !listOf<string>(options.key).includes(name));
    checkColumns(listOf<string>(options.track ?? []), values, { code: 'load.option', what: 'to track' });
    checkOwnOptions(options);
  },
  shape: (schema, { key }) => ({
    schema,
    own: OWN,
    primaryKey: [...listOf(key), FROM],
    unique: [{ columns: listOf(key), where: CURRENT }],
  }),
  onEmpty: ({ gone }) => (gone === 'close' ? 'fail' : 'load'),
  run: async (server, target, incoming, options) => {
    const key = listOf(options.key);
    await keepWritersOut(server, target);
    const at = await instant(server, options.validFrom);
    const { rows, bytes } = await stageByKey(server, target, incoming, key);
    const values = incoming.names.filter((name) => !key.includes(name));
    const tracked = listOf(options.track ?? values);
    const overwritten = values.filter((name) => !tracked.includes(name));

    const current = `${sameKey(target, key)} AND t.${CURRENT}`;
    const isChanged = `EXISTS (SELECT FROM ${STAGING} AS s WHERE ${sameKey(target, key)} AND ${differ(tracked, 't', 's')})`;
    const isGone = `NOT EXISTS (SELECT FROM ${STAGING} AS s WHERE ${sameKey(target, key)})`;
    // One by one: together they would be no join.
    const ends = [...(tracked.length === 0 ? [] : [isChanged]), ...(options.gone === 'close' ? [isGone] : [])];
    let closed = 0;
    for (const end of ends) closed += await close(server, target, end, at);
    const isOther = `${current} AND ${differ(overwritten, 't', 's')}`;
    const updated = await updateStaged(server, target, taken(overwritten), isOther);
    await refuseOverlaps(server, target, { key, current, at });
    const names = incoming.names.map(quoteIdentifier);
    const { affected: inserted } = await server.query(
      `INSERT INTO ${target.sql} (${[...names, FROM, CURRENT].join(', ')})
       SELECT ${names.map((name) => `s.${name}`).join(', ')}, ${timeFor(target, FROM)}, true FROM ${STAGING} AS s
       WHERE NOT EXISTS (SELECT FROM ${target.sql} AS t WHERE ${current})`,
      [at],
    );
    await refuseMissing(server, target, key, `t.${CURRENT}`);
    const changes = { inserted, updated, closed, unchanged: rows - inserted - updated };
    return { arrived: rows, written: inserted + updated, bytes, changes };
  },
};

/** Ends current versions, none of which may begin at the instant or after it. */
async function close(server: Transaction, target: TargetTable, ends: string, at: string): Promise<number> {
  const { rows } = await server.query(
    `WITH ended AS (
       UPDATE ${target.sql} AS t SET ${TO} = ${timeFor(target, TO)}, ${CURRENT} = false WHERE t.${CURRENT} AND ${ends}
       RETURNING t.${FROM} AS since)
     SELECT count(*) AS closed, count(*) FILTER (WHERE since >= ${timeFor(target, FROM)}) AS late, pg_catalog.max(since)::text AS last FROM ended`,
    [at],
  );
  const [closed, late, last] = rows[0] ?? [];
  if (Number(late) > 0) throw tooEarly(target, at, Number(late), `would end that hold from ${last}`);
  return Number(closed);
}

/** A key that returns opens a version after all that it had. */
async function refuseOverlaps(
  server: Transaction,
  target: TargetTable,
  { key, current, at }: { readonly key: readonly string[]; readonly current: string; readonly at: string },
): Promise<void> {
  const { rows } = await server.query(
    `SELECT count(*), pg_catalog.max(h.${TO})::text AS last FROM ${STAGING} AS s JOIN ${target.sql} AS h ON ${sameKey(target, key, 'h')}
     WHERE h.${TO} > ${timeFor(target, TO)} AND NOT EXISTS (SELECT FROM ${target.sql} AS t WHERE ${current})`,
    [at],
  );
  const [count, last] = rows[0] ?? [];
  if (Number(count) > 0) throw tooEarly(target, at, Number(count), `would be overlapped that hold until ${last}`);
}

function tooEarly(target: TargetTable, at: string, count: number, what: string): MillraceError {
  return new MillraceError({
    code: 'load.valid_from',
    message: `${CALLER}: the rows hold from ${at} on, and ${count} ${count === 1 ? 'version' : 'versions'} of ${target.sql} ${what}. Give a validFrom that is later, or leave it out.`,
    details: { table: target.sql, validFrom: at, count },
  });
}

/** The instant from which the rows hold; the clock is looked at when the load's turn has come, not when it began to wait. */
async function instant(server: Transaction, validFrom: Date | undefined): Promise<string> {
  if (validFrom !== undefined) return validFrom.toISOString();
  const { rows } = await server.query(
    `SELECT pg_catalog.to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  );
  return String(rows[0]?.[0]);
}

/** The first value of a statement as a column takes it: an instant, or what clocks in UTC showed. */
function timeFor(target: TargetTable, column: string): string {
  const type = target.columns.find(({ name }) => name === column)?.type;
  return type === 'timestamp' ? `($1::timestamptz AT TIME ZONE 'UTC')` : '$1::timestamptz';
}

function checkOwnOptions({ gone = 'keep', validFrom }: Scd2Options<string>): void {
  if (gone !== 'keep' && gone !== 'close') {
    throw new MillraceError({
      code: 'load.option',
      message: `${CALLER}: gone is ${JSON.stringify(gone)}. Give 'keep' or 'close'.`,
      details: { gone },
    });
  }
  if (validFrom !== undefined && (!(validFrom instanceof Date) || Number.isNaN(validFrom.getTime()))) {
    throw new MillraceError({
      code: 'load.option',
      message: `${CALLER}: validFrom is ${JSON.stringify(validFrom)}. Give a Date, or leave it out for the server's clock.`,
    });
  }
}
