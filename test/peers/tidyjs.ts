import { type Expr, type Session, type Text, type Timestamp, t } from '../../src/index.ts';
import { cellOf, frameOf, isList, isObject, type Json, type JsonObject } from './cases.ts';
import type { AnyFrame, Column } from './expressions.ts';
import type { Node } from './row-function.ts';
import {
  aggregate,
  columnNode,
  combinations,
  common,
  complete,
  concat,
  cross,
  derive,
  distinct as distinctOf,
  fill,
  filter,
  fromJoin,
  type JoinKind,
  joinApart,
  keyNode,
  missing,
  type Named,
  namesOf,
  nodeOf,
  pivot,
  type SortKey,
  type State,
  select,
  sort,
  unpivot,
  withColumns,
  without,
} from './steps.ts';

/** A step of a tidy.js case in our verbs. */
export function tidyStep(state: State, step: JsonObject, session: Session): State | Promise<State> {
  const { frame, groups } = state;
  const args = argsOf(step);
  const [first, second] = args;
  const to = (next: AnyFrame, ordered = state.ordered): State => ({ ...state, frame: next, ordered });
  const summary = (named: Named): State => ({ ...state, frame: aggregate(frame, groups, named), ordered: false });
  switch (step.$call) {
    case 'groupBy':
      return grouped(state, args, session);
    case 'filter':
      return to(filter(frame, nodeOf(first), groups));
    case 'mutate':
      return to(named(first).reduce((rest, column) => withColumns(rest, [column]), frame));
    case 'mutateWithSummary':
      return to(named(first).reduce((rest, column) => withColumns(rest, [column], groups), frame));
    case 'summarize':
      return summary(named(first));
    case 'summarizeIf':
      return summary(summaries(frame, first, second));
    case 'tally':
      return summary([[isObject(first) ? String(first.name) : 'n', { kind: 'call', fn: 'count', args: [] }]]);
    case 'arrange':
      return to(sort(frame, list(first).map(sortKey)), true);
    case 'sliceMin':
    case 'sliceMax': {
      const keys = list(second).map((by) => ({ by: nodeOf(by), descending: step.$call === 'sliceMax' }));
      return to(sort(frame, keys).limit(Number(first)), true);
    }
    case 'select':
      return to(select(frame, selection(namesOf(frame), list(first))));
    case 'distinct':
      return to(distinct(frame, list(first)));
    case 'fill':
      return to(list(first).reduce<AnyFrame>((rest, name) => fill(rest, String(name), 'forward'), frame));
    case 'replaceNully':
      return to(replaced(frame, first));
    case 'addRows':
      return to(concat(frame, isList(first) ? [frameOf(session, first)] : computedRows(frame, nodeOf(first))), false);
    case 'innerJoin':
      return to(joined(frame, frameOf(session, first ?? []), second, 'inner'), false);
    case 'leftJoin':
      return to(joined(frame, frameOf(session, first ?? []), second, 'left'), false);
    case 'fullJoin':
      return to(joined(frame, frameOf(session, first ?? []), second, 'full'), false);
    case 'expand':
      return expanded(state, first, session);
    case 'complete':
      return to(completed(frame, first, isObject(second) ? second : {}));
    case 'pivotLonger': {
      const options = isObject(first) ? first : {};
      const columns = selection(namesOf(frame), list(options.cols));
      return to(unpivot(frame, columns, String(options.namesTo), String(options.valuesTo)));
    }
    case 'pivotWider':
      return pivoted(state, isObject(first) ? first : {});
    default:
      throw new Error(`${JSON.stringify(step.$call)} has no translation`);
  }
}

function argsOf(call: Json): readonly Json[] {
  return isObject(call) && isList(call.args) ? call.args : [];
}

/** One or several. */
function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

async function grouped(state: State, args: readonly Json[], session: Session): Promise<State> {
  const [by, steps, options] = args;
  const groups = list(by).map((key) => {
    const node = nodeOf(key);
    return node.kind === 'column' ? node.name : missing('group by an expression');
  });
  const inside = list(steps).filter(isObject);
  let done: State = { ...state, groups };
  for (const step of inside) done = await tidyStep(done, step, session);
  const keyless = isObject(options) && options.addGroupKeys === false;
  return { ...done, frame: keyless ? without(done.frame, groups) : done.frame, groups: [] };
}

