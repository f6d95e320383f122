/** What an engine cannot do: the cases of the suite that it leaves out, and the error that each must give. */
export interface Gap {
  readonly engine: string;
  /** In words, for the list of gaps. */
  readonly what: string;
  readonly operation: string;
  /** The described cases that it leaves out: `NumericExpr.mod 5`. */
  readonly cases: readonly string[];
}

export const gaps: readonly Gap[] = [
  { engine: 'postgres', what: 'mod of floats', operation: 'mod', cases: ['NumericExpr.mod 5'] },
];

export function gapOf(described: string): Gap | undefined {
  return gaps.find(({ cases }) => cases.includes(described));
}
