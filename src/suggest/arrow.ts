import { openArrow } from '../readers/arrow-file.ts';
import { arrowColumn } from '../readers/arrow-values.ts';
import { type AnyColumnType, ColumnType, t } from '../schema/column-type.ts';
import { columnNames } from './column-names.ts';
import type { Findings } from './csv.ts';
import type { SourceFile } from './source-files.ts';
import type { Doubt, Draft } from './suggestion.ts';

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** Looks at files of Arrow IPC: they tell their dtypes, and are read for their nulls and how large their numbers are. */
export async function suggestArrow(files: readonly SourceFile[]): Promise<Findings> {
  let rows = 0;
  let columns: readonly ReturnType<typeof arrowColumn>[] = [];
  const nulls: number[] = [];
  const largest: bigint[] = [];
  for (const { path, name } of files) {
    const { schema, batches } = await openArrow(path, name);
    if (columns.length === 0) columns = schema.fields.map(arrowColumn);
    for (const batch of batches) {
      rows += batch.numRows;
      for (const [i, column] of columns.entries()) {
        const values = batch.getChild(column.name);
        nulls[i] = (nulls[i] ?? 0) + (values?.nullCount ?? batch.numRows);
        if (column.type !== 'Int64') continue;
        for (const value of (values ?? []) as Iterable<bigint | null>) {
          const size = value === null ? 0n : value < 0n ? -value : value;
          if (size > (largest[i] ?? 0n)) largest[i] = size;
        }
      }
    }
  }
  const names = columnNames(columns.map((column) => column.name));
  const doubts: Doubt[] = [];
  const drafts = columns.flatMap(({ name, dtype, type }, i): Draft[] => {
    if (dtype === undefined) {
      const reason = `the column ${JSON.stringify(name)} is ${type}, which no dtype holds, and is left out`;
      doubts.push({ about: 'unreadable', reason, choices: [], examples: [] });
      return [];
    }
    const most = largest[i] ?? 0n;
    const isWide = most > LARGEST;
    const reason = `it holds ${most}, more than a number of JavaScript holds`;
    const own: AnyColumnType = isWide ? t.bigint() : new ColumnType(dtype);
    const isNullable = (nulls[i] ?? 0) > 0 || rows === 0;
    const outside = names[i] === name ? own : own.from(name);
    return [
      {
        name: names[i] ?? name,
        type: isNullable ? outside.nullable() : outside,
        nulls: nulls[i] ?? 0,
        markers: {},
        doubts: isWide ? [{ about: 'identifier', reason, choices: [], examples: [] }] : [],
      },
    ];
  });
  return { rows, complete: true, drafts, options: {}, doubts };
}