function named(value: Json | undefined): Named {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} names no columns`);
  return Object.entries(value).map(([name, of]) => [name, summaryNode(of)]);
}

/** A value of a new column: a constant, a row function, or a summary such as `sum('value')`. */
function summaryNode(value: Json): Node {
  if (!isObject(value)) {
    if (isList(value)) throw new Error('a list is no value of a column');
    return { kind: 'literal', value };
  }
  if (value.$call === undefined) return nodeOf(value);
  const [first, second, third] = argsOf(value);
  const call = (fn: string, of: Json | undefined): Node => ({
    kind: 'call',
    fn,
    args: of === undefined ? [] : [nodeOf(of)],
  });
  switch (value.$call) {
    case 'n':
      return isObject(first) ? call('countTrue', first.predicate) : call('count', undefined);
    case 'nDistinct':
      return call('distinct', first);
    case 'deviation':
      return call('stdev', first);
    case 'meanRate':
      return { kind: 'binary', op: '/', left: call('sum', first), right: call('sum', second) };
    case 'cumsum':
      return { kind: 'framed', rows: [null, 0], body: call('sum', first) };
    case 'roll':
      return rolling(Number(first), summaryNode(second ?? null), isObject(third) ? third : {});
    default:
      return call(String(value.$call), first);
  }
}

/** A summary of the rows around each; without `partial` only where there are enough of them. */
function rolling(width: number, body: Node, options: JsonObject): Node {
  const rows: readonly [number, number] = options.align === 'left' ? [0, width - 1] : [1 - width, 0];
  const yes: Node = { kind: 'framed', rows, body };
  if (options.partial === true) return yes;
  const count: Node = { kind: 'framed', rows, body: { kind: 'call', fn: 'count', args: [] } };
  const test: Node = { kind: 'binary', op: '===', left: count, right: { kind: 'literal', value: width } };
  return { kind: 'conditional', test, yes, otherwise: { kind: 'literal', value: null } };
}

/** The same summary of every column that a test of its values picks; here the dtype answers it. */
function summaries(frame: AnyFrame, test: Json | undefined, summary: Json | undefined): Named {
  const node = nodeOf(test);
  if (node.kind !== 'call' || node.fn !== 'isFinite') return missing('columns by their values');
  const fn = isObject(summary) ? String(summary.$ref) : '';
  return frame.schema
    .filter((field) => field.dtype.id === 'int' || field.dtype.id === 'float')
    .map(({ name }) => [name, { kind: 'call', fn, args: [columnNode(name)] }]);
}

function sortKey(key: Json): SortKey {
  if (!isObject(key) || key.$call === undefined) return { by: nodeOf(key), descending: false };
  const [of, values, options] = argsOf(key);
  if (key.$call !== 'fixedOrder') return { by: nodeOf(of), descending: key.$call === 'desc' };
  const atEnd = isObject(options) && options.position === 'end';
  const otherwise: Node = { kind: 'literal', value: atEnd ? -1 : list(values).length };
  const by = list(values).reduceRight<Node>((rest, value, i) => {
    const right: Node = { kind: 'literal', value: String(value) };
    const test: Node = { kind: 'binary', op: '===', left: nodeOf(of), right };
    return { kind: 'conditional', test, yes: { kind: 'literal', value: i }, otherwise: rest };
  }, otherwise);
  return { by, descending: false };
}

/** Names, names to leave out (`-name`) and tests of names, in turn; what begins by leaving out begins with all. */
function selection(names: readonly string[], items: readonly Json[]): string[] {
  const chosen = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (typeof item !== 'string') {
      for (const name of names.filter(nameTest(item))) chosen.add(name);
    } else if (item.startsWith('-')) {
      if (i === 0) for (const name of names) chosen.add(name);
      chosen.delete(item.slice(1));
    } else {
      chosen.add(item);
    }
  }
  return [...chosen];
}

function nameTest(item: Json): (name: string) => boolean {
  const [first = null] = argsOf(item);
  const part = String(first).toLowerCase();
  switch (isObject(item) ? item.$call : undefined) {
    case 'everything':
      return () => true;
    case 'startsWith':
      return (name) => name.toLowerCase().startsWith(part);
    case 'endsWith':
      return (name) => name.toLowerCase().endsWith(part);
    case 'negate': {
      const test = nameTest(first);
      return (name) => !test(name);
    }
    default:
      throw new Error(`${JSON.stringify(item)} has no translation`);
  }
}

function distinct(frame: AnyFrame, keys: readonly Json[]): AnyFrame {
  const computed = keys.map((key, i): Named[number] => [`key_${i + 1}`, nodeOf(key)]);
  const by = computed.map(([name]) => name);
  return without(withColumns(frame, computed).dedupe({ by }), by);
}

function replaced(frame: AnyFrame, value: Json | undefined): AnyFrame {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} names no columns`);
  const values = Object.entries(value).map(([name, of]) => [name, cellOf(of) ?? Number.NaN]);
  return frame.fillNulls(Object.fromEntries(values)) as unknown as AnyFrame;
}

