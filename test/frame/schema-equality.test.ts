import { afterAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/frame/columns.ts';
import { type AnyScalar, BaseExpr, WindowFunction } from '../../src/frame/functions/base.ts';
import { BooleanExpr } from '../../src/frame/functions/boolean.ts';
import { JsonExpr, ListExpr, StructExpr } from '../../src/frame/functions/nested.ts';
import { NumericExpr } from '../../src/frame/functions/numeric.ts';
import { OrderedExpr } from '../../src/frame/functions/ordered.ts';
import { TemporalExpr } from '../../src/frame/functions/temporal.ts';
import { TextExpr } from '../../src/frame/functions/text.ts';
import { ValueExpr } from '../../src/frame/functions/value.ts';
import { fn } from '../../src/index.ts';
import { aggregates } from './described-aggregates.ts';
import { scalars } from './described-functions.ts';
import { every, type Row, session } from './every-dtype.ts';
import { type Anything, expectSameInEngine, said, valuesOf } from './same-in-engine.ts';

/*
 * Each column has a type three times: for the compiler, in the plan, and in the engine. The words beside an
 * expression are checked against its type by the compiler; here the plan and the engine are compared with them.
 */

afterAll(() => session.close());

const r = columnsOf(every.schema, 'test') as object as Row;
const described = scalars(r);
const describedAggregates = aggregates(r);

function named<T>(items: readonly T[]): [string, T][] {
  return items.map((item, i) => [`made_${i}`, item]);
}

describe('a function gives in the engine what its type says', () => {
  it.each(Object.entries(described))('%s', async (_, cases) => {
    const made = named(cases);
    const frame = every
      .withColumns(() => Object.fromEntries(made.map(([name, c]): [string, AnyScalar] => [name, c.expression])))
      .select(...(made.map(([name]) => name) as never[])) as unknown as Anything;
    expect(said(frame.schema)).toEqual(Object.fromEntries(made.map(([name, c]) => [name, c.said])));
    expect(valuesOf(frame.schema)).toEqual(Object.fromEntries(made.map(([name, c]) => [name, c.values?.toSorted()])));
    await expectSameInEngine(frame);
  });
});

describe('an aggregate gives in the engine what its type says', () => {
  it.each(Object.entries(describedAggregates))('%s', async (_, cases) => {
    const made = named(cases);
    const make = () => Object.fromEntries(made.map(([name, c]) => [name, c.expression]));
    const grouped = every
      .groupBy('group')
      .agg(make)
      .drop('group' as never) as unknown as Anything;
    expect(said(grouped.schema)).toEqual(Object.fromEntries(made.map(([name, c]) => [name, c.said])));
    await expectSameInEngine(grouped);
    const ofNone = every
      .filter((row) => row.flag.and(false))
      .groupBy()
      .agg(make) as unknown as Anything;
    expect(said(ofNone.schema)).toEqual(Object.fromEntries(made.map(([name, c]) => [name, c.withoutKeys])));
    expect(valuesOf(ofNone.schema)).toEqual(Object.fromEntries(made.map(([name, c]) => [name, c.values?.toSorted()])));
    await expectSameInEngine(ofNone);
  });
});

describe('every function is described', () => {
  const methods = (owner: object, name: string): string[] =>
    Object.getOwnPropertyNames(owner)
      .filter((method) => method !== 'constructor')
      .map((method) => `${name}.${method}`);

  it('of every class and of fn', () => {
    const classes = {
      BaseExpr,
      OrderedExpr,
      NumericExpr,
      TextExpr,
      TemporalExpr,
      BooleanExpr,
      ValueExpr,
      ListExpr,
      StructExpr,
      JsonExpr,
      WindowFunction,
    };
    const all = [
      ...Object.entries(classes).flatMap(([name, c]) => methods(c.prototype, name)),
      ...methods(fn, 'fn'),
      ...methods(Object.getPrototypeOf(fn.when(r.flag, 1)), 'When'),
    ].filter((name) => !name.endsWith('.asCategory'));
    // A category is no value: models take it, see test/regression.
    const covered = [...Object.keys(described), ...Object.keys(describedAggregates)];
    expect(covered.toSorted()).toEqual(all.toSorted());
  });
});
