import { MillraceError } from '../errors.ts';
import { columnNode, fieldOf, replaceColumns } from '../frame/columns.ts';
import { Frame, type Materialized } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { fn } from '../frame/functions/fn.ts';
import { literal, literalAs } from '../frame/functions/literal.ts';
import { listOf, type OneOrMore } from '../frame/functions/order.ts';
import { checkSeed } from '../frame/split.ts';
import type { Expression } from '../plan/expression.ts';
import type { Relation } from '../plan/relation.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol, Col } from '../schema/columns.ts';
import { type AnyDType, BOOLEAN, FLOAT, type Float, INT, type Int } from '../schema/dtype.ts';
import { showCount } from '../show-count.ts';
import type { RollingOriginOptions } from './cross-validate.ts';

/** Which rows a model is fitted on and which it is tested on. */
export interface Fold {
  readonly train: Expression;
  readonly test: Expression;
  /** The rows that the features of the test may look at; the test is among them. */
  readonly known: Expression;
  /** The first and the last period of the test, where it has some. */
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Rows that were computed once, and how they are parted. */
export interface Folded extends AsyncDisposable {
  readonly frame: Frame<AnyCol>;
  readonly folds: readonly Fold[];
}

type Run = Pick<RunOptions, 'signal'>;

/** What is kept beside the rows: a hash of a row's group, or the place of its period, from 1. */
const SHARE = 'share of the folds';
const PLACE = 'place in the folds';

/** Folds with the same number of groups but for one; in which a group is, the order of the groups' hashes says. */
export async function kFolds(
  frame: Frame<AnyCol>,
  options: {
    readonly folds: number | undefined;
    readonly seed: number | undefined;
    readonly groups: OneOrMore<string> | undefined;
  },
  run: Run,
): Promise<Folded> {
  const { folds: count = 5, seed, groups } = options;
  checkSeed(seed, 'crossValidate');
  checkCount(count, 2, 'folds');
  const names = groups === undefined ? frame.schema.map((field) => field.name) : listOf(groups);
  const columns = names.map((name) => columnNode(fieldOf(frame.schema, name, 'crossValidate, groups')));
  const hash = call('row_share', columns, FLOAT, false, { seed });
  const shared = replaceColumns(frame.plan, [{ name: SHARE, expression: hash }], 'crossValidate');
  return keep(await new Frame<AnyCol>(shared, frame.executor).materialize(run), async (kept) => {
    await using shares = await new Frame<Col<typeof SHARE, Float, never>>(kept.plan, kept.executor)
      .groupBy(SHARE)
      .agg(() => ({ rows: fn.count() }))
      .withColumns(() => ({ place: fn.rowNumber().over({ orderBy: SHARE }) }))
      .materialize(run);
    const total = await shares.count(run);
    if (total < count) {
      throw tooFew(`${count} folds need at least as many different rows or groups, not ${total}`, total);
    }
    // The places after which a fold ends.
    const ends = Array.from({ length: count }, (_, i) => Math.floor(((i + 1) * total) / count));
    const found = await shares.filter((r) => r.place.in(ends)).rows(run);
    const last = new Map(found.map((row) => [row.place, row[SHARE]]));
    return ends.map((end, i): Fold => {
      const before = i === 0 ? Number.NEGATIVE_INFINITY : (last.get(ends[i - 1] ?? 0) ?? 0);
      const test = within(before, last.get(end) ?? 1);
      return { train: call('not', [test], BOOLEAN, false), test, known: test };
    });
  });
}

function within(before: number, last: number): Expression {
  const share: Expression = { kind: 'column', name: SHARE, dtype: FLOAT, nullable: false };
  const upTo = call('lte', [share, literalAs(last, FLOAT, SHARE)], BOOLEAN, false);
  if (!Number.isFinite(before)) return upTo;
  const after = call('gt', [share, literalAs(before, FLOAT, SHARE)], BOOLEAN, false);
  return call('and', [after, upTo], BOOLEAN, false);
}

/** Tests of one horizon each, whole horizons only: what is left after the last one is in no test. */
export async function rollingOrigins(
  frame: Frame<AnyCol>,
  options: RollingOriginOptions<string>['rollingOrigin'],
  run: Run,
): Promise<Folded> {
  const { orderBy, initial, horizon, step = horizon } = options;
  for (const [name, value] of Object.entries({ initial, horizon, step })) {
    checkCount(value, 1, `rollingOrigin.${name}`);
  }
  const { nullable } = fieldOf(frame.schema, orderBy, 'crossValidate, rollingOrigin.orderBy');
  if (nullable) await refuseNullTimes(frame, orderBy, run);
  const rank = fn.denseRank().over({ orderBy }).node;
  const placed = replaceColumns(frame.plan, [{ name: PLACE, expression: rank }], 'crossValidate');
  return keep(await new Frame<AnyCol>(placed, frame.executor).materialize(run), async (kept) => {
    const [row] = await new Frame<Col<typeof PLACE, Int, never>>(kept.plan, kept.executor)
      .groupBy()
      .agg((r) => ({ last: r[PLACE].max() }))
      .rows(run);
    const total = row?.last ?? 0;
    if (initial + horizon > total) {
      throw tooFew(
        `${initial} periods to begin with and a horizon of ${horizon} need ${initial + horizon} different values of ${orderBy}, not ${total}`,
        total,
      );
    }
    const starts: number[] = [];
    for (let origin = initial; origin + horizon <= total; origin += step) starts.push(origin);
    const periods = await periodsAt(
      kept,
      orderBy,
      starts.flatMap((origin) => [origin + 1, origin + horizon]),
      run,
    );
    return starts.map((origin): Fold => {
      const [train, known] = [upTo(origin), upTo(origin + horizon)];
      const test = call('and', [known, call('not', [train], BOOLEAN, false)], BOOLEAN, false);
      return { train, test, known, from: periods.get(origin + 1), to: periods.get(origin + horizon) };
    });
  });
}

const place: Expression = { kind: 'column', name: PLACE, dtype: INT, nullable: false };

function upTo(last: number): Expression {
  return call('lte', [place, literal(last)], BOOLEAN, false);
}

/** The periods at some places. */
async function periodsAt(
  frame: Frame<AnyCol>,
  orderBy: string,
  places: readonly number[],
  run: Run,
): Promise<Map<unknown, unknown>> {
  const wanted = [...new Set(places)].map((at) => literal(at));
  const plan: Relation = {
    kind: 'filter',
    input: frame.plan,
    predicate: call('in', [place, ...wanted], BOOLEAN, false),
  };
  const rows = await new Frame<Col<string, AnyDType, null>>(plan, frame.executor)
    .select(PLACE, orderBy)
    .dedupe()
    .rows(run);
  return new Map(rows.map((row) => [row[PLACE], row[orderBy]]));
}

async function refuseNullTimes(frame: Frame<AnyCol>, orderBy: string, run: Run): Promise<void> {
  const nulls = await frame.filter((r) => r.col(orderBy).isNull()).count(run);
  if (nulls === 0) return;
  throw new MillraceError({
    code: 'regression.nulls',
    message: `crossValidate: ${orderBy} holds ${showCount(nulls, 'null')}, and a row without a time is neither before nor after. Filter such rows.`,
    details: { nulls: { [orderBy]: nulls } },
  });
}

/** The kept rows with their folds; let go of where there are none. */
async function keep(kept: Materialized<AnyCol>, foldsOf: (kept: Frame<AnyCol>) => Promise<Fold[]>): Promise<Folded> {
  const release = () => kept[Symbol.asyncDispose]();
  try {
    return { frame: kept, folds: await foldsOf(kept), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

function checkCount(value: number, least: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new MillraceError({
    code: 'regression.folds',
    message: `crossValidate: ${name} is ${value}. Give a whole number from ${least}.`,
    details: { option: name, value },
  });
}

function tooFew(what: string, found: number): MillraceError {
  return new MillraceError({
    code: 'regression.too_few_folds',
    message: `crossValidate: ${what}.`,
    details: { found },
  });
}
