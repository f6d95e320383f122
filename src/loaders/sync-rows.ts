/** A column, and what is written into it, as SQL. */
export type Assignment = readonly [column: string, value: string];

/** What a sync asks of a database, in the transaction of the load: `t` is a row of the target, `s` a staged one. */
export interface SyncTarget {
  /** An identifier, quoted. */
  quote(name: string): string;
  /** That the two rows are not the same in these columns, to the bit. */
  differ(columns: readonly string[]): string;
  /** Deletes the rows of the target whose key is not staged; gives how many. */
  deleteGone(): Promise<number>;
  /** Writes to rows of the target whose key is not staged. */
  updateGone(set: Assignment, where: string): Promise<number>;
  /** Writes to rows of the target whose key is staged. */
  update(set: readonly Assignment[], where: string): Promise<number>;
  /** Adds the staged rows whose key is not in the target. */
  insertAbsent(): Promise<number>;
}

/** What a sync did to the rows of a table. */
export interface Synced {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Makes the rows of a table those that are staged: what is gone is deleted, or flagged in a column. */
export async function syncRows(
  target: SyncTarget,
  { names, key, flag }: { readonly names: readonly string[]; readonly key: readonly string[]; readonly flag?: string },
): Promise<Synced> {
  const flagged = flag === undefined ? undefined : `t.${target.quote(flag)}`;
  // First, so that what they hold of other unique columns is free.
  const deleted =
    flag === undefined ? await target.deleteGone() : await target.updateGone([flag, 'true'], `${flagged} IS NOT TRUE`);
  const others = names.filter((name) => !key.includes(name));
  const set = others.map((name): Assignment => [name, `s.${target.quote(name)}`]);
  const changed = others.length === 0 ? [] : [target.differ(others)];
  if (flag !== undefined) {
    set.push([flag, 'false']);
    changed.push(`${flagged} IS NOT FALSE`);
  }
  const updated = set.length === 0 ? 0 : await target.update(set, `(${changed.join(' OR ')})`);
  return { inserted: await target.insertAbsent(), updated, deleted };
}
