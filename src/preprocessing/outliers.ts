import { MillraceError } from '../errors.ts';
import { columnNode, keptColumns, type UnknownCols } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import {
  add,
  and,
  as,
  asFloat,
  cases,
  coalesce,
  eq,
  gt,
  lt,
  mul,
  not,
  nullableAs,
  number,
  or,
  sub,
} from '../frame/formula.ts';
import type { Frame } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { literalAs } from '../frame/functions/literal.ts';
import type { Expression } from '../plan/expression.ts';
import type { Relation, Rule } from '../plan/relation.ts';
import type { AnyCol, Col, NamesOf, Only, Without } from '../schema/columns.ts';
import { BOOLEAN, type Bool, type Field, isNumeric, type NumericDType, type Schema } from '../schema/dtype.ts';
import {
  checkChoice,
  checkNumber,
  type FittedColumn,
  fieldsToApply,
  fieldsToFit,
  type Having,
  type HavingNames,
} from './columns.ts';
import { openJson, VERSION } from './json.ts';
import { attach, DEVIATION, deviation, type FitOptions, type Lesson, learn } from './statistics.ts';

/**
 * What becomes of an outlier: its row is left out, it is moved to the nearer bound, a boolean column beside it tells, or
 * its row is put aside with the reason.
 */
export type OutlierAction = 'drop' | 'cap' | 'flag' | 'quarantine';

/** How the bounds are learned. */
export type OutlierMethod =
  | {
      /** `factor` interquartile ranges beyond the quartiles; default 1.5. */
      readonly method: 'iqr';
      readonly factor?: number;
    }
  | {
      /** `threshold` standard deviations from the mean; default 3. */
      readonly method: 'z-score';
      readonly threshold?: number;
    }
  | {
      /** The quantiles of these two shares; default 0.01 and 0.99. */
      readonly method: 'quantile';
      readonly low?: number;
      readonly high?: number;
    };

/** What `fitOutliers` and `treatOutliers` take. */
export type OutlierOptions<K extends string, A extends OutlierAction> = OutlierMethod & {
  readonly columns: readonly K[];
  readonly action: A;
};

/** What was learned: a value below `low` or above `high` is an outlier. */
export interface OutlierParameters<A extends OutlierAction = OutlierAction> {
  readonly method: OutlierMethod['method'];
  readonly action: A;
  readonly columns: readonly (FittedColumn & { readonly low: number; readonly high: number })[];
}

export interface OutliersJson extends OutlierParameters {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
}

const FORMAT = 'millrace.outliers';
const METHODS: readonly OutlierMethod['method'][] = ['iqr', 'z-score', 'quantile'];
const ACTIONS: readonly OutlierAction[] = ['drop', 'cap', 'flag', 'quarantine'];

/** The columns of the flags. */
type Flags<K extends string> = K extends string ? Col<`${K}_outlier`, Bool, never> : never;

/** The columns after an action. */
export type Bounded<C extends AnyCol, K extends string, A extends OutlierAction> = 'flag' extends A
  ? Without<C, `${K}_outlier`> | Flags<K>
  : C;

/**
 * Learns from a frame between which bounds numeric columns lie, to treat the outliers of any other.
 *
 * @example
 * ```ts
 * import { fitOutliers, read, t } from 'millrace';
 * const schema = { price: t.float() };
 * const train = read.rows([10, 11, 12, 13, 14].map(price => ({ price })), { schema });
 * const test = read.rows([{ price: 12 }, { price: 99 }], { schema });
 * const cap = await fitOutliers(train, { columns: ['price'], method: 'iqr', action: 'cap' });
 * console.log(cap.parameters.columns); // [ { name: 'price', dtype: 'float', low: 8, high: 16 } ]
 * console.log(await cap.apply(test).rows()); // [ { price: 12 }, { price: 16 } ]
 * ```
 *
 * Quantiles are interpolated (type 7), the standard deviation is that of the values themselves (divided by n). Nulls are
 * passed over and are no outliers. NaN stands above every number, as in a sort. Errors: `preprocessing.no_values`,
 * `preprocessing.not_finite` (NaN or infinities among the training values).
 */
export async function fitOutliers<
  C extends AnyCol,
  const K extends NamesOf<C, NumericDType>,
  const A extends OutlierAction,
