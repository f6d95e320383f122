import { MillraceError } from '../errors.ts';
import { columnNode, keptColumns, type UnknownCols } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import {
  add,
  and,
  asFloat,
  cases,
  fail,
  gt,
  gte,
  isNull,
  lt,
  mul,
  nullableAs,
  nullWhere,
  number,
  sub,
  text,
} from '../frame/formula.ts';
import type { Frame } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { literalAs } from '../frame/functions/literal.ts';
import { pick, whole } from '../frame/lookup.ts';
import type { Expression } from '../plan/expression.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { AnyCol, Col, NamesOf, Only, Without } from '../schema/columns.ts';
import { type DataType, type DType, type Field, INT, type Int, isNumeric, type NumericDType } from '../schema/dtype.ts';
import {
  checkChoice,
  type FittedColumn,
  fieldsToApply,
  fieldsToFit,
  type Having,
  type HavingNames,
} from './columns.ts';
import { openJson, VERSION } from './json.ts';
import { attach, type FitOptions, type Lesson, learn, type Statistic } from './statistics.ts';

/** `width`: bins of equal width from the smallest value to the largest; `quantile`: bins of about as many rows each. */
export type BinMethod = 'width' | 'quantile';

const METHODS: readonly BinMethod[] = ['width', 'quantile'];

/** What `fitBins` and `bin` take. */
export interface BinOptions<K extends string, L extends readonly string[], A extends string> {
  readonly column: K;
  /** How many bins, from 2 to 1,000. */
  readonly bins: number;
  readonly method: BinMethod;
  /** The name of each bin, from the lowest; without them a bin is its position, from 0. */
  readonly labels?: L;
  /** The name of the new column, default `<column>_bin`; one of that name is replaced. */
  readonly as?: A;
}

/** What was learned: bin `i` holds the values from `edges[i]` to below `edges[i + 1]`. */
export interface BinParameters {
  readonly column: FittedColumn;
  readonly method: BinMethod;
  readonly edges: readonly number[];
  readonly labels: readonly string[] | null;
  readonly as: string;
}

export interface BinsJson extends BinParameters {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
}

const FORMAT = 'millrace.bins';

/** The column of the bins. */
export type BinCol<C extends AnyCol, K extends string, L extends readonly string[], A extends string> = Col<
  A,
  [L] extends [never] ? Int : DType<'string', L[number]>,
  Only<C, K>['n']
>;

/**
 * Learns the edges of bins from the rows of a frame, to put the values of any other into them.
 *
 * @example
 * ```ts
 * import { fitBins, read, t } from 'millrace';
 * const schema = { price: t.int() };
 * const train = read.rows([0, 2, 5, 10].map(price => ({ price })), { schema });
 * const bins = await fitBins(train, { column: 'price', bins: 2, method: 'width', labels: ['low', 'high'] });
 * console.log(bins.parameters.edges); // [ 0, 5, 10 ]
 * const test = read.rows([{ price: 4 }, { price: 5 }, { price: 99 }], { schema });
 * console.log((await bins.apply(test).rows()).map(r => r.price_bin)); // [ 'low', 'high', 'high' ]
 * ```
 *
 * A value on an edge belongs to the bin above it, the largest to the last; values below the first edge and above the last
 * are in the first and the last bin, NaN in the last. Quantiles are interpolated (type 7). Quantiles that are equal are
 * one edge, so that there may be fewer bins than asked for; with `labels` that is `preprocessing.bins`. A constant is one
 * bin. Null stays null. Errors: `preprocessing.no_values`, `preprocessing.not_finite`.
 */
export async function fitBins<
  C extends AnyCol,
  const K extends NamesOf<C, NumericDType>,
  const L extends readonly string[] = never,
  const A extends string = `${K}_bin`,
>(train: Frame<C>, options: BinOptions<K, L, A> & FitOptions): Promise<Bins<Only<C, K>, L, A>> {
  const field = fieldOf(train, options, 'fitBins');
  const { method, labels = null, as = `${options.column}_bin` } = options;
  const [learned = {}] = await learn('fitBins', train, [lessonOf(field, options)], options);
  const all = Object.values<number>(learned);
  const edges = all.filter((edge, i) => i === 0 || edge > (all[i - 1] ?? edge));
  if (labels !== null && edges.length !== labels.length + 1) {
    throw new MillraceError({
      code: 'preprocessing.bins',
      message: `fitBins: ${field.name} has too few different values for ${labels.length} bins: the edges are ${edges.join(', ')}. Give fewer bins.`,
      details: { column: field.name, edges },
    });
  }
  return new Bins({ column: { name: field.name, dtype: field.dtype.id }, method, edges, labels, as });
}

