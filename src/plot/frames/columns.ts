import { MillraceError } from '../../errors.ts';
import { columnNode, fieldOf, project } from '../../frame/columns.ts';
import { asFloat } from '../../frame/formula.ts';
import { Frame } from '../../frame/frame.ts';
import { castTo } from '../../frame/functions/base.ts';
import { literal } from '../../frame/functions/literal.ts';
import type { Expression } from '../../plan/expression.ts';
import type { NamedExpression } from '../../plan/relation.ts';
import type { AnyCol, NamesOf } from '../../schema/columns.ts';
import { type DType, describeDType, type Field, isNumeric, type NumericDType, STRING } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';

/** Columns whose values have a place on an axis. */
export type PlaceName<C extends AnyCol> = NamesOf<C, NumericDType | DType<'date' | 'timestamp', string | Date>>;

/** Columns whose values tell groups apart. */
export type GroupName<C extends AnyCol> = NamesOf<
  C,
  DType<'string' | 'boolean' | 'int' | 'date', string | boolean | number>
>;

/** How the values of one place become one: added up, on the average, the least, the most, or how many. */
export type PlotAggregate = 'sum' | 'mean' | 'min' | 'max' | 'count';

export const AGGREGATES: readonly PlotAggregate[] = ['sum', 'mean', 'min', 'max', 'count'];

/** What a plot takes of a frame. */
export interface Parts {
  readonly x?: Field;
  readonly y?: Field;
  readonly group?: Field;
}

export const isTime = (field: Field): boolean => field.dtype.id === 'date' || field.dtype.id === 'timestamp';

export function placeField(frame: { readonly schema: readonly Field[] }, name: string, call: string): Field {
  const field = fieldOf(frame.schema, name, call);
  if (isNumeric(field.dtype) || isTime(field)) return field;
  throw refused(call, field, 'a number, a date or a timestamp');
}

export function numberField(frame: { readonly schema: readonly Field[] }, name: string, call: string): Field {
  const field = fieldOf(frame.schema, name, call);
  if (isNumeric(field.dtype)) return field;
  throw refused(call, field, 'a number');
}

export function groupField(frame: { readonly schema: readonly Field[] }, name: string, call: string): Field {
  const field = fieldOf(frame.schema, name, call);
  if (['string', 'boolean', 'int', 'date'].includes(field.dtype.id)) return field;
  throw refused(call, field, 'a string, a boolean, an int or a date');
}

function refused(call: string, field: Field, wanted: string): MillraceError {
  return new MillraceError({
    code: 'plot.dtype',
    message: `${call}: ${field.name} is ${describeDType(field.dtype)}, and ${wanted} is needed there.`,
    details: { column: field.name, dtype: describeDType(field.dtype) },
  });
}

/** The parts as columns `x`, `y` and `group`: numbers as floats, groups as text (empty where there are none), times as they are. */
export function parted<P extends AnyCol>(
  frame: { readonly plan: Frame<AnyCol>['plan']; readonly executor: Frame<AnyCol>['executor'] },
  { x, y, group }: Parts,
  call: string,
): Frame<P> {
  const columns: NamedExpression[] = [];
  if (x !== undefined) columns.push({ name: 'x', expression: isTime(x) ? columnNode(x) : asFloat(x) });
  if (y !== undefined) columns.push({ name: 'y', expression: asFloat(y) });
  columns.push({ name: 'group', expression: group === undefined ? literal('') : textOf(group) });
  return new Frame<P>(project(frame.plan, columns, call), frame.executor);
}

function textOf(field: Field): Expression {
  const node = columnNode(field);
  return field.dtype.id === 'string' ? { ...node, dtype: STRING } : castTo(node, STRING);
}

export function checkAggregate(aggregate: PlotAggregate, call: string): void {
  checkChoice(aggregate, 'aggregate', AGGREGATES, call);
}

export function checkChoice(given: string, option: string, choices: readonly string[], call: string): void {
  if (choices.includes(given)) return;
  throw new MillraceError({
    code: 'plot.option',
    message: `${call}: ${option} is ${JSON.stringify(given)}. Give one of ${choices.join(', ')}.`,
    details: { [option]: given },
  });
}

/** `sum of revenue`, and `revenue` where each place has one row; what is counted are rows. */
export function measureName(aggregate: PlotAggregate, y: string | undefined, isAlone: boolean): string {
  if (aggregate === 'count' || y === undefined) return 'rows';
  if (isAlone) return y;
  return `${{ sum: 'sum', mean: 'mean', min: 'least', max: 'largest' }[aggregate]} of ${y}`;
}

/** What was left out, as the end of a subtitle. */
export function leftOut(count: number, names: readonly string[]): string {
  return count === 0 ? '' : `; ${showCount(count, 'row')} without ${names.join(' or ')} left out`;
}

export function nothing(call: string): MillraceError {
  return new MillraceError({
    code: 'plot.no_rows',
    message: `${call}: no row has all that is plotted, so there is nothing to draw.`,
  });
}

/** Fields of a plot by their names, those that are there. */
export const namesOf = (...fields: readonly (Field | undefined)[]): string[] =>
  fields.flatMap((field) => (field === undefined ? [] : [field.name]));