>(train: Frame<C>, options: OutlierOptions<K, A> & FitOptions): Promise<Outliers<Only<C, K>, A>> {
  const { method, action } = checked(options, 'fitOutliers');
  const fields = fieldsToFit(train.schema, options.columns, isNumeric, 'a number', 'fitOutliers');
  const learned = await learn('fitOutliers', train, lessonsOf(fields, options, 'fitOutliers'), options);
  const columns = fields.map(({ name, dtype }, i) => {
    const { low = Number.NaN, high = Number.NaN } = learned[i] ?? {};
    return { name, dtype: dtype.id, low, high };
  });
  return new Outliers({ method, action, columns });
}

/** Learned bounds, made by `fitOutliers` or `Outliers.fromJSON`. `F` are the columns that they were fitted on. */
export class Outliers<F extends AnyCol = AnyCol, A extends OutlierAction = OutlierAction> {
  readonly parameters: OutlierParameters<A>;

  constructor(parameters: OutlierParameters<A>) {
    this.parameters = parameters;
  }

  /**
   * The frame with its outliers treated; nothing runs here. `drop` and `quarantine` leave out a row if any of the columns
   * is an outlier; what is put aside stands in `frame.quarantine()` with its value and, in the reason, the bounds. `cap`
   * keeps the dtype: the bound is rounded to a whole number in an int, to the scale in a decimal. `flag` adds a boolean
   * column `<name>_outlier`, false for null. A frame that lacks a column or has it as another dtype is
   * `preprocessing.columns`.
   */
  apply<C extends AnyCol>(
    frame: Frame<C> & Having<C, F>,
  ): Frame<string extends F['k'] ? UnknownCols : Bounded<C, F['k'], A>> {
    const { columns, action, method } = this.parameters;
    const fields = fieldsToApply(frame.schema, columns, 'Outliers.apply');
    if (action === 'quarantine') {
      const rules = columns.map(({ name, low, high }, i): Rule => {
        const field = fields[i];
        if (field === undefined) throw new Error('every column has a field');
        const inside = not(outside({ field, low: number(low), high: number(high) }));
        return { kind: 'row', name: `no outlier, from ${low} to ${high} (${method})`, column: name, predicate: inside };
      });
      const plan: Relation = { kind: 'check', input: frame.plan, rules, severity: 'quarantine', onWarning: undefined };
      return derive(frame, plan);
    }
    const bounds = fields.map((field, i) => {
      const { low = Number.NaN, high = Number.NaN } = columns[i] ?? {};
      return { field, low: number(low), high: number(high) };
    });
    return derive(frame, treated(frame.plan, frame.schema, bounds, action, 'Outliers.apply'));
  }

  /** What it learned, as plain data that JSON can hold; `Outliers.fromJSON` reads it. */
  toJSON(): OutliersJson {
    return { format: FORMAT, version: VERSION, ...this.parameters };
  }

  /**
   * Bounds from their JSON, as text or parsed. The compiler does not know their columns, so the frame they give has
   * columns by name; `withSchema` types them. Anything else is `preprocessing.bad_json`.
   */
  static fromJSON(json: unknown): Outliers {
    const part = openJson(json, FORMAT, 'outlier bounds');
    const columns = part.at('columns').list((column) => {
      const [low, high] = [column.at('low').number(), column.at('high')];
      if (high.number() < low) throw high.refused(`a number from ${low}`);
      return {
        name: column.at('name').text(),
        dtype: column.at('dtype').oneOf(['int', 'bigint', 'float', 'decimal']),
        low,
        high: high.number(),
      };
    });
    return new Outliers({
      method: part.at('method').oneOf(METHODS),
      action: part.at('action').oneOf(ACTIONS),
      columns,
    });
  }
}

/**
 * The short spelling of fitting bounds on a frame and applying them to the same frame, in one lazy plan.
 *
 * @example
 * ```ts
 * import { read, treatOutliers, t } from 'millrace';
 * const sales = read.rows([10, 11, 12, 13, 14, 99].map(price => ({ price })), { schema: { price: t.int() } });
 * const usual = sales.pipe(treatOutliers({ columns: ['price'], method: 'iqr', action: 'drop' }));
 * console.log(await usual.count()); // 5
 * ```
 *
 * Rows are put aside by `fitOutliers`, whose reasons tell the bounds: here they are not known before the plan runs.
 */
