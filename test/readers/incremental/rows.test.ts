import { expect, test } from 'vitest';
import { incrementalRows } from '../../../src/readers/incremental/rows.ts';
import { schemaOf, t } from '../../../src/schema/column-type.ts';

const schema = schemaOf({ id: t.int(), line: t.int().nullable(), at: t.timestamp().nullable() });
const options = { name: 'orders', cursor: 'at', start: '2024-01-01', state: 'state.json' };

test.each([
  [{ key: 'line' }, /line of the key may be null, by which rows cannot be told apart\. Declare it not nullable/],
  [{ key: ['id', 'line'] }, /line of the key may be null/],
  [{ key: 'no' }, /"no"/],
  [{ nulls: 'skip' as 'error' }, /nulls is "skip"\. The choices are 'error', 'include' and 'quarantine'/],
  [{ cursor: 'no' }, /"no"/],
])('%j is refused', (given, message) => {
  expect(() => incrementalRows({ ...options, ...given }, schema)).toThrow(
    expect.objectContaining({ code: 'incremental.option', message: expect.stringMatching(message) }),
  );
});

test('a key of columns that are never null', () => {
  expect(incrementalRows({ ...options, key: ['id'] }, schema)).toMatchObject({ key: ['id'], nulls: 'error' });
});
