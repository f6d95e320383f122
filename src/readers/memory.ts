import { MillraceError } from '../errors.ts';
import { isRecord } from '../frame/arguments.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { NoRow, RowBatch } from '../plan/scan.ts';
import type { Executor, OnBadRow } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { showValue } from '../schema/show-value.ts';

export interface RowsOptions<S extends SchemaSpec> {
  readonly schema: S;
  readonly onBadRow?: OnBadRow;
}

export const ROWS_OPTIONS: OptionNames<RowsOptions<SchemaSpec>> = { schema: true, onBadRow: 'text|object' };

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
  const { onBadRow = 'fail' } = options;
  const refused = new Map<number, NoRow>();
  for (const [i, row] of (rows as readonly unknown[]).entries()) {
    if (!isRecord(row)) {
      refused.set(i, { given: row, reason: `${showValue(row)} is no object of columns` });
      continue;
    }
    const extra = Object.keys(row).find((name) => !known.has(name));
    if (extra === undefined) continue;
    const reason = `the schema does not name ${JSON.stringify(extra)}`;
    if (onBadRow === 'fail') {
      throw new MillraceError({
        code: 'rows.unknown_column',
        message: `read.rows, row ${i + 1}: ${reason}. Its columns are ${names.map(([name]) => name).join(', ')}.`,
        details: { row: i + 1, column: extra },
      });
    }
    refused.set(i, { given: row, reason });
  }
  // The rows as they are now: what is pushed later was not checked.
  const given = [...rows];
  const valuesOf = (row: Readonly<Record<string, unknown>>) =>
    names.map(([name, outside]) => (Object.hasOwn(row, name) ? row[name] : row[outside]));
  const batches = function* (): Generator<RowBatch> {
    yield given.map((row, i) => refused.get(i) ?? valuesOf(row));
  };
  const source = {
    name: 'rows',
    schema,
    ordered: true,
    onBadRow,
    volatile: false,
    prepare: async () => ({ kind: 'rows', batches }) as const,
  };
  return new Frame({ kind: 'source', source }, executor);
}
