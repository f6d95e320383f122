import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/loaders/reconcile/canonical-json.ts';

it.each([
  ['{"b": 1, "a": [1, 2]}', '{ "a":[1,2],\n"b":1 }'],
  ['{"a": 1, "a": 2}', '{"a": 2}'],
  ['1.0', '1'],
  ['10', '1e1'],
  ['-1.50E3', '-1500'],
  ['0', '-0.0'],
  ['0.1000000000000000000000000001', '1000000000000000000000000001e-28'],
  ['"\\u0041\\/"', '"A/"'],
  ['[true, null]', '[true,null]'],
  ['{}', ' { } '],
])('%s is %s', (a, b) => {
  expect(canonicalJson(a)).toBe(canonicalJson(b));
});

it.each([
  ['1', '"1"'],
  ['0.1', '0.10000000000000000001'],
  ['9007199254740993', '9007199254740992'],
  ['1e400', '1e401'],
  ['[1,[2]]', '[[1],2]'],
  ['{"a":{"b":1}}', '{"a":1,"b":1}'],
  ['{"a":1,"a":2}', '{"a":1}'],
  ['null', '"null"'],
  ['[]', '{}'],
  ['"a"', '"a "'],
])('%s is not %s', (a, b) => {
  expect(canonicalJson(a)).not.toBe(canonicalJson(b));
});

it.each(['', '{', '[1,]', '{"a"}', '1 2', '01', '1.', '"a', '[NaN, 1.0', '{"a":1,}x'])(
  'leaves %j, which is no JSON, as it is',
  (text) => {
    expect(canonicalJson(text)).toBe(text);
  },
);

it('gives one text for every spelling of a value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = canonicalJson(JSON.stringify(value));
      expect(canonicalJson(JSON.stringify(value, null, 2))).toBe(text);
      expect(canonicalJson(text)).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('reads deep and long texts', () => {
  const long = `["${'x\\n'.repeat(200_000)}", 1.0]`;
  expect(canonicalJson(long)).toBe(long.replace(', 1.0', ',1e0'));
  const deep = `${'['.repeat(1_000)}${' ]'.repeat(1_000)}`;
  expect(canonicalJson(deep)).toBe('['.repeat(1_000) + ']'.repeat(1_000));
});
