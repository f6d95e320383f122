import { PostgresSession } from '../../engines/postgres/session.ts';
import type { ColumnRule } from '../../frame/checks.ts';
import { derive } from '../../frame/derive.ts';
import type { Frame } from '../../frame/frame.ts';
import { call, castNode } from '../../frame/functions/base.ts';
import { literal } from '../../frame/functions/literal.ts';
import type { CastNode, Expression } from '../../plan/expression.ts';
import type { CheckRelation, ProjectRelation, Rule } from '../../plan/relation.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { numericShape } from '../../postgres/types.ts';
import { type AnyColumnType, t } from '../../schema/column-type.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { BOOLEAN, type DataType, type Field, INT, MAX_PRECISION, STRING } from '../../schema/dtype.ts';
import { takes } from './check-table.ts';
import type { TargetColumn, TargetTable } from './find-table.ts';
import { isJsonThere, NUL_IN_JSON } from './nul.ts';

type ColumnNode = Parameters<ColumnRule>[0];

/** What one column of a frame must hold to fit the table, and as what it is sent; nothing where the table has no such column. */
interface Fit {
  readonly rules: readonly Rule[];
  readonly sent: Expression | undefined;
}

/**
 * A frame whose rows all fit a table as it stands, or is made; the others are put aside, each with its reason, as by any check. A
 * column that the table does not have is left out, and rows that have a value in it do not fit. What no row can mend
 * stays as it is, for the loader to refuse.
 */
export function fitting<C extends AnyCol>(
  frame: Frame<C>,
  target: TargetTable | undefined,
  labels: EnumLabels,
): Frame<C> {
  const isEmbedded = !(frame.executor instanceof PostgresSession);
  const fits = frame.schema.map((field) => {
    if (target === undefined) {
      const column: ColumnNode = { kind: 'column', ...field };
      return { name: field.name, rules: isEmbedded ? textRules(column) : [], sent: column };
    }
    const to = target.columns.find(({ name }) => name === field.name);
    return { name: field.name, ...fitOf(field, to, { isEmbedded, labels: labels.get(field.name) ?? [] }) };
  });
  const rules = fits.flatMap((fit) => fit.rules);
  const input = frame.plan;
  const checked: CheckRelation | Frame<C>['plan'] =
    rules.length === 0
      ? input
      : Object.freeze({ kind: 'check', input, rules, severity: 'quarantine', onWarning: undefined });
  if (fits.every(({ sent }) => sent?.kind === 'column')) return derive(frame, checked);
  const columns = fits.flatMap(({ name, sent }) => (sent === undefined ? [] : [{ name, expression: sent }]));
  const sent: ProjectRelation = { kind: 'project', input: checked, columns, verb: 'cast' };
  return derive(frame, sent);
}

/** The labels of a table's enum columns, by the column's name. */
export type EnumLabels = ReadonlyMap<string, readonly string[]>;

export async function enumLabels(
  server: Pick<Transaction, 'query'>,
  target: TargetTable | undefined,
): Promise<EnumLabels> {
  if (target?.columns.some(({ isEnum }) => isEnum) !== true) return new Map();
  const { rows } = await server.query(
    `SELECT a.attname::text, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_attribute a
     JOIN pg_type own ON own.oid = a.atttypid
     JOIN pg_enum e ON e.enumtypid = CASE WHEN own.typtype = 'd' THEN own.typbasetype ELSE own.oid END
     WHERE a.attrelid = pg_catalog.to_regclass($1::text)::oid AND NOT a.attisdropped GROUP BY a.attname`,
    [target.sql],
  );
  return new Map(rows.map(([name, labels]) => [String(name), JSON.parse(String(labels)) as string[]]));
}

function fitOf(
  field: Field,
  to: TargetColumn | undefined,
  { isEmbedded, labels }: { readonly isEmbedded: boolean; readonly labels: readonly string[] },
): Fit {
  const column: ColumnNode = { kind: 'column', ...field };
  if (to === undefined) {
    return { rules: [rule(column, 'no_such_column', call('is_null', [column], BOOLEAN, false))], sent: undefined };
  }
  const { dtype } = field;
  const rules: Rule[] = [];
  if (to.notNull && field.nullable) rules.push(rule(column, 'not_null', call('is_not_null', [column], BOOLEAN, false)));
  if (isEmbedded) rules.push(...textRules(column));
  const type = to.generated ? undefined : typeOf(to, dtype);
  if (type !== undefined) {
    const cast = castNode(column, type, 'null');
    rules.push(rule(column, `fits ${to.written}`, survives(column, cast)));
    const bounds = range(to, cast, labels);
    if (bounds !== undefined) rules.push(rule(column, `fits ${to.written}`, bounds));
    // Past the check there is nothing left to fail.
    return { rules, sent: takes(to, dtype) ? column : { ...castNode(column, type, 'fail'), nullable: field.nullable } };
  }
  const within = to.generated ? undefined : range(to, column, labels);
  if (within !== undefined) rules.push(rule(column, `fits ${to.written}`, within));
  return { rules, sent: column };
}

