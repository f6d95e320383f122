import { isEmpty } from './empty.ts';
import { added, type Mode } from './mode.ts';

/** Adds the rows; without a `loadId` a retry cannot be told from a second load, and adds them again. Of no rows, nothing happens. */
export interface AppendOptions {
  readonly mode: 'append';
}

export const append: Mode<AppendOptions> = {
  takes: {},
  shape: (schema) => ({ schema, primaryKey: [] }),
  run: async (server, target, incoming) => {
    const wasEmpty = await isEmpty(server, target);
    return { ...added(await incoming.fill(server, target.sql, target)), repeatable: false, wasEmpty };
  },
};
