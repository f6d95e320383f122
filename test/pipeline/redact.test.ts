import { describe, expect, test } from 'vitest';
import { Redactor } from '../../src/pipeline/redact.ts';

describe('texts', () => {
  test.each([
    ['postgres://me:s3cr%40t@host:5432/shop?sslmode=require', 'postgres://me:***@host:5432/shop?sslmode=require'],
    ['from mysql://a:bb@c/d to postgres://:pw@e/f', 'from mysql://a:***@c/d to postgres://:***@e/f'],
    ['https://api.example.com/v1?access_token=abcdef&page=2', 'https://api.example.com/v1?access_token=***&page=2'],
    ['at 12:30: mail me@example.com', 'at 12:30: mail me@example.com'],
    ['http://host:80/a@b', 'http://host:80/a@b'],
    ['postgres://me:p@ss@host/shop', 'postgres://me:***@host/shop'],
    ['https://ghp_1234@example.com/x, postgres://me@host/y', 'https://***@example.com/x, postgres://me@host/y'],
  ])('%s', (text, shown) => {
    expect(new Redactor().text(text)).toBe(shown);
  });

  test('a value it was told, also as a url or JSON spells it', () => {
    const redactor = new Redactor(['p&ss "word"']);
    expect(redactor.text('the p&ss "word" in ?q=p%26ss+%22word%22 and {"a":"p&ss \\"word\\""}')).toBe(
      'the *** in ?q=*** and {"a":"***"}',
    );
  });
});

describe('data', () => {
  test('fields that are called like secrets, at any depth; a key is none', () => {
    const fields = {
      key: ['sku'],
      password: 'x',
      nested: [{ apiKey: 1, api_key: 2, Authorization: 'Basic' }],
      token: null,
    };
    expect(new Redactor().data(fields)).toEqual({
      key: ['sku'],
      password: '***',
      nested: [{ apiKey: '***', api_key: '***', Authorization: '***' }],
      token: null,
    });
  });

  test('errors, with what they carry; dates, bigints and circles', () => {
    const cause = new Error('connect postgres://a:b@c/d');
    const error = Object.assign(new Error('failed', { cause }), { code: 'E', secret: 'x' });
    const self: Record<string, unknown> = { at: new Date(0), n: 3n };
    self.self = self;
    expect(new Redactor().data({ error, self })).toMatchObject({
      error: {
        name: 'Error',
        message: 'failed',
        code: 'E',
        secret: '***',
        cause: { message: 'connect postgres://a:***@c/d' },
      },
      self: { at: '1970-01-01T00:00:00.000Z', n: '3', self: '[circular]' },
    });
  });
});
