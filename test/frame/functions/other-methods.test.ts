import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MillraceError, read, t } from '../../../src/index.ts';

/* What a notebook and plain JavaScript meet, where no compiler stands in front. */

const frame = read.rows([{ name: 'a', n: 1, paid: true, day: '2024-05-01', tags: ['x'] }], {
  schema: { name: t.string(), n: t.int(), paid: t.boolean(), day: t.date(), tags: t.list(t.string()) },
});

type Loose = Record<string, Record<string, (...args: unknown[]) => Loose[string]>>;

function told(made: (r: Loose) => unknown): MillraceError {
  try {
    frame.withColumns(((r: Loose) => ({ x: made(r) })) as never);
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a method that a column lacks', () => {
  test('tells the column, its dtype, what has it and how to cast', () => {
    const error = told((r) => r.name?.mean?.());
    expect(error.code).toBe('expression.method');
    expect(error.message).toBe(
      'name is string, which has no method mean. Columns of int, bigint, float, decimal have it. Cast it first: .cast(t.float()).mean(). Methods that it has: asCategory, trim, trimStart, trimEnd, squish, lower, upper, title ..',
    );
    expect(error.details).toMatchObject({ method: 'mean', dtype: 'string' });
    expect(error.details.methods).toContain('upper');
  });

  test.each([
    ['a number as text', (r: Loose) => r.n?.upper?.(), 'n is int,', '.cast(t.string()).upper()'],
    ['a boolean as a number', (r: Loose) => r.paid?.sum?.(), 'paid is boolean,', '.cast(t.float()).sum()'],
    ['text as a day', (r: Loose) => r.name?.year?.(), 'name is string,', '.cast(t.date()).year()'],
    ['what is computed', (r: Loose) => r.n?.add?.(1)?.trim?.(), 'add(n, "1") is int,', '.cast(t.string()).trim()'],
    ['an aggregate', (r: Loose) => r.n?.sum?.()?.trim?.(), 'sum(n) is int,', '.cast(t.string()).trim()'],
  ])('%s', (_, made, column, advice) => {
    const { message } = told(made);
    expect(message).toContain(column);
    expect(message).toContain(advice);
  });

  test('advises no cast that there is not', () => {
    expect(told((r) => r.day?.mean?.()).message).not.toContain('Cast');
    expect(told((r) => r.n?.at?.(0)).message).not.toContain('Cast');
  });

  test('a misspelt name is told with the nearest', () => {
    expect(told((r) => r.name?.trimm?.()).message).toBe(
      'name is string, which has no method trimm. Did you mean "trim"?',
    );
  });

  test('no other name is there: expressions can be awaited, shown and written as JSON', async () => {
    let found: object = {};
    frame.withColumns((r) => {
      found = r.name;
      return {};
    });
    for (const name of ['then', 'toJSON', 'inspect', 'asymmetricMatch', '$$typeof', 'nodeType', 'over', 'values']) {
      expect(name in found, name).toBe(false);
      expect((found as Record<string, unknown>)[name], name).toBeUndefined();
    }
    expect(await Promise.resolve(found)).toBe(found);
    expect(JSON.parse(JSON.stringify(found))).toMatchObject({ node: { kind: 'column', name: 'name' } });
    expect(inspect(found)).toContain('TextExpr');
    expect(found.hasOwnProperty.call(found, 'node')).toBe(true);
  });
});
