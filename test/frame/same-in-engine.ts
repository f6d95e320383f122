import { expect } from 'vitest';
import type { Relation } from '../../src/plan/relation.ts';
import type { DTypeId, Schema } from '../../src/schema/dtype.ts';
import { duckdb } from '../../src/sql/duckdb.ts';
import { session } from './every-dtype.ts';

/** A frame, whatever its columns. */
export interface Anything {
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
export async function expectSameInEngine(frame: Anything): Promise<void> {
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

/** Each column's type in words. */
export function said(schema: Schema): Record<string, string> {
  return Object.fromEntries(schema.map((f) => [f.name, `${f.dtype.id}${f.nullable ? '?' : ''}`]));
}

/** Each column's known values. */
export function valuesOf(schema: Schema): Record<string, readonly string[] | undefined> {
  return Object.fromEntries(
    schema.map((f) => [f.name, f.dtype.id === 'string' ? f.dtype.values?.toSorted() : undefined]),
  );
}
