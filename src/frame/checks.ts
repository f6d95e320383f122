import { MillraceError } from '../errors.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { CheckRelation, CheckWarning, Relation, Rule, Severity } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import { BOOLEAN, type Bool } from '../schema/dtype.ts';
import { showValue } from '../schema/show-value.ts';
import { answerOf, checkOptions, entriesOf } from './arguments.ts';
import { type Cols, checkColumns, columnNode, columnsOf, fieldOf, predicateOf } from './columns.ts';
import { call, type Scalar } from './functions/base.ts';
import { literalFor } from './functions/literal.ts';
import { refuseOther } from './same-session.ts';

/** A rule for one column, given its node and what will run it. */
export type ColumnRule = (column: Expression & { readonly kind: 'column' }, executor: Executor) => Rule;

export type CheckRules<C extends AnyCol> = { readonly [K in C['k']]?: ColumnRule | readonly ColumnRule[] };

/** What `check` takes besides its rules. */
export interface CheckOptions<C extends AnyCol> {
  /** What a broken rule does: stop the run, report and go on, or put the rows aside. Default `'fail'`. */
  readonly severity?: Severity;
  /** How many rows there must be. */
  readonly rowCount?: { readonly min?: number; readonly max?: number };
  /** Rules of your own, by name: each must hold for every row, null being false. Windows see all rows that are checked. */
  readonly satisfies?: { readonly [name: string]: (r: Cols<C>) => Scalar<Bool, null> };
  /** Called for each broken rule of severity `'warn'`. Default: a line on standard error. */
  readonly onWarning?: (warning: CheckWarning) => void;
}

/** How many accepted values messages tell. */
const SHOWN = 10;

const CHECK_OPTIONS: OptionNames<CheckOptions<AnyCol>> = {
  severity: true,
  rowCount: true,
  satisfies: true,
  onWarning: true,
};

/** No value is null. */
export const notNull: ColumnRule = (column) => ({
  kind: 'row',
  name: 'not_null',
  column: column.name,
  predicate: call('is_not_null', [column], BOOLEAN, false),
});

/** No value stands twice; nulls do not count. */
export const unique: ColumnRule = (column) => ({ kind: 'unique', name: 'unique', columns: [column.name] });

/** Every value lies between the two, both included; nulls do not count. */
export function between(low: number | string | Date, high: number | string | Date): ColumnRule {
  return (column) => ({
    kind: 'row',
    name: 'between',
    bounds: `${showValue(low)} and ${showValue(high)}`,
    column: column.name,
    predicate: call(
      'and',
      [
        call('gte', [column, literalFor(low, column)], BOOLEAN, column.nullable),
        call('lte', [column, literalFor(high, column)], BOOLEAN, column.nullable),
      ],
      BOOLEAN,
      column.nullable,
    ),
  });
}

/** Every value is one of these; nulls do not count. */
export function acceptedValues(values: readonly (string | number | boolean)[]): ColumnRule {
  return (column) => ({
    kind: 'row',
    name: 'accepted_values',
    bounds: `${values.slice(0, SHOWN).map(showValue).join(', ')}${values.length > SHOWN ? ', ..' : ''}`,
    column: column.name,
    predicate: call(
      'in',
      [column, ...values.map((value) => literalFor(value, column, { wide: true }))],
      BOOLEAN,
      column.nullable,
    ),
  });
}

/** Every value stands in a column of another frame, of the same session; nulls do not count. */
export function relationships<K extends string>(
  to: { readonly plan: Relation; readonly executor: Executor },
  field: K,
): ColumnRule {
  return (column, executor) => {
    refuseOther({ executor }, to, 'relationships');
    fieldOf(outputSchema(to.plan), field, 'relationships');
    return { kind: 'relationship', name: 'relationships', column: column.name, to: to.plan, field };
  };
}

const SEVERITIES: readonly Severity[] = ['fail', 'warn', 'quarantine'];

function refused(message: string): MillraceError {
  return new MillraceError({ code: 'plan.check', message: `check: ${message}` });
}

export function check<C extends AnyCol>(
  frame: { readonly plan: Relation; readonly executor: Executor },
  rules: CheckRules<C>,
  options: CheckOptions<C>,
): CheckRelation {
  checkOptions(options, 'check', "{ severity: 'warn' }", CHECK_OPTIONS);
  checkOptionNames(options.rowCount ?? {}, { min: true, max: true }, 'check, rowCount');
  const input = frame.plan;
  const schema = outputSchema(input);
  const made: Rule[] = [];
  for (const [name, given] of entriesOf<ColumnRule | readonly ColumnRule[] | undefined>(
    rules,
    'check',
    '{ quantity: notNull }',
  )) {
    const column = columnNode(fieldOf(schema, name, 'check'));
    for (const rule of given === undefined ? [] : Array.isArray(given) ? given : [given]) {
      const one: Rule | ColumnRule = typeof rule === 'function' ? rule(column, frame.executor) : rule;
      // A rule that takes arguments and was given none makes a rule, not what is checked.
      if (typeof rule !== 'function' || typeof one === 'function') {
        const shown = typeof rule === 'function' ? `${nameOf(rule)}, which was not called` : JSON.stringify(rule);
        throw refused(`a rule of ${name} is ${shown}. Give rules such as notNull or between(1, 1000).`);
      }
      made.push(one);
    }
  }
  for (const [name, predicate] of Object.entries(options.satisfies ?? {})) {
    const node = predicateOf(
      answerOf(predicate, columnsOf<C>(schema, 'check'), 'check, satisfies', 'r => r.quantity.gt(0)'),
      `check: the rule ${JSON.stringify(name)}`,
    );
    checkColumns([node], schema, 'check');
    made.push({ kind: 'row', name, column: '', predicate: node });
  }
  const { severity = 'fail' } = options;
  if (!SEVERITIES.includes(severity)) {
    throw refused(`severity is ${JSON.stringify(severity)}. Give one of ${SEVERITIES.join(', ')}.`);
  }
  if (options.rowCount !== undefined) {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = options.rowCount;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 0 || max < min) {
      throw refused(`rowCount is from ${min} to ${max}. Give whole numbers from 0, min not above max.`);
    }
    if (severity === 'quarantine') {
      throw refused(
        "rowCount breaks by no row, so nothing can go to quarantine. Check it with severity 'fail' or 'warn'.",
      );
    }
    made.push({ kind: 'row-count', name: 'row_count', min: options.rowCount.min ?? 0, max: options.rowCount.max });
  }
  if (made.length === 0) {
    throw refused(
      'no rules were given. Give rules by column, { quantity: notNull }, or the options satisfies or rowCount.',
    );
  }
  return Object.freeze({
    kind: 'check',
    input,
    rules: made,
    severity,
    onWarning: options.onWarning,
  });
}

/** What a function is called where users write it: the functions of the package have other names in its bundle. */
function nameOf(rule: unknown): string {
  const own = Object.entries({ acceptedValues, between, notNull, relationships, unique });
  return own.find(([, made]) => made === rule)?.[0] ?? (rule as { readonly name: string }).name;
}
