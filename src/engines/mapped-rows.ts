import { MillraceError } from '../errors.ts';
import type { RowBatch } from '../plan/scan.ts';
import type { RunOptions } from '../plan/source.ts';
import type { Block } from '../schema/block.ts';
import { blockRows } from '../schema/js-value.ts';
import type { Step } from '../sql/program.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What a user's function makes of a step's rows, batch by batch, in the order of its schema. */
export async function* mappedBatches(
  { node, inputSchema }: Step & { kind: 'map' },
  blocks: AsyncIterable<Block>,
  { signal }: RunOptions,
): AsyncGenerator<RowBatch> {
  const names = node.schema.map((f) => f.name);
  for await (const block of blocks) {
    const rows = blockRows(inputSchema, block);
    for (let i = 0; i < rows.length; i += node.batchSize) {
      signal?.throwIfAborted();
      const made = await unlessAborted(Promise.resolve(node.map(rows.slice(i, i + node.batchSize))), signal);
      yield mappedRows(made, names).map((row) => names.map((name) => row[name]));
    }
  }
}

/** What a user's function gave, checked to be rows of the columns it promised: a key misspelt would be a null. */
function mappedRows(made: unknown, names: readonly string[]): readonly Record<string, unknown>[] {
  const refuse = (what: string): never => {
    throw new MillraceError({
      code: 'map.bad_row',
      message: `mapBatches: the function gave ${what}. Give an array of rows, objects with the columns ${names.join(', ')}.`,
    });
  };
  if (!Array.isArray(made)) return refuse(made === null ? 'null' : `a value of type ${typeof made}`);
  const known = new Set(names);
  for (const row of made as unknown[]) {
    if (typeof row !== 'object' || row === null) return refuse(`${String(row)} for a row`);
    const other = Object.keys(row).find((key) => !known.has(key));
    if (other !== undefined) return refuse(`a row with ${JSON.stringify(other)}, which the schema does not name`);
  }
  return made as Record<string, unknown>[];
}