/** Learned edges, made by `fitBins` or `Bins.fromJSON`. `F` is the column that they were fitted on. */
export class Bins<
  F extends AnyCol = AnyCol,
  L extends readonly string[] = readonly string[],
  A extends string = string,
> {
  readonly parameters: BinParameters;
  /** The labels and the name of the new column, for the compiler. */
  declare readonly made: { readonly labels: L; readonly as: A };

  constructor(parameters: BinParameters) {
    this.parameters = parameters;
  }

  /**
   * The frame with a column of bins; nothing runs here. A frame that lacks the column or has it as another dtype is
   * `preprocessing.columns`.
   */
  apply<C extends AnyCol>(
    frame: Frame<C> & Having<C, F>,
  ): Frame<string extends F['k'] ? UnknownCols : Without<C, A> | BinCol<C, F['k'], L, A>> {
    const { column, edges, labels, as } = this.parameters;
    const [field] = fieldsToApply(frame.schema, [column], 'Bins.apply');
    if (field === undefined) throw new Error('a bin has a column');
    const names = (labels ?? edges.slice(0, Math.max(1, edges.length - 1))).map((label, i) => nameOf(label, i, labels));
    const inner = edges.slice(1, -1).map(number);
    const value = asFloat(field);
    const branches = inner.map((edge, i) => ({ when: lt(value, edge), value: names[i] ?? whole(i) }));
    const expression = binOrNull(field, cases(branches, names.at(-1) ?? whole(0)));
    return derive(frame, keptColumns(frame.plan, frame.schema, [{ name: as, expression }], 'Bins.apply'));
  }

  /** What it learned, as plain data that JSON can hold; `Bins.fromJSON` reads it. */
  toJSON(): BinsJson {
    return { format: FORMAT, version: VERSION, ...this.parameters };
  }

  /**
   * Bins from their JSON, as text or parsed. The compiler does not know their column, so the frame they give has columns
   * by name; `withSchema` types them. Anything else is `preprocessing.bad_json`.
   */
  static fromJSON(json: unknown): Bins {
    const part = openJson(json, FORMAT, 'bins');
    const edges = part.at('edges').list((edge) => edge.number());
    if (edges.length === 0 || edges.some((edge, i) => edge <= (edges[i - 1] ?? Number.NEGATIVE_INFINITY))) {
      throw part.at('edges').refused('numbers that rise');
    }
    const labels = part.at('labels').value === null ? null : part.at('labels').list((label) => label.text());
    if (labels !== null && labels.length !== edges.length - 1) throw part.at('labels').refused('a label a bin');
    const column = part.at('column');
    return new Bins({
      column: {
        name: column.at('name').text(),
        dtype: column.at('dtype').oneOf(['int', 'bigint', 'float', 'decimal']),
      },
      method: part.at('method').oneOf(METHODS),
      edges,
      labels,
      as: part.at('as').text(),
    });
  }
}

/**
 * The short spelling of fitting bins on a frame and applying them to the same frame, in one lazy plan.
 *
 * @example
 * ```ts
 * import { bin, read, t } from 'millrace';
 * const sales = read.rows([0, 2, 5, 10].map(price => ({ price })), { schema: { price: t.int() } });
 * const binned = sales.pipe(bin({ column: 'price', bins: 2, method: 'width' }));
 * console.log((await binned.rows()).map(r => r.price_bin)); // [ 0, 0, 1, 1 ]
 * ```
 */
export function bin<
  const K extends string,
  const L extends readonly string[] = never,
  const A extends string = `${K}_bin`,
