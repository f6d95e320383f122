import { expect, test } from 'vitest';
import { postgresError } from '../../src/postgres/errors.ts';

test('what a pooler refuses is not taken for a wrong number of values', () => {
  const told = (severity: string) => Object.assign(new Error('no more connections'), { code: '08P01', severity });
  expect(postgresError(told('FATAL'), 'read.sql')).toMatchObject({ code: 'postgres.connection_lost', retryable: true });
  expect(postgresError(told('ERROR'), 'read.sql')).toMatchObject({ code: 'postgres.statement', retryable: false });
});
