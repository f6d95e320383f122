import { expect, test } from 'vitest';
import { Redactor } from '../../src/pipeline/redact.ts';
import { toldError } from '../../src/pipeline/told-error.ts';

const circle: Record<string, unknown> = Object.create(null);
circle.self = circle;
const refuse = (): never => {
  throw new Error('not to be looked at');
};

test.each([
  ['a text', 'no luck', 'no luck'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'null'],
  ['data', { code: 7 }, '{"code":7}'],
  ['a symbol', Symbol('odd'), 'Symbol(odd)'],
  ['a bigint', 7n, '7'],
  ['a circle without a prototype', circle, 'what was thrown has no text'],
  ['a getter that throws', Object.defineProperty({}, 'retryable', { get: refuse }), '{}'],
  ['a proxy that refuses', new Proxy({}, { get: refuse }), 'what was thrown has no text'],
  ['an error whose message is no text', Object.assign(new Error(), { message: 5 }), '5'],
  ['an error without a message', new TypeError(), 'TypeError'],
])('%s', (_, thrown, message) => {
  expect(toldError(thrown, new Redactor())).toMatchObject({ code: null, message, retryable: false });
});
