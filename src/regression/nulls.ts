import { MillraceError } from '../errors.ts';
import { columnNode } from '../frame/columns.ts';
import { aggregate, call } from '../frame/functions/base.ts';
import type { AggregateRelation } from '../plan/relation.ts';
import { BOOLEAN, INT, type Schema } from '../schema/dtype.ts';
import { showCount } from '../show-count.ts';

/** Aggregates that count the nulls of each column that may have some, under names that start with `prefix`. */
export function nullCounts(schema: Schema, prefix: string): AggregateRelation['aggregates'] {
  return schema
    .filter((field) => field.nullable)
    .map((field) => {
      const isNull = call('is_null', [columnNode(field)], BOOLEAN, false);
      return { name: `${prefix}${field.name}`, expression: aggregate('count_true', [isNull], INT, false) };
    });
}

/** Refuses the nulls that such aggregates counted. */
export function refuseNulls(verb: string, row: Readonly<Record<string, number | null>>, prefix: string): void {
  const counts = Object.entries(row).flatMap(([name, count]) =>
    name.startsWith(prefix) && count !== null && count > 0 ? [[name.slice(prefix.length), count] as const] : [],
  );
  nullsRefused(verb, Object.fromEntries(counts));
}

/** Refuses nulls, counted by column, where there are some. */
export function nullsRefused(verb: string, nulls: Readonly<Record<string, number>>): void {
  const counts = Object.entries(nulls);
  if (counts.length === 0) return;
  const found = counts.map(([name, count]) => `${name} holds ${showCount(count, 'null')}`);
  throw new MillraceError({
    code: 'regression.nulls',
    message: `${verb}: ${found.join(', ')}. Impute them, or give nulls: 'drop' to leave such rows out.`,
    details: { nulls },
  });
}
