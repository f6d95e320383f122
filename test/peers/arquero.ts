import type { Session } from '../../src/index.ts';
import { frameOf, isList, isObject, type Json, type JsonObject } from './cases.ts';
import type { AnyFrame, OrderKey } from './expressions.ts';
import type { Node } from './row-function.ts';
import {
  aggregate,
  columnNode,
  combinations,
  common,
  complete,
  concat,
  cross,
  distinct,
  fill,
  filter,
  fromJoin,
  type JoinKind,
  joinApart,
  keyNode,
  matching,
  missing,
  type Named,
  namesOf,
  nodeOf,
  pivot,
  rename,
  type State,
  select,
  slice,
  sort,
  unpivot,
  withColumns,
} from './steps.ts';

/** A step of an Arquero case in our verbs. */
export function arqueroStep(state: State, step: JsonObject, session: Session): State | Promise<State> {
  const { frame, groups } = state;
  const args = isList(step.args) ? step.args : [];
  const [first, second, third] = args;
  const tables = () => args.flat().map((arg) => tableOf(session, arg as Json));
  const to = (next: AnyFrame, ordered = state.ordered): State => ({ ...state, frame: next, ordered });
  switch (step.verb) {
    case 'reify':
      return state;
    case 'groupby':
      return grouped(state, args);
    case 'derive':
      return to(derived(frame, first, groups, state.order));
    case 'filter':
      return to(filter(frame, expressionNode(first), groups));
    case 'rollup':
      return { frame: aggregate(frame, groups, named(first)), groups: [], hidden: [], ordered: false };
    case 'impute':
      return to(
        isObject(second) ? expanded(frame, first, second.expand, groups, session) : imputed(frame, first, groups),
      );
    case 'orderby': {
      const keys = args.map((arg) => ({ by: expressionNode(arg), descending: isObject(arg) && arg.desc === true }));
      const order = keys.flatMap(({ by, descending }) =>
        by.kind === 'column' ? [descending ? { desc: by.name } : by.name] : [],
      );
      return { ...to(sort(frame, keys), true), order };
    }
    case 'slice':
      return to(
        slice(frame, typeof first === 'number' ? first : 0, typeof second === 'number' ? second : undefined, groups),
      );
    case 'select':
      return to(selected(frame, args));
    case 'rename':
      return to(rename(frame, Object.assign({}, ...args.filter(isObject)) as Record<string, string>));
    case 'dedupe':
      return to(frame.dedupe());
    case 'concat':
      return to(concat(frame, tables()), false);
    case 'union':
      return to(concat(frame, tables()).dedupe(), false);
    case 'except':
      return to(
        tables()
          .reduce((rest, other) => matching(rest, other, 'anti'), frame)
          .dedupe(),
        false,
      );
    case 'intersect':
      return to(
        tables().length === 0
          ? frame.limit(0)
          : tables()
              .reduce((rest, other) => matching(rest, other, 'semi'), frame)
              .dedupe(),
        false,
      );
    case 'semijoin':
    case 'antijoin': {
      const other = tableOf(session, first);
      const on = second === undefined ? undefined : pairs(frame, other, second).map(([l, r]) => ({ [l]: r }));
      return to(matching(frame, other, step.verb === 'semijoin' ? 'semi' : 'anti', on), false);
    }
    case 'join':
    case 'join_left':
    case 'join_right':
    case 'join_full': {
      const how = (step.verb === 'join' ? 'inner' : step.verb.slice('join_'.length)) as JoinKind;
      return to(joined(frame, tableOf(session, first), second, third, how), false);
    }
    case 'lookup': {
      const other = tableOf(session, first);
      const keys = common(frame, other);
      const last = other.dedupe({ by: keys, keep: 'last' });
      return to(joined(frame, last, undefined, undefined, 'left'), false);
    }
    case 'fold': {
      const [key = 'key', value = 'value'] = isObject(second) && isList(second.as) ? second.as.map(String) : [];
      return to(unpivot(frame, [...selection(namesOf(frame), [first ?? null]).keys()], key, value));
    }
    case 'pivot':
      return pivoted(state, first ?? null, second ?? null, isObject(third) ? third : {});
    case 'cross': {
      const other = tableOf(session, first);
      const [left, right] = isList(second) ? second : [];
      return to(cross(chosenOf(frame, left), chosenOf(other, right)), false);
    }
    default:
      throw new Error(`${JSON.stringify(step.verb)} has no translation`);
  }
}

function tableOf(session: Session, value: Json | undefined): AnyFrame {
  if (!isObject(value) || value.$table === undefined) throw new Error(`${JSON.stringify(value)} is no table`);
  return frameOf(session, value.$table);
}