>(
  options: BinOptions<K, L, A>,
): <C extends AnyCol>(frame: Frame<C> & HavingNames<C, K, NumericDType>) => Frame<Without<C, A> | BinCol<C, K, L, A>> {
  return (frame) => {
    const field = fieldOf(frame, options, 'bin');
    const { labels = null, as = `${options.column}_bin` } = options;
    const attached = attach('bin', frame.plan, [lessonOf(field, options)]);
    const edges = Object.values<Expression>(attached.parameters[0] ?? {}).map((edge) => nullableAs(edge, false));
    const value = asFloat(field);
    const [last] = edges.slice(-1);
    // The inner edges that lie above the one before and below the last, as a fit would keep them.
    const inner = edges.slice(1, -1).map((edge, i): { readonly real: Expression; readonly edge: Expression } => {
      return { real: and(gt(edge, edges[i] ?? edge), lt(edge, last ?? edge)), edge };
    });
    const position = inner
      .map(({ real, edge }) => cases([{ when: and(real, gte(value, edge)), value: whole(1) }], whole(0)))
      .reduce(sumOfInts, whole(0));
    const counted = attached.guarded(0, binOrNull(field, position));
    if (labels === null) {
      return derive(frame, keptColumns(attached.relation, frame.schema, [{ name: as, expression: counted }], 'bin'));
    }
    const all = inner.map(({ real }) => real).reduce(and, gt(last ?? number(0), edges[0] ?? number(0)));
    const few = text(`bin: ${field.name} has too few different values for ${options.bins} bins. Give fewer bins.`);
    const checked = cases([{ when: all, value: counted }], fail('preprocessing.bins', [few], INT));
    const columns = frame.schema.map((f): NamedExpression => ({ name: f.name, expression: columnNode(f) }));
    const positioned: Relation = Object.freeze({
      kind: 'project',
      input: attached.relation,
      columns: [...columns, { name: POSITION, expression: checked }],
      verb: 'bin',
    });
    const at: Expression = { kind: 'column', name: POSITION, dtype: INT, nullable: field.nullable };
    const names = labels.map((label, i) => nameOf(label, i, labels));
    const found = pick(at, names, names.at(-1) ?? whole(0));
    const expression = field.nullable ? nullWhere(isNull(at), found) : found;
    return derive(frame, keptColumns(positioned, frame.schema, [{ name: as, expression }], 'bin'));
  };
}

const POSITION = '__millrace_bin';

const sumOfInts = (a: Expression, b: Expression): Expression => call('add', [a, b], INT, false);

type AnyOptions = BinOptions<string, readonly string[], string>;

function nameOf(label: unknown, position: number, labels: readonly string[] | null): Expression {
  const dtype: DataType = labels === null ? INT : { id: 'string', values: labels };
  return literalAs(labels === null ? position : label, dtype, 'labels');
}

function binOrNull(field: Field, found: Expression): Expression {
  return field.nullable ? nullWhere(isNull(asFloat(field)), found) : found;
}

function fieldOf(frame: { readonly schema: readonly Field[] }, options: AnyOptions, verb: string): Field {
  const { bins, labels } = options;
  checkChoice(options.method, METHODS, 'method', verb);
  if (!Number.isSafeInteger(bins) || bins < 2 || bins > 1000) {
    throw refused(verb, `bins is ${String(bins)}. Give a whole number from 2 to 1000.`);
  }
  if (labels !== undefined && (labels.length !== bins || new Set(labels).size !== bins)) {
    throw refused(verb, `labels is ${JSON.stringify(labels)}. Give ${bins} different names, one a bin.`);
  }
  const [field] = fieldsToFit(frame.schema, [options.column], isNumeric, 'a number', verb);
  if (field === undefined) throw new Error('a bin has a column');
  return field;
}

function refused(verb: string, message: string): MillraceError {
  return new MillraceError({ code: 'preprocessing.option', message: `${verb}: ${message}` });
}

/** The edges, the first being the smallest value and the last the largest. */
function lessonOf(field: Field, { bins, method }: AnyOptions): Lesson<string> {
  const shares = Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins);
  const statistics: Statistic[] = method === 'quantile' ? ['min', ...shares, 'max'] : ['min', 'max'];
  return {
    field,
    statistics,
    parameters: (of) => {
      const inner = shares.map((share, i) =>
        method === 'quantile' ? of(share) : add(of('min'), mul(number((i + 1) / bins), sub(of('max'), of('min')))),
      );
      const all = [of('min'), ...inner, of('max')];
      // No index-like keys: their order is kept.
      return Object.fromEntries(all.map((edge, i) => [`edge ${i}`, edge]));
    },
  };
}
