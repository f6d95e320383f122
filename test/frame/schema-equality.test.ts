import { afterAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/frame/columns.ts';
import { type AnyScalar, BaseExpr, WindowFunction } from '../../src/frame/functions/base.ts';
import { BooleanExpr } from '../../src/frame/functions/boolean.ts';
import { NumericExpr } from '../../src/frame/functions/numeric.ts';
import { OrderedExpr } from '../../src/frame/functions/ordered.ts';
import { TemporalExpr } from '../../src/frame/functions/temporal.ts';
import { TextExpr } from '../../src/frame/functions/text.ts';
import { ValueExpr } from '../../src/frame/functions/value.ts';
import { fn } from '../../src/index.ts';
import type { Relation } from '../../src/plan/relation.ts';
import type { DTypeId, Schema } from '../../src/schema/dtype.ts';
import { duckdb } from '../../src/sql/duckdb.ts';
import { aggregates } from './described-aggregates.ts';
import { scalars } from './described-functions.ts';
import { every, type Row, session } from './every-dtype.ts';

/*
 * Each column has a type three times: for the compiler, in the plan, and in the engine. The words beside an
 * expression are checked against its type by the compiler; here the plan and the engine are compared with them.
 */

afterAll(() => session.close());

const r = columnsOf(every.schema, 'test') as object as Row;
const described = scalars(r);
const describedAggregates = aggregates(r);

interface Anything {
  readonly plan: Relation;
  readonly schema: Schema;
  rows(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** What a value of a dtype is in JavaScript. */
const inJs: Readonly<Record<DTypeId, (value: unknown) => boolean>> = {
  int: Number.isSafeInteger,
  bigint: (v) => typeof v === 'bigint',
  float: Number.isFinite,
  decimal: (v) => typeof v === 'string' && /^-?\d+(\.\d+)?$/.test(v),
  string: (v) => typeof v === 'string',
  boolean: (v) => typeof v === 'boolean',
  date: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\d$/.test(v),
  timestamp: (v) => v instanceof Date,
  json: (v) => v !== undefined,
  list: Array.isArray,
  struct: (v) => typeof v === 'object',
  binary: (v) => v instanceof Uint8Array,
};

/** The plan's columns must have the types that the engine gives, and nulls only where they may. */
async function expectSameInEngine(frame: Anything): Promise<void> {
  const engine = await session.open();
  await engine.run(frame.plan, {}, async (run) => {
    const { table } = await engine.toTable(run.query, {});
    const columns = await engine.connections.values(`DESCRIBE ${table}`);
    const promised = frame.schema.map((f) => `${f.name} ${duckdb.typeName(f.dtype)}`);
    expect(columns.map(([name, type]) => `${name} ${String(type).replaceAll('"', '')}`)).toEqual(
      promised.map((column) => column.replaceAll('"', '')),
    );
    const nulls = frame.schema.filter((f) => !f.nullable).map((f) => `count(*) FILTER ("${f.name}" IS NULL)`);
    if (nulls.length > 0) {
      const [counts = []] = await engine.connections.values(`SELECT ${nulls.join(', ')} FROM ${table}`);
      expect(counts.map(Number)).toEqual(nulls.map(() => 0));
    }
    await engine.drop(table);
  });
  for (const row of await frame.rows()) {
    for (const { name, dtype, nullable } of frame.schema) {
      const fits = row[name] === null ? nullable : inJs[dtype.id](row[name]);
      expect(fits, `${name}: ${String(row[name])} in a column of ${dtype.id}`).toBe(true);
    }
  }
}

function said(schema: Schema): Record<string, string> {
  return Object.fromEntries(schema.map((f) => [f.name, `${f.dtype.id}${f.nullable ? '?' : ''}`]));
}

function valuesOf(schema: Schema): Record<string, readonly string[] | undefined> {
  return Object.fromEntries(
    schema.map((f) => [f.name, f.dtype.id === 'string' ? f.dtype.values?.toSorted() : undefined]),
  );
}

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
      WindowFunction,
    };
    const all = [
      ...Object.entries(classes).flatMap(([name, c]) => methods(c.prototype, name)),
      ...methods(fn, 'fn'),
      ...methods(Object.getPrototypeOf(fn.when(r.flag, 1)), 'When'),
    ];
    const covered = [...Object.keys(described), ...Object.keys(describedAggregates)];
    expect(covered.toSorted()).toEqual(all.toSorted());
  });
});
