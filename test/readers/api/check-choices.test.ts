import { expect, it } from 'vitest';
import { read, t } from '../../../src/index.ts';
import { failure } from '../../support/failure.ts';

const page = { kind: 'page', param: 'p' };
const kinds = "'page', 'offset', 'cursor', 'next-link'";
const until = "'empty', a function, or one of { totalPages }, { totalRecords } and { more }, a path";

it.each<[object, string]>([
  [{ paginate: { kind: 'pages', param: 'p' } }, `read.api: paginate.kind is "pages". Give one of ${kinds}.`],
  [{ paginate: { param: 'p' } }, `paginate.kind is nothing. Give one of ${kinds}.`],
  [{ paginate: null }, 'paginate is null. Give an object with kind, param, '],
  [{ paginate: { kind: 'page' } }, 'paginate.param is nothing. Give a text.'],
  [{ paginate: { ...page, in: 'Body' } }, `paginate.in is "Body". Give one of 'query', 'body'.`],
  [{ paginate: { ...page, until: 'emtpy' } }, `paginate.until is "emtpy". Give ${until}.`],
  [{ paginate: { ...page, until: { more: undefined } } }, `paginate.until is an object with more. Give ${until}.`],
  [
    { paginate: { ...page, until: { totalpages: 'n' } } },
    'read.api, paginate.until: there is no option "totalpages". Did you mean "totalPages"?',
  ],
  [{ paginate: { kind: 'cursor', param: 'p' } }, 'paginate.next is nothing. Give a path.'],
  [
    { paginate: { kind: 'cursor', param: 'p', next: { heder: 'x' } } },
    'read.api, paginate.next: there is no option "heder". Did you mean "header"?',
  ],
  [{ paginate: { kind: 'next-link', next: { header: 'x' } } }, 'paginate.next is an object with header. Give a path.'],
  [{ auth: { kind: 'Bearer', token: 'hunter2' } }, `auth.kind is "Bearer". Give one of 'bearer', 'basic', 'api-key'.`],
  [{ auth: 'Bearer hunter2' }, 'auth is a string. Give an object with kind, token, '],
  [{ auth: { kind: 'bearer', tokn: 'hunter2' } }, 'read.api, auth: there is no option "tokn". Did you mean "token"?'],
  [{ auth: { kind: 'bearer' } }, 'auth.token is nothing. Give a text, or a function that gives one.'],
  [
    { auth: { kind: 'api-key', name: 'k', value: 'hunter2', in: 'Query' } },
    `auth.in is "Query". Give one of 'header', 'query'.`,
  ],
  [{ paginate: { ...page, size: 100 } }, 'paginate.size is a number. Give an object with param, value.'],
  [{ paginate: { ...page, size: { value: 100 } } }, 'paginate.size.param is nothing. Give a text.'],
  [
    { paginate: { ...page, size: { param: 'n', value: '100' } } },
    'paginate.size.value is "100". Give a number from 1.',
  ],
  [{ paginate: { ...page, size: { param: 'n', value: NaN } } }, 'paginate.size.value is NaN. Give a number from 1.'],
  [{ paginate: { ...page, size: { param: 'n', value: -1 } } }, 'paginate.size.value is -1. Give a number from 1.'],
  [{ paginate: { ...page, size: { param: 'n', valeu: 1 } } }, 'there is no option "valeu". Did you mean "value"?'],
  [{ paginate: { ...page, current: 3 } }, 'paginate.current is a number. Give a path.'],
  [{ paginate: { ...page, start: '1' } }, 'paginate.start is "1". Give a number from 0.'],
  [{ paginate: { ...page, maxPages: '9' } }, 'paginate.maxPages is "9". Give a number from 1.'],
  [{ paginate: { ...page, repeatedPages: 'ok' } }, `paginate.repeatedPages is "ok". Give one of 'fail', 'accept'.`],
  [{ paginate: { ...page, unevenPages: true } }, `paginate.unevenPages is a boolean. Give one of 'fail', 'accept'.`],
  [{ retry: { budget: 5 } }, 'retry.budget is a number. Give an object with retries, wait.'],
  [{ retry: { budget: null } }, 'retry.budget is null. Give an object with retries, wait.'],
  [{ retry: { budget: { retrys: 5 } } }, 'there is no option "retrys". Did you mean "retries"?'],
  [{ retry: { budget: { wait: NaN } } }, 'retry.budget.wait is NaN. Give a number from 0.'],
  [{ retry: { budget: { retries: '5' } } }, 'retry.budget.retries is "5". Give a number from 0.'],
  [{ records: 5 }, 'records is a number. Give a path.'],
  [{ params: 'a=1' }, 'params is "a=1". Give an object.'],
  [{ validate: { parse: () => undefined } }, 'validate is an object with parse. Give what follows Standard Schema'],
  [{ resume: { folder: 'x', maxAge: '5' } }, 'resume.maxAge is "5". Give a number from 0.'],
  [{ resume: { folder: 'x', keep: 1 } }, 'resume: keep is 1. Give true or false.'],
  [{ errorAt: true }, 'errorAt is a boolean. Give a path, or false.'],
  [{ errorAt: 5 }, 'errorAt is a number. Give a path, or false.'],
  [{ auth: { kind: 'basic', password: 'hunter2' } }, 'auth.username is nothing. Give a text.'],
  [{ auth: { kind: 'api-key', value: 'hunter2' } }, 'auth.name is nothing. Give a text.'],
  [{ headers: { 'x-key': undefined } }, 'the header "x-key" cannot be sent'],
  [{ body: { a: () => 'hunter2' } }, 'body is nothing that JSON can hold.'],
  [{ resume: {} }, 'resume.folder is nothing. Give a text.'],
])('refuses %j', async (options, message) => {
  const given = { schema: { id: t.int() }, ...options } as never;
  const error = await failure((async () => read.api('http://127.0.0.1:1', given))());
  expect([error.code, error.retryable]).toEqual(['api.option', false]);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('hunter2');
});

it.each<[object, string, string]>([
  [{ body: () => undefined }, 'api.option', 'body is nothing that JSON can hold.'],
  [{ body: () => 1n }, 'api.option', 'body is nothing that JSON can hold.'],
  [{ auth: { kind: 'bearer', token: () => undefined } }, 'api.credentials', 'it gave nothing, which is no text'],
])('a function that gives what cannot be sent is told', async (options, code, message) => {
  const given = { schema: { id: t.int() }, retry: { attempts: 1 }, ...options } as never;
  const error = await failure(read.api('http://127.0.0.1:1', given).rows());
  expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
});