export function treatOutliers<const K extends string, const A extends Exclude<OutlierAction, 'quarantine'>>(
  options: OutlierOptions<K, A>,
): <C extends AnyCol>(frame: Frame<C> & HavingNames<C, K, NumericDType>) => Frame<Bounded<C, K, A>> {
  return <C extends AnyCol>(frame: Frame<C>): Frame<Bounded<C, K, A>> => {
    const { action } = checked(options, 'treatOutliers');
    if ((action as OutlierAction) === 'quarantine') {
      throw new MillraceError({
        code: 'preprocessing.option',
        message:
          "treatOutliers: action is 'quarantine', whose reasons tell bounds that are not known before the plan runs. Use fitOutliers.",
      });
    }
    const fields = fieldsToFit(frame.schema, options.columns, isNumeric, 'a number', 'treatOutliers');
    const attached = attach('treatOutliers', frame.plan, lessonsOf(fields, options, 'treatOutliers'));
    const bounds = fields.map((field, i) => {
      const { low = number(0), high = number(0) } = attached.parameters[i] ?? {};
      return {
        field,
        low: attached.guarded(i, nullableAs(low, false)),
        high: attached.guarded(i, nullableAs(high, false)),
      };
    });
    return derive(frame, treated(attached.relation, frame.schema, bounds, action, 'treatOutliers'));
  };
}

interface Bounds {
  readonly field: Field;
  readonly low: Expression;
  readonly high: Expression;
}

function treated(
  input: Relation,
  schema: Schema,
  bounds: readonly Bounds[],
  action: Exclude<OutlierAction, 'quarantine'>,
  verb: string,
): Relation {
  if (action === 'flag') {
    const flags = bounds.map((bound) => ({ name: `${bound.field.name}_outlier`, expression: flag(bound) }));
    return keptColumns(input, schema, flags, verb);
  }
  if (action === 'cap') {
    const capped = bounds.map((bound) => ({ name: bound.field.name, expression: cap(bound) }));
    return keptColumns(input, schema, capped, verb);
  }
  const predicate = bounds.map((bound) => not(flag(bound))).reduce(and);
  const kept: Relation = Object.freeze({ kind: 'filter', input, predicate });
  return keptColumns(kept, schema, [], verb);
}

function outside({ field, low, high }: Bounds): Expression {
  const value = asFloat(field);
  return or(lt(value, low), gt(value, high));
}

function flag(bounds: Bounds): Expression {
  if (!bounds.field.nullable) return outside(bounds);
  return coalesce(outside(bounds), literalAs(false, BOOLEAN, bounds.field.name));
}

function cap({ field, low, high }: Bounds): Expression {
  const value = asFloat(field);
  const { dtype } = field;
  const whole = dtype.id === 'int' || dtype.id === 'bigint';
  const bound = (edge: Expression): Expression =>
    as(whole ? call('round', [edge], edge.dtype, edge.nullable, { digits: 0 }) : edge, dtype);
  const capped = cases(
    [
      { when: lt(value, low), value: bound(low) },
      { when: gt(value, high), value: bound(high) },
    ],
    columnNode(field),
  );
  return nullableAs(capped, field.nullable);
}

function checked<A extends OutlierAction>(
  options: OutlierMethod & { readonly action: A },
  verb: string,
): { readonly method: OutlierMethod['method']; readonly action: A } {
  return {
    method: checkChoice(options.method, METHODS, 'method', verb),
    action: checkChoice(options.action, ACTIONS as readonly A[], 'action', verb),
  };
}

function lessonsOf(fields: readonly Field[], options: OutlierMethod, verb: string): Lesson<'low' | 'high'>[] {
  const lesson = lessonOf(options, verb);
  return fields.map((field) => ({ field, ...lesson }));
}

function lessonOf(options: OutlierMethod, verb: string): Omit<Lesson<'low' | 'high'>, 'field'> {
  if (options.method === 'iqr') {
    const factor = checkNumber(options.factor ?? 1.5, 0, 1e6, 'factor', verb);
    return {
      statistics: [0.25, 0.75],
      parameters: (of) => {
        const beyond = mul(number(factor), sub(of(0.75), of(0.25)));
        return { low: sub(of(0.25), beyond), high: add(of(0.75), beyond) };
      },
    };
  }
  if (options.method === 'z-score') {
    const threshold = checkNumber(options.threshold ?? 3, 0, 1e6, 'threshold', verb);
    return {
      statistics: ['mean', ...DEVIATION],
      parameters: (of) => {
        // The mean of equal numbers is not always that number.
        const constant = eq(of('min'), of('max'));
        const edge = (beyond: Expression): Expression => cases([{ when: constant, value: of('min') }], beyond);
        const beyond = mul(number(threshold), deviation(of));
        return { low: edge(sub(of('mean'), beyond)), high: edge(add(of('mean'), beyond)) };
      },
    };
  }
  const low = checkNumber(options.low ?? 0.01, 0, 1, 'low', verb);
  const high = checkNumber(options.high ?? 0.99, low, 1, 'high', verb);
  return { statistics: [low, high], parameters: (of) => ({ low: of(low), high: of(high) }) };
}
