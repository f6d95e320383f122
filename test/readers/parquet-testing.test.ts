import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession } from '../../src/index.ts';
import { dataFolder } from '../support/data.ts';

/** The conformance files of the format, and what an independent reader finds in them. */

const root = join(dataFolder() ?? '', 'parquet');
const isThere = existsSync(join(root, 'expected.json'));
if (!isThere) console.log('parquet-testing: skipped, the folder of real data is not here (see test/support/data.ts)');

const session = createSession({ threads: 2 });
afterAll(() => session.close());

interface Expected {
  /** `core` and `nested` must be read, `reject` must be refused; of `disputed` files readers differ. */
  readonly tier?: 'core' | 'nested' | 'disputed' | 'reject';
  readonly rows: number;
  readonly schema: readonly (readonly [name: string, type: string])[];
  readonly nulls: Readonly<Record<string, number>>;
  readonly head: readonly (readonly unknown[])[];
}

const all: readonly (readonly [path: string, expected: Expected])[] = Object.entries(
  isThere ? (JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as Record<string, Expected>) : {},
).map(([name, expected]) => {
  const path = join(root, name);
  return [existsSync(path) ? path : join(root, 'parquet-testing', basename(name)), expected];
});
const files = all.filter(([path]) => existsSync(path));
if (files.length < all.length) {
  const absent = all.filter(([path]) => !existsSync(path)).map(([path]) => basename(path));
  console.log(`parquet-testing: ${absent.length} files that are told are not here: ${absent.join(', ')}`);
}

const of = (tier: Expected['tier']): (readonly [name: string, path: string, expected: Expected])[] =>
  files.filter(([, expected]) => expected.tier === tier).map(([path, expected]) => [basename(path), path, expected]);

/** A value as `expected.json` writes it, in JavaScript. */
function told(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== 'object' || value === null) return value;
  const [[kind = '', text] = []] = Object.entries(value);
  switch (kind) {
    case '$hex':
      return new Uint8Array(Buffer.from(String(text), 'hex'));
    case '$time':
      return new Date(`${String(text).slice(0, 23)}Z`);
    case '$decimal':
      return String(text);
    case '$number':
      return text === 'nan' ? Number.NaN : Number(String(text).replace('inf', 'Infinity'));
    case '$date':
      return String(text);
    default:
      return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, told(inside)]));
  }
}

/** Arrow's map is a list of pairs; it is a list of keys and values in a frame. */
function toldAs(value: unknown, found: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(found)) return value.map((item, i) => toldAs(item, found[i]));
  const isPair = Array.isArray(value) && value.length === 2 && typeof found === 'object' && found !== null;
  if (isPair && 'key' in found && 'value' in found) {
    return { key: toldAs(value[0], found.key), value: toldAs(value[1], found.value) };
  }
  if (typeof value !== 'object' || value === null || typeof found !== 'object' || found === null) return value;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => [name, toldAs(inside, (found as Record<string, unknown>)[name])]),
  );
}

/** Whole numbers beyond 53 bits are decimals in a frame where they are unsigned. */
function written(value: unknown, type: string): unknown {
  return type === 'uint64' && typeof value === 'number' ? String(value) : value;
}

describe.skipIf(!isThere)('the core files read equal to what is expected', () => {
  test.each(of('core'))('%s', async (_, path, { rows: count, schema, nulls, head }) => {
    const frame = await session.read.parquet(path);
    const rows = await frame.rows();
    expect(rows.length).toBe(count);
    expect(frame.schema.map((field) => field.name)).toEqual(schema.map(([name]) => name));
    const found = rows.slice(0, head.length).map((row) => Object.values(row));
    expect(found).toEqual(head.map((row) => row.map((value, i) => written(told(value), schema[i]?.[1] ?? ''))));
    const nullsFound = schema.map(([name]) => [name, rows.filter((row) => row[name] === null).length]);
    expect(Object.fromEntries(nullsFound)).toEqual(nulls);
  });

  test('there are some', () => expect(of('core').length).toBeGreaterThan(40));
});

/** Why a nested file is not read as it is expected. */
const otherwise: Readonly<Record<string, RegExp>> = {
  'map_no_value.parquet': /map_no_value[.]parquet: the file cannot be read: MAP_KEY_VALUE requires two children/,
  'nested_structs.rust.parquet': /"roll_num" holds 94251302258849568, which a JavaScript number would round/,
};

describe.skipIf(!isThere)('nested files', () => {
  test.each(of('nested'))('%s', async (name, path, { rows: count, schema, head }) => {
    const read = async (): Promise<Record<string, unknown>[]> => (await session.read.parquet(path)).rows();
    const reason = otherwise[name];
    if (reason !== undefined) return expect(read()).rejects.toThrow(reason);
    const rows = await read();
    // One footer says 0 rows, and there are 6.
    expect(rows.length).toBe(count === 0 ? head.length : count);
    const found = rows.slice(0, head.length).map((row) => Object.values(row));
    head.forEach((row, i) => {
      const expected = row.map((value, c) => written(toldAs(told(value), found[i]?.[c]), schema[c]?.[1] ?? ''));
      expect(found[i]).toEqual(expected);
    });
  });
});

describe.skipIf(!isThere)('what cannot be read is an error that names the file', () => {
  const rejected = [...of('reject'), ...of('disputed')];
  test.each(rejected)('%s', async (name, path, { tier }) => {
    const outcome = await session.read
      .parquet(path)
      .then((frame) => frame.rows())
      .then(
        () => 'read',
        (error: Error) => error.message,
      );
    if (outcome === 'read') expect(tier).toBe('disputed');
    else expect(outcome).toContain(name);
  });
});
