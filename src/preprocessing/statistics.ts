import { MillraceError } from '../errors.ts';
import { project } from '../frame/columns.ts';
import {
  asFloat,
  cases,
  div,
  eq,
  fail,
  gt,
  lt,
  mul,
  nullableAs,
  number,
  or,
  sqrt,
  sub,
  text,
} from '../frame/formula.ts';
import { Frame } from '../frame/frame.ts';
import { aggregate, call } from '../frame/functions/base.ts';
import { nullLiteral } from '../frame/functions/literal.ts';
import type { AggregateNode, Expression } from '../plan/expression.ts';
import type { AttachRelation, Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { Col } from '../schema/columns.ts';
import { BOOLEAN, type DataType, type Field, FLOAT, type Float, INT } from '../schema/dtype.ts';

/** An aggregate of a column's values; a number is the quantile of that share. */
export type Statistic = 'count' | 'mean' | 'var' | 'min' | 'max' | number;

/** What to learn of a column: parameters, each computed from statistics. */
export interface Lesson<P extends string> {
  readonly field: Field;
  readonly statistics: readonly Statistic[];
  parameters(of: (statistic: Statistic) => Expression): Readonly<Record<P, Expression>>;
}

export type FitOptions = Pick<RunOptions, 'signal'>;

/** The standard deviation of the values themselves (divided by n), 0 of a single one. */
export function deviation(of: (statistic: Statistic) => Expression): Expression {
  const n = of('count');
  const root = sqrt(div(mul(of('var'), sub(n, number(1))), n));
  return cases([{ when: eq(of('min'), of('max')), value: number(0) }], root);
}

/** The statistics that `deviation` needs. */
export const DEVIATION: readonly Statistic[] = ['count', 'var', 'min', 'max'];

/** Learns from the rows of a frame, in one pass over them. */
export async function learn<P extends string>(
  verb: string,
  train: { readonly plan: Relation; readonly executor: Executor },
  lessons: readonly Lesson<P>[],
  options: FitOptions,
): Promise<readonly Readonly<Record<P, number>>[]> {
  const statistics: Relation = { kind: 'aggregate', input: train.plan, keys: [], aggregates: aggregatesOf(lessons) };
  const computed = lessons.flatMap((lesson, i) => {
    const parameters = Object.entries<Expression>(lesson.parameters(statisticsOf(lesson, i)));
    return parameters.map(([name, expression]) => ({ name: `${i} ${name}`, expression }));
  });
  const counts = lessons.flatMap((_, i) =>
    (['count', 'odd'] as const).map((what) => ({ name: `${i} ${what}`, expression: columnOf(i, what) })),
  );
  const rows = { name: 'rows', expression: countColumn(ROWS) };
  const plan = project(statistics, [...computed, ...counts, rows], verb);
  const [row = {}] = await new Frame<Col<string, Float, null>>(plan, train.executor).rows(options);
  return lessons.map((lesson, i) => {
    const { field } = lesson;
    const [count, odd] = [row[`${i} count`] ?? 0, row[`${i} odd`] ?? 0];
    if (odd > 0) throw notFinite(verb, field.name, `${odd} of its values ${odd === 1 ? 'is' : 'are'} NaN or infinite`);
    if (count === 0) throw noValues(verb, field.name, row.rows ?? 0);
    const names = Object.keys(lesson.parameters(statisticsOf(lesson, i)));
    const learned = names.map((name): [string, number] => [name, row[`${i} ${name}`] ?? Number.NaN]);
    const wrong = learned.find(([, value]) => !Number.isFinite(value));
    if (wrong !== undefined)
      throw notFinite(verb, field.name, `its ${wrong[0]} is ${wrong[1]}, its values are too large`);
    return Object.fromEntries(learned) as Record<P, number>;
  });
}

/** Lessons of a plan's own rows beside every row, so that they are learned when it runs. */
export interface Attached<P extends string> {
  readonly relation: Relation;
  /** A lesson's parameters. */
  readonly parameters: readonly Readonly<Record<P, Expression>>[];
  /** The value, or the end of the run where the column of a lesson has nothing to learn from. */
  guarded(lesson: number, value: Expression): Expression;
}

export function attach<P extends string>(verb: string, input: Relation, lessons: readonly Lesson<P>[]): Attached<P> {
  const relation: AttachRelation = Object.freeze({ kind: 'attach', input, aggregates: aggregatesOf(lessons) });
  return {
    relation,
    parameters: lessons.map((lesson, i) => lesson.parameters(statisticsOf(lesson, i))),
    guarded: (i, value) => {
      const field = lessons[i]?.field;
      if (field === undefined) return value;
      const stop = (code: string, what: string): Expression =>
        fail(code, [text(`${verb}: ${field.name} ${what}`)], value.dtype);
      const odd = {
        when: gt(columnOf(i, 'odd'), number(0)),
        value: stop(NOT_FINITE, `holds NaN or infinite values; ${FILTER}`),
      };
      const none = { when: eq(columnOf(i, 'count'), number(0)), value: stop(NO_VALUES, 'is null in every row') };
      return cases([...(field.dtype.id === 'float' ? [odd] : []), ...(field.nullable ? [none] : [])], value);
    },
  };
}

const NOT_FINITE = 'preprocessing.not_finite';
const NO_VALUES = 'preprocessing.no_values';
const FILTER = 'leave such rows out or make them null first.';

const FLOATS: DataType = { id: 'list', item: FLOAT, nullableItem: false };

const ROWS = '__millrace_rows';

type Counted = Exclude<Statistic, number> | 'odd' | 'quantiles';

function nameOf(lesson: number, what: Counted): string {
  return `__millrace_${lesson}_${what}`;
}

/** The quantiles of a lesson: all are found in one go, as a list. */
function sharesOf({ statistics }: Lesson<string>): readonly number[] {
  return statistics.filter((statistic) => typeof statistic === 'number');
}

function statisticsOf(lesson: Lesson<string>, i: number): (statistic: Statistic) => Expression {
  const shares = sharesOf(lesson);
  return (statistic) => {
    if (typeof statistic !== 'number') return columnOf(i, statistic);
    return call('list_at', [columnOf(i, 'quantiles')], FLOAT, true, { position: shares.indexOf(statistic) });
  };
}

function countColumn(name: string): Expression {
  return { kind: 'column', name, dtype: INT, nullable: false };
}

function columnOf(lesson: number, what: Counted): Expression {
  const name = nameOf(lesson, what);
  if (what === 'count' || what === 'odd') return countColumn(name);
  return { kind: 'column', name, dtype: what === 'quantiles' ? FLOATS : FLOAT, nullable: true };
}

function aggregatesOf(
  lessons: readonly Lesson<string>[],
): readonly { readonly name: string; readonly expression: AggregateNode }[] {
  const own = lessons.flatMap((lesson, i) => {
    const shares = sharesOf(lesson);
    const plain = lesson.statistics.filter((statistic) => typeof statistic !== 'number');
    const wanted = new Set<Counted>([...plain, ...(shares.length > 0 ? (['quantiles'] as const) : []), 'count', 'odd']);
    return [...wanted].map((what) => ({ name: nameOf(i, what), expression: aggregateOf(what, lesson.field, shares) }));
  });
  return [...own, { name: ROWS, expression: aggregate('count_all', [], INT, false) }];
}

function aggregateOf(what: Counted, field: Field, shares: readonly number[]): AggregateNode {
  const value = asFloat(field);
  const odd = or(gt(value, number(Number.MAX_VALUE)), lt(value, number(-Number.MAX_VALUE)));
  if (what === 'odd') return aggregate('count_true', [{ ...odd, dtype: BOOLEAN }], INT, false);
  // An infinity would end the run inside the aggregate, before it can be told.
  const finite =
    field.dtype.id === 'float' ? cases([{ when: odd, value: nullLiteral(FLOAT) }], value) : nullableAs(value, true);
  if (what === 'quantiles') return aggregate('quantiles', [finite], FLOATS, true, { shares });
  return aggregate(what, [finite], what === 'count' ? INT : FLOAT, what !== 'count');
}

export function noValues(verb: string, column: string, rows: number): MillraceError {
  const why = rows === 0 ? 'there are no rows' : `every value of its ${rows} row${rows === 1 ? '' : 's'} is null`;
  return new MillraceError({
    code: NO_VALUES,
    message: `${verb}: ${column} has nothing to learn from: ${why}.`,
    details: { column, rows },
  });
}

function notFinite(verb: string, column: string, what: string): MillraceError {
  return new MillraceError({
    code: NOT_FINITE,
    message: `${verb}: ${column}: ${what}; ${FILTER}`,
    details: { column },
  });
}