function rule({ name: column }: ColumnNode, name: string, predicate: Expression): Rule {
  return { kind: 'row', name, column, predicate };
}

/** That a text has no NUL byte, which PostgreSQL cannot hold; what is in a database has none. */
function textRules(column: ColumnNode): readonly Rule[] {
  const { dtype, nullable } = column;
  if (dtype.id !== 'string' && !isJsonThere(dtype)) return [];
  const json = dtype.id === 'json' ? column : castNode(column, t.json(), 'fail');
  const found =
    dtype.id === 'string'
      ? call('contains', [column, literal('\0')], BOOLEAN, nullable)
      : call('regex_matches', [castNode(json, t.string(), 'fail'), text(NUL_IN_JSON)], BOOLEAN, nullable);
  return [rule(column, 'no_nul_byte', call('not', [found], BOOLEAN, column.nullable))];
}

/** That a value is the same when it comes back from another dtype. */
function survives(column: ColumnNode, cast: CastNode): Expression {
  const arrived = call('is_not_null', [cast], BOOLEAN, false);
  const isNull = call('is_null', [column], BOOLEAN, false);
  // Text is read strictly, whatever its spelling.
  if (column.dtype.id === 'string') return either(isNull, arrived);
  const back: CastNode = { ...cast, input: cast, format: {}, dtype: column.dtype, nullable: true };
  const same = call('coalesce', [call('eq', [column, back], BOOLEAN, true), literal(false)], BOOLEAN, false);
  return either(isNull, same);
}

function either(a: Expression, b: Expression): Expression {
  return call('or', [a, b], BOOLEAN, false);
}

/** The dtype through which values go into a column of another type, or of fewer digits; undefined where it holds them all or none. */
function typeOf(to: TargetColumn, dtype: DataType): AnyColumnType | undefined {
  const shape = to.type === 'numeric' ? numericShape(to.modifier) : undefined;
  if (shape !== undefined && ['int', 'bigint', 'decimal', 'float', 'string'].includes(dtype.id)) {
    if (shape.scale < 0 || shape.scale > shape.precision || shape.precision > MAX_PRECISION) return undefined;
    const has = dtype.id === 'decimal' ? dtype : { precision: 19, scale: 0 };
    const isWide = shape.scale >= has.scale && shape.precision - shape.scale >= has.precision - has.scale;
    return isWide && takes(to, dtype) ? undefined : t.decimal(shape.precision, shape.scale);
  }
  if (takes(to, dtype)) return undefined;
  const others: Readonly<Record<string, AnyColumnType>> = {
    int2: t.int(),
    int4: t.int(),
    int8: t.int(),
    float8: t.float(),
    bool: t.boolean(),
    date: t.date(),
    timestamp: t.timestamp(),
    timestamptz: t.timestamp(),
    text: t.string(),
  };
  const from = READ_FROM[to.type];
  return from?.includes(dtype.id) === true ? others[to.type] : undefined;
}

/** What is read into columns of other types. */
const READ_FROM: Readonly<Record<string, readonly DataType['id'][]>> = {
  int2: ['string', 'float', 'decimal'],
  int4: ['string', 'float', 'decimal'],
  int8: ['string', 'float', 'decimal'],
  float8: ['string', 'int', 'decimal'],
  bool: ['string'],
  date: ['string', 'timestamp'],
  timestamp: ['string', 'date'],
  timestamptz: ['string', 'date'],
  text: ['int', 'bigint', 'decimal', 'boolean', 'date'],
};

const UUID = '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';

/** That a value lies within what a column of its own kind holds; undefined where all do, or nothing is known. */
function range(to: TargetColumn, column: Expression, labels: readonly string[]): Expression | undefined {
  const { dtype, nullable } = column;
  if ((dtype.id === 'int' || dtype.id === 'bigint') && (to.type === 'int2' || to.type === 'int4')) {
    const high = to.type === 'int2' ? 32_767 : 2_147_483_647;
    const bound = (value: number): Expression => ({ kind: 'literal', value, dtype, nullable: false });
    const reaches = call('gte', [column, bound(-high - 1)], BOOLEAN, nullable);
    return call('and', [reaches, call('lte', [column, bound(high)], BOOLEAN, nullable)], BOOLEAN, nullable);
  }
  if (dtype.id !== 'string') return undefined;
  if (to.isEnum) return call('in', [column, ...labels.map((label) => text(label))], BOOLEAN, nullable);
  if (to.type === 'uuid') return call('regex_matches', [column, text(UUID)], BOOLEAN, nullable);
  if ((to.type === 'varchar' || to.type === 'bpchar') && to.modifier > 4) {
    const most: Expression = { kind: 'literal', value: to.modifier - 4, dtype: INT, nullable: false };
    return call('lte', [call('length', [column], INT, nullable), most], BOOLEAN, nullable);
  }
  return undefined;
}

function text(value: string): Expression {
  return { kind: 'literal', value, dtype: STRING, nullable: false };
}
