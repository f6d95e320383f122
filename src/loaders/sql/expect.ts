import type { Engine } from '../../engines/duckdb/engine.ts';
import { call } from '../../frame/functions/base.ts';
import { literal } from '../../frame/functions/literal.ts';
import { type Expression, walkExpression } from '../../plan/expression.ts';
import type { Relation } from '../../plan/relation.ts';
import type { RunOptions } from '../../plan/source.ts';
import { heldSource } from '../../readers/sql/sql.ts';
import { BOOLEAN, type Schema } from '../../schema/dtype.ts';
import { type Expectations, type RowRule, refuseUnexpected, ruleOf, ruleOption } from '../expectations.ts';
import { readBackType } from '../reconcile/target-rows.ts';
import { CALLER, type Database, type Server, type TargetTable } from './database.ts';

/** A rule as an expression; a row of the table may have a null where none of the frame's has. */
export function conditionOf(name: string, rule: RowRule<never>, schema: Schema): Expression {
  const columns = schema.map((field) => ({ ...field, nullable: true }));
  return ruleOf(CALLER, ruleOption(name), rule, columns);
}

/**
 * Ends a load after which the table is not as expected. A rule asks what no two databases answer alike, so the columns
 * that rules name come by the load's own connection, in its transaction, to the embedded engine.
 */
export async function checkTarget(
  server: Server,
  { quote }: Database,
  target: TargetTable,
  expect: Expectations<never>,
  { engine, schema, options }: { readonly engine: Engine; readonly schema: Schema; readonly options: RunOptions },
): Promise<void> {
  const rules = Object.entries(expect.satisfies ?? {});
  const named = namedBy(
    rules.map(([name, rule]) => conditionOf(name, rule, schema)),
    schema,
  );
  const query = `SELECT ${named.map(({ name }) => quote(name)).join(', ')} FROM ${target.sql}`;
  const spec = Object.fromEntries(named.map(({ name, dtype }) => [name, readBackType(dtype)]));
  const source = heldSource(server.reader, query, spec);
  const { signal } = options;
  const running = { signal };
  try {
    await refuseUnexpected(CALLER, target.sql, expect, {
      all: async () => Number((await server.rows(`SELECT count(*) FROM ${target.sql}`))[0]?.[0]),
      breaking: (name, rule) => {
        const holds = call('coalesce', [conditionOf(name, rule, schema), literal(false)], BOOLEAN, false);
        const plan: Relation = {
          kind: 'filter',
          input: { kind: 'source', source },
          predicate: call('not', [holds], BOOLEAN, false),
        };
        return countOf(engine, plan, running);
      },
    });
  } finally {
    await engine.sources.forget(source);
  }
}

async function countOf(engine: Engine, plan: Relation, options: RunOptions): Promise<number> {
  const rows = (run: { readonly query: Parameters<Engine['connections']['run']>[0] }) =>
    engine.connections.run(run.query, options).then((result) => result.getRowsJS());
  const [[count] = []] = await engine.run(plan, options, rows, { count: true });
  return Number(count);
}

/** The columns that rules ask about; one that asks about none is true or false of every row. */
function namedBy(conditions: readonly Expression[], schema: Schema): Schema {
  const nodes = conditions.flatMap((condition) => [...walkExpression(condition)]);
  const names = new Set(nodes.flatMap((node) => (node.kind === 'column' ? [node.name] : [])));
  return names.size === 0 ? schema.slice(0, 1) : schema.filter((field) => names.has(field.name));
}
