/** A case that we answer otherwise on purpose: `code` is the error's, or `different` where the rows are others. */
export interface Convention {
  readonly code: string;
  readonly ids: readonly string[];
  readonly reason: string;
}

export const conventions: readonly Convention[] = [
  {
    code: 'rows.bad_row',
    ids: ['aq077', 'aq078'],
    reason:
      'A column has one dtype: a date beside milliseconds in one column is a bad row, and the two are never equal.',
  },
  {
    code: 'plan.unknown_column',
    ids: ['td006', 'td007'],
    reason: 'Sorting by a column that does not exist is an error that names it, not a key that is passed over.',
  },
  {
    code: 'expression.literal',
    ids: ['td148'],
    reason: 'NaN is no value: it cannot be what nulls are filled with.',
  },
  {
    code: 'schema.duplicate_column',
    ids: ['td154'],
    reason: 'Two columns whose names differ only in case are refused, since engines do not tell them apart.',
  },
  {
    code: 'plan.unknown_column',
    ids: ['td180', 'td182'],
    reason: 'A table has its columns even when it has no rows: the first or last of a column it lacks is an error.',
  },
  {
    code: 'plan.unknown_column',
    ids: ['td189'],
    reason: 'Counting the distinct values of a column that does not exist is an error, not 0.',
  },
];

/** Cases that need something the API does not have; `missing` is its name. */
export interface NotYet {
  readonly missing: string;
  readonly ids: readonly string[];
  readonly reason: string;
}

export const notYet: readonly NotYet[] = [
  {
    missing: 'pivot',
    ids: ['aq104', 'aq105', 'aq106', 'aq108', 'aq109', 'aq110', 'aq111', 'td144'],
    reason: 'The verb `pivot`: values become columns.',
  },
  {
    missing: 'unpivot',
    ids: ['aq036', 'aq037', 'td135', 'td137', 'td140'],
    reason: 'The verb `unpivot`: columns become rows.',
  },
  {
    missing: 'complete',
    ids: ['aq044', 'aq045', 'aq046', 'td021', 'td022', 'td023', 'td035', 'td037', 'td038', 'td042'],
    reason: 'A verb for all combinations of some columns (`complete`, `expand`, imputing new rows).',
  },
  {
    missing: 'cross join',
    ids: ['aq059', 'aq060'],
    reason: 'A join without keys.',
  },
  {
    missing: 'product',
    ids: ['aq123', 'aq126'],
    reason: 'The aggregates `product` and `mode`.',
  },
  {
    missing: 'averageRank',
    ids: ['aq133'],
    reason: 'A rank that ties share as its mean, and the aggregate `corr`.',
  },
];
