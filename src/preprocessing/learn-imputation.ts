import { MillraceError } from '../errors.ts';
import { columnNode, fieldOf } from '../frame/columns.ts';
import { asFloat, gt, not, number } from '../frame/formula.ts';
import { Frame } from '../frame/frame.ts';
import { aggregate, call, windowOf } from '../frame/functions/base.ts';
import { deckOf, hasDonors, rowShare } from '../frame/imputation/hot-deck.ts';
import { askedWay } from '../frame/imputation/way.ts';
import { isKey, type Key, MAX_KEYS } from '../frame/lookup.ts';
import type { AggregateNode, Expression, OrderKey } from '../plan/expression.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';
import { linearRegression } from '../regression/linear-regression.ts';
import type { ModelJson } from '../regression/model-json.ts';
import type { Col } from '../schema/columns.ts';
import { BOOLEAN, type Field, FLOAT, type Float, INT, isNumeric } from '../schema/dtype.ts';
import { fieldsToFit } from './columns.ts';
import type { FillValue, ImputedColumn } from './imputer.ts';
import { type FitOptions, learn, noValues } from './statistics.ts';

interface Train {
  readonly plan: Relation;
  readonly executor: Executor;
}

type Method = ImputedColumn['method'];

/** What was asked of a column, checked. */
interface Asked {
  readonly method: Method;
  readonly by: readonly string[];
  readonly features: readonly string[];
  readonly seed: number | null;
  readonly donors: number;
}

/** Learns what fills the nulls of one column. */
export async function learnColumn(
  train: Train,
  name: string,
  how: unknown,
  options: FitOptions,
): Promise<ImputedColumn> {
  const asked = askedOf(name, how);
  const { method, by, seed } = asked;
  const schema = new Frame(train.plan, train.executor).schema;
  const numeric = method === 'mean' || method === 'median' || method === 'regression';
  const accepts = numeric ? isNumeric : hasDonors;
  const wanted = numeric ? 'a number' : 'an int, a float, a decimal, a string, a boolean or a date';
  const [field] = fieldsToFit(schema, [name], accepts, wanted, VERB);
  if (field === undefined) throw new Error('an imputation has a column');
  const features = asked.features.map((feature) => fieldOf(schema, feature, VERB));
  const keys = by.length === 0 ? [] : fieldsToFit(schema, by, isKey, 'a string, an int, a boolean or a date', VERB);
  // Tells a column without values and one with values that are no numbers.
  const checked: Train | undefined = isNumeric(field.dtype) ? train : undefined;
  const statistic = method === 'median' ? 0.5 : numeric ? 'mean' : 'count';
  const lesson = { field, statistics: [statistic] as const, parameters: (of: Of) => ({ value: of(statistic) }) };
  const [learned] = checked === undefined ? [] : await learn(VERB, checked, [lesson], options);
  const whole = async (): Promise<readonly FillValue[]> => {
    if (numeric) return [learned?.value ?? Number.NaN];
    const [only] = await groupsOf(train, field, [], asked, options);
    if (only !== undefined) return only.values;
    throw noValues(VERB, name, await new Frame(train.plan, train.executor).count(options));
  };
  return {
    name,
    dtype: field.dtype.id,
    method,
    values: await whole(),
    by: [...keys, ...features].map((used) => ({ name: used.name, dtype: used.dtype.id })),
    groups: keys.length === 0 ? [] : await groupsOf(train, field, keys, asked, options),
    seed,
    model: method === 'regression' ? await modelOf(train, name, asked.features, options) : null,
  };
}

type Of = (statistic: 'mean' | 'count' | 0.5) => Expression;

const VERB = 'fitImputer';

function askedOf(name: string, how: unknown): Asked {
  const asked = askedWay(how);
  const plain = { by: asked?.by ?? [], features: [], seed: null, donors: 1 };
  switch (asked?.way) {
    case 'mean':
    case 'median':
    case 'mode':
      return { ...plain, method: asked.way };
    case 'regression':
      if (!Array.isArray(asked.given)) throw refused(name, how);
      return { ...plain, method: 'regression', features: asked.given as string[] };
    case 'hotDeck': {
      const deck = deckOf(name, asked.given, plain.by.length > 0, VERB, 'preprocessing.option');
      return { ...plain, method: 'hot-deck', ...deck };
    }
    default:
      throw refused(name, how);
  }
}

function refused(name: string, how: unknown): MillraceError {
  return new MillraceError({
    code: 'preprocessing.option',
    message: `${VERB}: ${JSON.stringify(how)} is no way to fill ${name}. Give 'mean', 'median', 'mode', { mean: true, by }, { median: true, by }, { mode: true, by }, { regression: [features] } or { hotDeck: { seed }, by }.`,
    details: { column: name },
  });
}

