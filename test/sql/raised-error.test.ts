import { describe, expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';
import { raisedError } from '../../src/sql/raised-error.ts';

const texts = (raw: string) => read.rows([{ raw }], { schema: { raw: t.string() } });

/** The error of casting a text. */
async function castError(raw: string): Promise<{ code: string; message: string; details: unknown }> {
  return (await texts(raw)
    .withColumns((r) => ({ n: r.raw.cast(t.int()) }))
    .rows()
    .catch((error: unknown) => error)) as Awaited<ReturnType<typeof castError>>;
}

describe('a text that does not fit is told whole, whatever it holds', () => {
  test.each(['abc', "o'clock", "'", "''", "' ", '12 34: x', '[cast.failed] int 1 1 x', '😀 é', 'a\nb', '%s', '12"'])(
    '%j',
    async (raw) => {
      const error = await castError(raw);
      expect(error).toMatchObject({ code: 'cast.failed', details: { value: raw, dtype: 'int' } });
      expect(error.message).toContain(`'${raw}'`);
    },
  );
});

test('a message of the engine itself is none that was raised', () => {
  expect(raisedError('Out of memory', undefined)).toBeUndefined();
  expect(raisedError('[check.failed] two rows', undefined)).toMatchObject({
    code: 'check.failed',
    message: 'two rows',
  });
});
