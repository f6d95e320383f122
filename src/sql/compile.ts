import { type CastNode, columnsRead } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { Source } from '../plan/source.ts';
import { inputsOf, walkRelation } from '../plan/walk.ts';
import type { TextFormat } from '../schema/column-type.ts';
import { checkSteps } from './checks.ts';
import { quoteName, quoteText } from './dialect.ts';
import { leftOutBy, zoneOfClocks } from './left-out-times.ts';
import { inRowOrder } from './order.ts';
import type { CompileContext, Program, Statement, Step } from './program.ts';
import { quarantineCasts, refuseQuarantine } from './quarantine-casts.ts';
import { describeExpected } from './read-text.ts';
import { rejectedAt } from './rejected-at.ts';
import { requirementsOf, type SourceFacts } from './requirements.ts';
import { StatementWriter } from './statement-writer.ts';

/** A plan as SQL: steps that fill scratch tables, then one query of one CTE a node. */
export function compile(plan: Relation, context: CompileContext): Program {
  const facts: SourceFacts = {
    isTable: (node) => context.scans.get(node.source)?.kind === 'table',
    isCheap: (node) => context.scans.get(node.source)?.kind === 'parquet',
    isTyped: (node) => ['parquet', 'query'].includes(context.scans.get(node.source)?.kind ?? ''),
  };
  const requirements = requirementsOf(plan, facts, { ordered: context.count !== true, dialect: context.dialect });
  const tables = new Map<Relation, string>();
  const steps: Step[] = [];
  const begin = (): StatementWriter => new StatementWriter(plan, context, requirements, tables);
  const ordered = (node: Relation): Statement => {
    const writer = begin();
    const statement = writer.ordered(node);
    steps.push(...writer.sortKeys);
    return statement;
  };
  for (const node of walkRelation(plan)) {
    refuseQuarantine(node);
    if (!requirements.pinned.has(node)) continue;
    const table = context.newTable();
    if (node.kind === 'map-batches') {
      const input = ordered(node.input);
      steps.push({ kind: 'map', table, input, inputSchema: outputSchema(node.input), node });
    } else if (node.kind === 'check') {
      steps.push({ kind: 'table', table, statement: ordered(node.input) });
      tables.set(node.input, table);
      const checked = checkSteps(node, table, context, begin);
      steps.push(...checked.steps);
      tables.set(node, checked.kept);
      continue;
    } else if (quarantineCasts(node).length > 0) {
      steps.push(...quarantineSteps(node, table, context, begin));
    } else {
      steps.push({ kind: 'table', table, statement: ordered(node) });
    }
    tables.set(node, table);
  }
  const sourceTables = new Map<Source, string>();
  for (const [node, kept] of requirements.castOnce) {
    const whole = tables.get(kept);
    if (whole !== undefined) sourceTables.set(node.source, whole);
  }
  const query = context.count === true ? begin().count(plan) : ordered(plan);
  const scan = plan.kind === 'source' ? context.scans.get(plan.source) : undefined;
  const table = tables.get(plan) ?? (scan?.kind === 'table' ? scan.table : undefined);
  return { steps, sourceTables, table, query };
}

/** SQL of why the text in a column of marks does not fit. */
function castReason({ input, dtype, format }: CastNode, mark: string, { dialect }: CompileContext): string {
  const reason = `is not ${describeExpected(dtype, format)}`;
  const zone = dtype.id === 'timestamp' ? zoneOfClocks(format) : undefined;
  if (zone === undefined || input.dtype.id !== 'string') return quoteText(reason);
  const shifted: TextFormat = { ...format, skippedTimes: 'shift' };
  const cast = { from: input.dtype, target: dtype, format: shifted, onError: 'null', label: '' } as const;
  const told = quoteText(`${reason}${leftOutBy(zone)}`);
  return `CASE WHEN ${dialect.cast(quoteName(mark), cast)} IS NOT NULL THEN ${told} ELSE ${quoteText(reason)} END`;
}

/** A node some of whose casts put rows aside: computed with marks, the marked rows rejected, the others kept. */
function quarantineSteps(node: Relation, table: string, context: CompileContext, begin: () => StatementWriter): Step[] {
  const marked = context.newTable();
  const marks = quarantineCasts(node).map(({ cast, when }, i) => ({
    name: `__millrace_bad_${i}`,
    column: [...columnsRead(cast)][0] ?? '',
    reason: castReason(cast, `__millrace_bad_${i}`, context),
    cast,
    when,
  }));
  const verb = node.kind === 'project' ? node.verb : node.kind;
  const at = rejectedAt(inputsOf(node)[0] ?? node, verb);
  const statement = begin().marked(
    node,
    marks,
    at.isKnown ? [`${at.source} AS "__millrace_source"`, `${at.line} AS "__millrace_line"`] : [],
  );
  const from = at.isKnown ? '"__millrace_source", "__millrace_line"' : `${at.source}, ${at.line}`;
  const bad = marks.map((mark) => `${quoteName(mark.name)} IS NOT NULL`).join(' OR ');
  const which = (part: (mark: (typeof marks)[number]) => string): string =>
    `CASE ${marks.map((mark) => `WHEN ${quoteName(mark.name)} IS NOT NULL THEN ${part(mark)}`).join(' ')} END`;
  const rejects = `INSERT INTO ${context.rejects} SELECT ${from}, ${which((m) => quoteText(m.column))}, ${which((m) => quoteName(m.name))}, ${which((m) => m.reason)}, "__millrace_raw" FROM ${marked} WHERE ${bad}`;
  const columns = outputSchema(node)
    .map((f) => quoteName(f.name))
    .join(', ');
  const where = node.kind === 'filter' ? ` AND "__millrace_keep"` : '';
  return [
    { kind: 'table', table: marked, statement },
    { kind: 'rejects', statement: { sql: rejects, values: [] } },
    {
      kind: 'table',
      table,
      statement: {
        sql: `SELECT ${columns} FROM ${marked} WHERE NOT (${bad})${where}${inRowOrder(context.dialect)}`,
        values: [],
      },
    },
  ];
}