/** What fills each group, in the order of their keys; without keys all rows are one group. */
async function groupsOf(
  train: Train,
  field: Field,
  keys: readonly Field[],
  asked: Asked,
  options: FitOptions,
): Promise<ImputedColumn['groups']> {
  const names = keys.map((_, i) => `key ${i}`);
  const read = asked.method === 'hot-deck' ? donorsOf(train, field, keys, names, asked) : undefined;
  const plan = read ?? statisticsOf(train, field, keys, names, asked.method);
  const order = (column: string): OrderKey => ({ column, descending: false, nulls: 'last' });
  const sorted: Relation = { kind: 'sort', input: plan, keys: [...names, ...(read ? ['rank'] : [])].map(order) };
  const frame = new Frame<Col<string, Float, null>>(keys.length === 0 && !read ? plan : sorted, train.executor);
  const rows: Record<string, unknown>[] = await frame.limit(MAX_KEYS + 1).rows(options);
  if (rows.length > MAX_KEYS) {
    throw new MillraceError({
      code: 'preprocessing.too_many_groups',
      message: `${VERB}: ${field.name} by ${keys.map((key) => key.name).join(', ')} needs more than ${MAX_KEYS} values. Group by fewer${read ? ', or give fewer donors' : ''}.`,
      details: { column: field.name, limit: MAX_KEYS },
    });
  }
  const groups = new Map<string, { readonly key: (Key | null)[]; readonly values: FillValue[] }>();
  for (const row of rows) {
    if (row.value === null) continue;
    const key = names.map((name) => row[name] as Key | null);
    const known = groups.get(JSON.stringify(key)) ?? { key, values: [] };
    known.values.push(row.value as FillValue);
    groups.set(JSON.stringify(key), known);
  }
  return [...groups.values()];
}

/** The rows that have a value: their keys and it, under names of our own. */
function valuesOf(
  train: Train,
  field: Field,
  value: Expression,
  keys: readonly Field[],
  names: readonly string[],
  more: readonly NamedExpression[],
): Relation {
  const columns = keys.map((key, i): NamedExpression => ({ name: names[i] ?? '', expression: columnNode(key) }));
  const known = call('is_not_null', [columnNode(field)], BOOLEAN, false);
  const input: Relation = field.nullable ? { kind: 'filter', input: train.plan, predicate: known } : train.plan;
  return { kind: 'project', input, columns: [...columns, { name: 'value', expression: value }, ...more], verb: VERB };
}

function statisticsOf(
  train: Train,
  field: Field,
  keys: readonly Field[],
  names: readonly string[],
  method: Method,
): Relation {
  const value = method === 'mode' ? columnNode(field) : asFloat(field);
  const column: Expression = { kind: 'column', name: 'value', dtype: value.dtype, nullable: field.nullable };
  const expression = ((): AggregateNode => {
    if (method === 'mode') return aggregate('mode', [column], column.dtype, true);
    if (method === 'median') return aggregate('quantile', [column], FLOAT, true, { share: 0.5 });
    return aggregate('mean', [column], FLOAT, true);
  })();
  const input = valuesOf(train, field, value, keys, names, []);
  return { kind: 'aggregate', input, keys: names, aggregates: [{ name: 'value', expression }] };
}

/** The first rows of each group by a hash of the row: chance to the data, the same at every run. */
function donorsOf(
  train: Train,
  field: Field,
  keys: readonly Field[],
  names: readonly string[],
  { seed, donors }: Asked,
): Relation {
  const schema = new Frame(train.plan, train.executor).schema;
  const share = { name: 'share', expression: rowShare(schema, seed ?? 0) };
  const input = valuesOf(train, field, columnNode(field), keys, names, [share]);
  const order = (column: string): OrderKey => ({ column, descending: false, nulls: 'last' });
  const columns: Expression[] = keys.map((key, i) => ({ ...columnNode(key), name: names[i] ?? '' }));
  const value: Expression = { ...columnNode(field), nullable: false };
  const rank = windowOf(aggregate('row_number', [], INT, false), {
    partitionBy: columns,
    orderBy: [order('share'), order('value')],
  });
  const ranked: Relation = {
    kind: 'project',
    input,
    columns: [
      ...names.map((name, i): NamedExpression => ({ name, expression: columns[i] ?? value })),
      { name: 'value', expression: { ...value, name: 'value' } as Expression },
      { name: 'rank', expression: rank },
    ],
    verb: VERB,
  };
  const beyond = gt({ kind: 'column', name: 'rank', dtype: INT, nullable: false }, number(donors));
  return { kind: 'filter', input: ranked, predicate: not(beyond) };
}

async function modelOf(
  train: Train,
  target: string,
  features: readonly string[],
  options: FitOptions,
): Promise<ModelJson> {
  const frame = new Frame<Col<string, Float, never>>(train.plan, train.executor);
  const model = await linearRegression(frame, { target, features: features as never[], nulls: 'drop', ...options });
  return model.toJSON();
}
