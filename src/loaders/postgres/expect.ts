import type { Transaction } from '../../postgres/connect.ts';
import type { Schema } from '../../schema/dtype.ts';
import { type Expectations, refuseUnexpected, ruleOption } from '../expectations.ts';
import type { TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';
import { conditionOf } from './slice.ts';

/** Ends a load after which the table is not as expected; the server counts. */
export function checkTarget(
  server: Transaction,
  target: TargetTable,
  expect: Expectations<never>,
  schema: Schema,
): Promise<void> {
  const count = async (where: string, values: readonly unknown[] = []): Promise<number> =>
    Number((await server.query(`SELECT count(*)::text FROM ${target.sql}${where}`, values)).rows[0]?.[0]);
  return refuseUnexpected(CALLER, target.sql, expect, {
    all: () => count(''),
    breaking: (name, rule) => {
      const { sql, values } = conditionOf(rule, schema, target, ruleOption(name));
      return count(` WHERE NOT coalesce(${sql}, false)`, values);
    },
  });
}
