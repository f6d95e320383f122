import { ruleColumn, ruleName, ruleText } from '../plan/describe.ts';
import { columnsRead, hasWindow } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { CheckRelation, Rule } from '../plan/relation.ts';
import { quoteName, quoteText } from './dialect.ts';
import { withZone } from './instant-text.ts';
import { inRowOrder } from './order.ts';
import type { CompileContext, Step } from './program.ts';
import { rejectedAt } from './rejected-at.ts';
import type { StatementWriter } from './statement-writer.ts';

/** How many failing rows an error shows. */
const SHOWN = 5;

/**
 * The steps of a check whose input stands in `table`: one look a rule, or the marking of failing rows. `kept` is the
 * table of the rows that go on.
 */
export function checkSteps(
  node: CheckRelation,
  table: string,
  context: CompileContext,
  begin: () => StatementWriter,
): { readonly steps: Step[]; readonly kept: string } {
  const schema = outputSchema(node.input);
  const names = schema.map((f) => f.name);
  const all = names.map(quoteName).join(', ');
  if (node.severity === 'quarantine') return quarantine(node, table, context, begin);
  const steps = node.rules.map((rule): Step => {
    const [count, sample] = [begin(), begin()];
    const bad = (writer: StatementWriter, columns: string): string => {
      const condition = failing(rule, node, table, writer);
      // A window is computed over all rows, beside which a WHERE would leave rows out.
      return ruleHasWindow(rule)
        ? context.dialect.filterWindows(table, names, condition)
        : `SELECT ${columns} FROM ${table} WHERE ${condition}`;
    };
    return {
      kind: 'check',
      rule: ruleName(rule),
      text: ruleText(rule),
      whole: rule.kind === 'row-count',
      count: count.finish(
        rule.kind === 'row-count'
          ? `SELECT count(*) FROM ${table} HAVING ${outOfRange(rule)}`
          : `SELECT count(*) FROM (${bad(count, '1')}) AS failing`,
      ),
      sample: sample.finish(
        rule.kind === 'row-count'
          ? `SELECT ${all} FROM ${table} LIMIT 0`
          : `${bad(sample, all)} ORDER BY ${context.dialect.rowId} LIMIT ${SHOWN}`,
      ),
      schema,
      node,
    };
  });
  return { steps, kept: table };
}

/** Marks each row with the first rule it breaks and puts the marked rows aside; counts cannot be put aside. */
function quarantine(
  node: CheckRelation,
  table: string,
  context: CompileContext,
  begin: () => StatementWriter,
): { readonly steps: Step[]; readonly kept: string } {
  const writer = begin();
  const rules = node.rules.filter((rule) => rule.kind !== 'row-count');
  const marks = rules.map((rule, i) => `WHEN ${failing(rule, node, table, writer)} THEN ${i}`);
  const mark = marks.length === 0 ? 'NULL' : `CASE ${marks.join(' ')} END`;
  const { dialect } = context;
  const schema = outputSchema(node.input);
  const all = schema.map((f) => quoteName(f.name)).join(', ');
  // A window leaves the rows in its own order.
  const inOrder = rules.some(ruleHasWindow) ? ` ORDER BY ${dialect.rowId}` : inRowOrder(dialect);
  const [checked, kept] = [context.newTable(), context.newTable()];
  const broken = (part: (rule: Rule) => string): string =>
    rules.length === 0
      ? 'NULL'
      : `CASE "__millrace_bad" ${rules.map((rule, i) => `WHEN ${i} THEN ${part(rule)}`).join(' ')} END`;
  const column = broken((rule) => quoteText(columnOf(rule)));
  const shown = (name: string): string =>
    schema.flatMap((f) => (f.name === name ? [withZone(dialect.asText(quoteName(name), f.dtype), f.dtype)] : []))[0] ??
    'NULL';
  const value = broken((rule) => shown(columnOf(rule)));
  const name = broken((rule) => quoteText(ruleText(rule)));
  const raw = dialect.rowAsJson(schema);
  const at = rejectedAt(node.input, 'check');
  const steps: Step[] = [
    {
      kind: 'table',
      table: checked,
      statement: writer.finish(`SELECT ${all}, ${mark} AS "__millrace_bad" FROM ${table}${inOrder}`),
    },
    {
      kind: 'rejects',
      statement: {
        sql: `INSERT INTO ${context.rejects} SELECT ${at.source}, ${at.line}, nullif(${column}, ''), ${value}, 'breaks the rule ' || ${name}, ${raw} FROM ${checked} WHERE "__millrace_bad" IS NOT NULL`,
        values: [],
      },
    },
    {
      kind: 'table',
      table: kept,
      statement: {
        sql: `SELECT ${all} FROM ${checked} WHERE "__millrace_bad" IS NULL${inRowOrder(dialect)}`,
        values: [],
      },
    },
    ...node.rules.flatMap((rule): Step[] => {
      if (rule.kind !== 'row-count') return [];
      const count = { sql: `SELECT count(*) FROM ${table} HAVING ${outOfRange(rule)}`, values: [] };
      const sample = { sql: `SELECT ${all} FROM ${table} LIMIT 0`, values: [] };
      return [
        {
          kind: 'check',
          rule: ruleName(rule),
          text: ruleText(rule),
          whole: true,
          count,
          sample,
          schema: outputSchema(node.input),
          node: { ...node, severity: 'fail' },
        },
      ];
    }),
  ];
  return { steps, kept };
}

/** The condition of the rows that break a rule. */
function failing(rule: Rule, node: CheckRelation, table: string, writer: StatementWriter): string {
  switch (rule.kind) {
    case 'row':
      return `NOT coalesce(${writer.expression(rule.predicate, node.input)}, ${rule.column === '' || rule.name === 'not_null' ? 'false' : 'true'})`;
    case 'unique': {
      const by = rule.columns.map(quoteName).join(', ');
      const present = rule.columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND ');
      return `(${present} AND (${by}) IN (SELECT ${by} FROM ${table} WHERE ${present} GROUP BY ${by} HAVING count(*) > 1))`;
    }
    case 'relationship': {
      const to = writer.from(rule.to);
      const column = quoteName(rule.column);
      return `(${column} IS NOT NULL AND ${column} NOT IN (SELECT ${quoteName(rule.field)} FROM ${to} WHERE ${quoteName(rule.field)} IS NOT NULL))`;
    }
    case 'row-count':
      return 'false';
  }
}

/** The column that a row breaks a rule by: of a predicate the one that it reads, where it reads no other. */
function columnOf(rule: Rule): string {
  if (rule.kind !== 'row' || rule.column !== '') return ruleColumn(rule);
  const [column = '', ...others] = columnsRead(rule.predicate);
  return others.length === 0 ? column : '';
}

function ruleHasWindow(rule: Rule): boolean {
  return rule.kind === 'row' && hasWindow(rule.predicate);
}

function outOfRange(rule: Rule & { kind: 'row-count' }): string {
  const above = rule.max === undefined ? '' : ` OR count(*) > ${rule.max}`;
  return `count(*) < ${rule.min}${above}`;
}
