import { added, type Mode } from './mode.ts';

/** Adds the rows. */
export interface AppendOptions {
  readonly mode: 'append';
}

export const append: Mode<AppendOptions> = {
  takes: {},
  shape: (schema) => ({ schema, primaryKey: [] }),
  run: async (server, target, incoming) => added(await incoming.fill(server, target.sql, target)),
};
