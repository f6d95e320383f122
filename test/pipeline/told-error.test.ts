import { expect, test } from 'vitest';
import { MillraceError } from '../../src/index.ts';
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

const network = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code }) });
const circular = new Error('round');
circular.cause = circular;

test.each([
  ['a fetch that finds no server', network('ECONNREFUSED'), 'fetch failed: connect ECONNREFUSED 127.0.0.1:1', true],
  ['a fetch that cannot be', network('ERR_INVALID_URL'), 'fetch failed: connect ERR_INVALID_URL 127.0.0.1:1', false],
  ['several causes', new Error('a', { cause: new AggregateError([new Error('b'), new Error('c')]) }), 'a: b', false],
  ['a cause that is told already', new Error('no: b', { cause: new Error('b') }), 'no: b', false],
  ['a circle', circular, 'round', false],
  [
    'a cause of ours',
    new Error('a', { cause: new MillraceError({ code: 'x.y', message: 'b', retryable: true, cause: new Error('c') }) }),
    'a: b',
    true,
  ],
  [
    'what says that none helps, whatever its cause',
    new MillraceError({ code: 'x.y', message: 'b', cause: network('ECONNRESET') }),
    'b',
    false,
  ],
])('%s', (_, thrown, message, retryable) => {
  expect(toldError(thrown, new Redactor())).toMatchObject({ message, retryable });
});
