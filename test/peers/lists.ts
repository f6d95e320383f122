/** A case that we answer otherwise on purpose: `code` is the error's, or `different` where the rows are others. */
export interface Convention {
  readonly code: string;
  readonly ids: readonly string[];
  readonly reason: string;
}

export const conventions: readonly Convention[] = [
  {
    code: 'rows.bad_row',
    ids: ['aq077', 'aq078', 'aq110'],
    reason:
      'A column has one dtype: a date beside milliseconds, or the text NA beside numbers, is a bad row (and a date never equals milliseconds).',
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
    code: 'schema.invalid',
    ids: ['td180', 'td182'],
    reason:
      'A table has its columns even when it has no rows, and one at least: the first or last of a column it lacks is an error.',
  },
  {
    code: 'plan.unknown_column',
    ids: ['td189'],
    reason: 'Counting the distinct values of a column that does not exist is an error, not 0.',
  },
];
