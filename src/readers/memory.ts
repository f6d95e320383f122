import { MillraceError } from '../errors.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { RowBatch } from '../plan/scan.ts';
import type { Executor, OnBadRow } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';

export interface RowsOptions<S extends SchemaSpec> {
  readonly schema: S;
  readonly onBadRow?: OnBadRow;
}

export const ROWS_OPTIONS: OptionNames<RowsOptions<SchemaSpec>> = { schema: true, onBadRow: true };

/**
 * Rows that are in memory: plain objects with JavaScript values, a property a column, by its name or its name outside;
 * a missing property is null.
 */
export function readRows<const S extends SchemaSpec>(
  executor: Executor,
  rows: readonly Readonly<Record<string, unknown>>[],
  options: RowsOptions<S>,
): FrameOf<S> {
  const schema = schemaOf(options.schema);
  const names = Object.entries(options.schema).map(([name, type]) => [name, type.outsideName ?? name] as const);
  const known = new Set(names.flat());
  for (const [i, row] of rows.entries()) {
    const extra = Object.keys(row).find((name) => !known.has(name));
    if (extra !== undefined) {
      throw new MillraceError({
        code: 'rows.unknown_column',
        message: `read.rows, row ${i + 1}: the schema does not name ${JSON.stringify(extra)}. Its columns are ${names.map(([name]) => name).join(', ')}.`,
        details: { row: i + 1, column: extra },
      });
    }
  }
  // The rows as they are now: what is pushed later was not checked.
  const given = [...rows];
  const batches = function* (): Generator<RowBatch> {
    yield given.map((row) => names.map(([name, outside]) => (Object.hasOwn(row, name) ? row[name] : row[outside])));
  };
  const source = {
    name: 'rows',
    schema,
    ordered: true,
    onBadRow: options.onBadRow ?? 'fail',
    volatile: false,
    prepare: async () => ({ kind: 'rows', batches }) as const,
  };
  return new Frame({ kind: 'source', source }, executor);
}
