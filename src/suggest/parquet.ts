import type { FoundColumn } from '../plan/scan.ts';
import type { Executor } from '../plan/source.ts';
import { lookAtParquet } from '../readers/parquet.ts';
import { type AnyColumnType, ColumnType, t } from '../schema/column-type.ts';
import { decoded } from '../storage/paths.ts';
import { columnNames } from './column-names.ts';
import type { Findings } from './csv.ts';
import { decide } from './decide.ts';
import { Profile } from './profile.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** Looks at the footers of Parquet files, which tell dtypes and nulls; what stands in the names of folders is text. */
export async function suggestParquet(paths: string | readonly string[], executor: Executor): Promise<Findings> {
  const { dataset, columns } = await lookAtParquet(paths, await executor.look({}));
  const names = columnNames(columns.map((column) => column.name));
  const doubts: Doubt[] = [];
  const drafts = columns.flatMap((column, i): Draft[] => {
    const name = names[i] ?? column.name;
    if (column.dtype === undefined) {
      const reason = `the column ${JSON.stringify(column.name)} is ${column.type}, which no dtype holds, and is left out`;
      doubts.push({ about: 'unreadable', reason, choices: [], examples: [] });
      return [];
    }
    const draft = column.partition ? partition(column.name, dataset.paths) : stored(column);
    const type = name === column.name ? draft.type : draft.type.from(column.name);
    return [{ ...draft, name, type }];
  });
  return { rows: 0, complete: true, drafts, options: {}, doubts };
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

function stored({ name, dtype, type, noNulls, largest }: FoundColumn): Draft {
  const isWide = dtype?.id === 'int' && type === 'BIGINT' && (largest === undefined || largest > LARGEST);
  const own: AnyColumnType = isWide ? t.bigint() : new ColumnType(dtype ?? { id: 'string' });
  const doubts: Doubt[] = isWide
    ? [
        {
          about: 'identifier',
          reason:
            largest === undefined
              ? 'the file does not tell how large its numbers are'
              : `it holds ${largest}, more than a number of JavaScript holds`,
          choices: largest === undefined ? ['t.int()'] : [],
          examples: [],
        },
      ]
    : [];
  return { name, type: noNulls ? own : own.nullable(), nulls: 0, markers: {}, doubts };
}

/** The texts in the names of folders, looked at as text is. */
function partition(name: string, paths: readonly string[]): Draft {
  const profile = new Profile();
  for (const path of paths) {
    const found = path
      .split(/[\\/]/)
      .findLast((folder) => decoded(folder.split('=')[0] ?? '') === name && folder.includes('='));
    const text = decoded(found?.slice(found.indexOf('=') + 1) ?? '');
    profile.add(text === '__HIVE_DEFAULT_PARTITION__' || text === '' ? null : text, 0);
  }
  const draft = decide(profile, { name, complete: true });
  const isKept = Object.keys(draft.markers).length === 0;
  return isKept ? draft : { ...draft, type: t.string().nullable(), markers: {} };
}