/** Rows computed from the number of rows there are: each from a frame of that one number. */
function computedRows(frame: AnyFrame, rows: Node): AnyFrame[] {
  if (rows.kind !== 'array') throw new Error('added rows are an array');
  const length = aggregate(frame, [], [['length', { kind: 'call', fn: 'count', args: [] }]]);
  return rows.items.map((row) => (row.kind === 'object' ? withColumns(length, row.entries) : missing('computed rows')));
}

/** Every combination of columns' values: those that are there, given ones, or all from the smallest to the largest. */
async function expanded(state: State, value: Json | undefined, session: Session): Promise<State> {
  const parts: AnyFrame[] = [];
  for (const item of list(value)) {
    if (!isObject(item)) parts.push(distinctOf(state.frame, [String(item)]));
    else for (const [name, of] of Object.entries(item)) parts.push(await valuesOf(state.frame, name, of, session));
  }
  return { ...state, frame: parts.reduce(cross), ordered: false };
}

async function valuesOf(frame: AnyFrame, name: string, of: Json, session: Session): Promise<AnyFrame> {
  if (typeof of === 'string') return distinctOf(frame, [name]);
  if (isList(of)) return frameOf(session, { [name]: of });
  const known = (await combinations(frame, [name])).map((row) => Number(row[name]));
  const [from = 0, to = 0] = [known[0], known.at(-1)];
  return frameOf(session, { [name]: Array.from({ length: to - from + 1 }, (_, i) => from + i) });
}

/** Days are text with tidy.js: they are read as timestamps, and written as they were. */
function completed(frame: AnyFrame, value: Json | undefined, fill: JsonObject): AnyFrame {
  const days = isObject(value) ? Object.keys(value).filter((name) => textNames(frame).includes(name)) : [];
  const read = derive(frame, (r) =>
    Object.fromEntries(
      days.map((name) => [name, (r.col(name) as TextColumn).parse(t.timestamp()) as object as Column]),
    ),
  );
  const columns = list(value).filter((item) => !isObject(item));
  const spine = Object.fromEntries(
    days.map((name) => [name, { every: argsOf((value as JsonObject)[name] ?? null)[1] }]),
  );
  const whole = complete(read, { columns, spine, fill }).sort(...(ordersOf(columns, days) as never[]));
  return derive(whole, (r) =>
    Object.fromEntries(
      days.map((name) => {
        const day = (r.col(name) as TimeColumn).date().cast(t.string());
        return [name, day.append('T00:00:00.000Z') as object as Column];
      }),
    ),
  );
}

function ordersOf(columns: readonly Json[], days: readonly string[]): string[] {
  return [...columns.map(String), ...days];
}

type TextColumn = Expr<Text, null>;
type TimeColumn = Expr<Timestamp, null>;

function textNames(frame: AnyFrame): string[] {
  return frame.schema.filter((field) => field.dtype.id === 'string').map((field) => field.name);
}

async function pivoted(state: State, options: JsonObject): Promise<State> {
  const [names, values] = [String(options.namesFrom), String(options.valuesFrom)];
  const columns = (await combinations(state.frame, [names])).map((row) => row[names]);
  const wide = pivot(state.frame, { names, values, columns, aggregate: 'first' });
  const fill = options.valuesFill;
  const filled =
    fill === undefined ? wide : replaced(wide, Object.fromEntries(columns.map((name) => [String(name), fill])));
  return { ...state, frame: filled, ordered: false };
}

/** A join as tidy.js names its columns: where both sides have one, the right side's value, if there is any. */
function joined(left: AnyFrame, right: AnyFrame, options: Json | undefined, how: JoinKind): AnyFrame {
  const by = isObject(options) ? options.by : undefined;
  const keys: (readonly [string, string])[] =
    by === undefined
      ? common(left, right).map((name) => [name, name])
      : isObject(by)
        ? Object.entries(by).map(([r, l]) => [String(l), r])
        : list(by).map((name) => [String(name), String(name)]);
  const [leftNames, rightNames] = [namesOf(left), namesOf(right)];
  const columns = leftNames.map((name): Named[number] => {
    const key = keys.findIndex(([l]) => l === name);
    if (key >= 0) return [name, keyNode(key)];
    return [name, rightNames.includes(name) ? missing('a column of both sides') : columnNode(name, 0)];
  });
  const added = rightNames.filter((name) => !leftNames.includes(name));
  return fromJoin(joinApart(left, right, keys, how), [
    ...columns,
    ...added.map((name): Named[number] => [name, columnNode(name, 1)]),
  ]);
}
