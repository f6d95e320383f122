import { expect, test } from 'vitest';
import { fileName } from '../../src/pipeline/checkpoint.ts';

test.each(['extract', 'a-b_c', '4711', '0f5a2c1e-6a5a-4f43-9d2e-1c1f0b6d0f11'])(
  '%j is a name of a file as it is',
  (name) => {
    expect(fileName(name)).toBe(name);
  },
);

test('what a system might not take, or take for another, is told apart by a digest', () => {
  const names = [
    ...[
      '..',
      '.',
      '\\',
      '/',
      'a/b',
      'a\\b',
      'a:b',
      'a b',
      ' a',
      'A',
      'a.',
      'a.b',
      'a.parquet',
      'ä',
      'a\u0308',
      '\u{1f600}',
    ],
    ...['con', 'CON', 'nul', 'com1', 'lpt9', 'con.txt', 'x'.repeat(300), 'x'.repeat(301), '__proto__', 'a\n', 'a\0'],
  ];
  // As a file system sees them that knows no capitals.
  const files = names.map((name) => fileName(name).toLowerCase());
  expect(new Set(files).size).toBe(names.length);
  for (const file of files) {
    expect(file).toMatch(/^[a-z0-9_-]{1,77}$/);
    expect(file).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)$/);
  }
});
