import { empty } from './empty.ts';
import { added, type Mode } from './mode.ts';

/** Empties the table first; the table stays, with its views, grants and indexes. Of no rows, it is empty then. */
export interface ReplaceOptions {
  readonly mode: 'replace';
}

export const replace: Mode<ReplaceOptions> = {
  takes: {},
  shape: (schema) => ({ schema, primaryKey: [] }),
  run: async (server, target, incoming) => {
    if (target.isNew === true) return added(await incoming.fill(server, target.sql, target));
    const rows = (await incoming.aside?.(server)) ?? incoming;
    await empty(server, target);
    return added(await rows.fill(server, target.sql, target));
  },
};