/** A row function with the rows its aggregates look at. */
function expressionNode(value: Json | undefined): Node {
  const body = nodeOf(value);
  const window = isObject(value) && isObject(value.window) ? value.window : undefined;
  const bounds = isList(window?.frame) ? window.frame : undefined;
  if (bounds === undefined) return body;
  const bound = (at: number) => (typeof bounds[at] === 'number' ? bounds[at] : null);
  return { kind: 'framed', rows: [bound(0), bound(1)], body };
}

function named(value: Json | undefined): Named {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} names no columns`);
  return Object.entries(value).map(([name, of]) => [name, expressionNode(of)]);
}

/** A computed key becomes a column, which Arquero's table does not have. */
function grouped(state: State, args: readonly Json[]): State {
  const computed = args.filter(isObject).flatMap((arg) => named(arg));
  const hidden = computed.map(([name]) => name);
  const groups = [...args.filter((arg) => typeof arg === 'string'), ...hidden];
  return { ...state, frame: withColumns(state.frame, computed), groups, hidden };
}

/** Filling is a verb with us, so it comes after the other columns. */
function derived(
  frame: AnyFrame,
  value: Json | undefined,
  groups: readonly string[],
  order: readonly OrderKey[] = [],
): AnyFrame {
  const columns = named(value);
  const isFill = (node: Node) => node.kind === 'call' && node.fn.startsWith('fill_');
  const filled = columns.filter(([, node]) => isFill(node));
  const copies = filled.map(([name, node]): Named[number] => [name, argument(node, 0) ?? node]);
  const base = withColumns(frame, [...columns.filter(([, node]) => !isFill(node)), ...copies], groups, order);
  return filled.reduce((rest, [name, node]) => {
    const next = fill(rest, name, node.kind === 'call' && node.fn === 'fill_down' ? 'forward' : 'backward');
    const otherwise = argument(node, 1);
    if (otherwise?.kind !== 'literal') return next;
    return next.fillNulls({ [name]: otherwise.value } as never) as unknown as AnyFrame;
  }, base);
}

function argument(node: Node, i: number): Node | undefined {
  return node.kind === 'call' ? node.args[i] : undefined;
}

function imputed(frame: AnyFrame, value: Json | undefined, groups: readonly string[]): AnyFrame {
  const ways = named(value).map(([name, node]) => {
    if (node.kind === 'literal') return [name, { constant: node.value }];
    if (node.kind === 'call' && groups.length === 0) return [name, node.fn];
    return missing(`impute by ${node.kind}, grouped`);
  });
  return frame.impute(Object.fromEntries(ways)) as unknown as AnyFrame;
}

/** Rows for the combinations that are missing: the groups that are there, each with all values of other columns. */
function expanded(
  frame: AnyFrame,
  value: Json | undefined,
  by: Json | undefined,
  groups: readonly string[],
  session: Session,
): AnyFrame {
  const filled = (whole: AnyFrame): AnyFrame =>
    withColumns(
      whole,
      named(value).map(([name, node]): Named[number] => {
        const test: Node = {
          kind: 'binary',
          op: '!==',
          left: columnNode(name),
          right: { kind: 'literal', value: null },
        };
        return [name, { kind: 'conditional', test, yes: columnNode(name), otherwise: node }];
      }),
      groups,
    );
  if (groups.length === 0) return filled(complete(frame, { columns: by }));
  const values = isObject(by) ? frameOf(session, by) : distinct(frame, [by].flat().map(String));
  const whole = cross(distinct(frame, groups), values);
  return filled(whole.join(frame, { on: namesOf(whole), how: 'left' } as never) as unknown as AnyFrame);
}

/** A column for each combination of keys, for each value; Arquero's names hold both. */
async function pivoted(state: State, keys: Json, values: Json, options: JsonObject): Promise<State> {
  const { frame, groups } = state;
  const names = isList(keys) ? keys.map(String) : [String(keys)];
  const known = await combinations(frame, names);
  const separator = String(options.keySeparator ?? '_');
  const limit = typeof options.limit === 'number' ? options.limit : known.length;
  const [single] = names;
  const texts = known.map((row) => names.map((name) => row[name]));
  const columns = texts.slice(0, limit).map((parts) => (names.length === 1 ? parts[0] : parts.join(separator)));
  const key: Node = {
    kind: 'template',
    parts: names.flatMap((name, i) => [
      ...(i === 0 ? [] : [{ kind: 'literal', value: separator } as const]),
      columnNode(name),
    ]),
  };
  const ways = isObject(values)
    ? named(values)
    : [values].flat().map((name): Named[number] => [String(name), nodeOf(name as Json)]);
  const wide = ways.map(([name, node]) => {
    const isCall = node.kind === 'call';
    const [of = columnNode(single ?? '')] = isCall ? node.args : [node];
    const prepared = withColumns(
      frame,
      names.length === 1
        ? [['cell', of]]
        : [
            ['key', key],
            ['cell', of],
          ],
    );
    return pivot(prepared, {
      index: groups,
      names: names.length === 1 ? single : 'key',
      values: 'cell',
      columns,
      prefix: ways.length === 1 ? '' : `${name}${String(options.valueSeparator ?? '_')}`,
      others: 'drop',
      aggregate: isCall && node.fn === 'count' ? 'count' : 'first',
    });
  });
  const together = wide.reduce((left, right) =>
    groups.length === 0 ? cross(left, right) : (left.join(right, { on: groups } as never) as unknown as AnyFrame),
  );
  return { frame: together, groups: [], hidden: [], ordered: false };
}

/** The columns that a selection picks; all where there is none. */
function chosenOf(frame: AnyFrame, value: Json | undefined): AnyFrame {
  return value === undefined ? frame : selected(frame, [value]);
}

/** The columns of a selection by their new names; a column named again gets the last name. */
function selection(names: readonly string[], args: readonly Json[]): Map<string, string> {
  const chosen = new Map<string, string>();
  for (const arg of args) {
    if (typeof arg === 'string') chosen.set(arg, arg);
    else if (isList(arg)) for (const [name, as] of selection(names, arg)) chosen.set(name, as);
    else if (isObject(arg) && isObject(arg.$select)) {
      const not = isList(arg.$select.not) ? arg.$select.not : [];
      for (const name of names) if (!not.includes(name)) chosen.set(name, name);
    } else if (isObject(arg)) {
      for (const [name, as] of Object.entries(arg)) chosen.set(name, String(as));
    }
  }
  return chosen;
}

function selected(frame: AnyFrame, args: readonly Json[]): AnyFrame {
  const chosen = selection(namesOf(frame), args);
  return rename(select(frame, [...chosen.keys()]), Object.fromEntries(chosen));
}

/** What the two sides agree in: named once, or per side, or an equality of two columns; else all common columns. */
function pairs(left: AnyFrame, right: AnyFrame, on: Json | undefined): (readonly [string, string])[] {
  if (on === undefined) return common(left, right).map((name) => [name, name]);
  if (typeof on === 'string') return [[on, on]];
  if (isList(on)) {
    const [l, r = l] = on;
    const [ls, rs] = [l, r].map((names) => (isList(names) ? names : [names]));
    return (ls ?? []).map((name, i) => [String(name), String(rs?.[i])]);
  }
  const node = nodeOf(on);
  const sides = node.kind === 'binary' && node.op === '===' ? [node.left, node.right] : [];
  const [a, b] = node.kind === 'call' && node.fn === 'equal' ? node.args : sides;
  if (a?.kind !== 'column' || b?.kind !== 'column') return missing('join by another condition than equality');
  return [[a.name, b.name]];
}

/** A join as Arquero names its columns: `x_1` and `x_2` where both sides have an `x`. */
function joined(left: AnyFrame, right: AnyFrame, on: Json | undefined, values: Json | undefined, how: JoinKind) {
  const keys = pairs(left, right, on);
  const apart = joinApart(left, right, keys, how);
  if (isObject(values)) return fromJoin(apart, named(values));
  const [pickLeft, pickRight, computed] = isList(values) ? values : [];
  const shared = values === undefined ? keys.filter(([l, r]) => l === r).map(([l]) => l) : [];
  const leftNames = [...selection(namesOf(left), pickLeft === undefined ? namesOf(left) : [pickLeft]).keys()];
  const rightNames = [...selection(namesOf(right), pickRight === undefined ? namesOf(right) : [pickRight]).keys()];
  const extra = computed === undefined ? [] : named(computed);
  const kept = (names: readonly string[], others: readonly string[], side: 0 | 1): Named =>
    names
      .filter((name) => !extra.some(([own]) => own === name) && !(side === 1 && shared.includes(name)))
      .map((name) => {
        const key = side === 0 ? keys.findIndex(([l, r]) => l === name && r === name) : -1;
        if (shared.includes(name)) return [name, keyNode(key)];
        return [others.includes(name) ? `${name}_${side + 1}` : name, columnNode(name, side)];
      });
  return fromJoin(apart, [...kept(leftNames, rightNames, 0), ...kept(rightNames, leftNames, 1), ...extra]);
}
