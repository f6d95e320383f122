import { MillraceError } from '../errors.ts';
import { columnNode } from '../frame/columns.ts';
import { call, castNode } from '../frame/functions/base.ts';
import { literal, literalAs, nullLiteral } from '../frame/functions/literal.ts';
import type { Expression } from '../plan/expression.ts';
import { t } from '../schema/column-type.ts';
import { BOOLEAN, type DataType, describeDType, type Field, FLOAT, isNumeric, STRING } from '../schema/dtype.ts';

/** The most levels that a string feature may have: each is a column of the fit. */
export const MAX_LEVELS = 1000;

/** How a column enters a model: as the number it is (a boolean as 0 or 1), or as one 0/1 column a level. */
export type Feature =
  | { readonly name: string; readonly kind: 'number' | 'boolean' }
  | {
      readonly name: string;
      readonly kind: 'levels';
      /** In code-point order. */
      readonly levels: readonly string[];
      /** Whether the first level is the reference, which has no term. */
      readonly reference: boolean;
    };

/** What to do with a level that the training rows did not have. */
export type Unseen = 'fail' | 'null' | 'reference';

/** How a column of this dtype enters a model; undefined where it cannot. */
export function featureKind(dtype: DataType): Feature['kind'] | undefined {
  if (isNumeric(dtype)) return 'number';
  if (dtype.id === 'boolean') return 'boolean';
  return dtype.id === 'string' ? 'levels' : undefined;
}

/** The names of a feature's terms: `quantity`, or `region[south]`, `region[west]`. */
export function termsOf(feature: Feature): readonly string[] {
  if (feature.kind !== 'levels') return [feature.name];
  return dummyLevels(feature).map((level) => `${feature.name}[${level}]`);
}

/** The levels that have a term. */
function dummyLevels(feature: Feature & { kind: 'levels' }): readonly string[] {
  return feature.reference ? feature.levels.slice(1) : feature.levels;
}

/** A numeric or boolean column as a float. */
export function asFloat(field: Field): Expression {
  const column = columnNode(field);
  return field.dtype.id === 'float' ? column : castNode(column, t.float(), 'fail');
}

/** A feature as one float column: a string as the position of its level, which {@link expand} makes into 0/1 columns. */
export function encoded(feature: Feature, field: Field): Expression {
  if (feature.kind !== 'levels') return asFloat(field);
  return byLevel(
    feature,
    field,
    feature.levels.map((_, i) => i),
    nullLiteral(FLOAT),
  );
}

/** Columns of the fit from encoded features; the buffers are used again at the next call. */
export function expander(features: readonly Feature[], rows: number): (columns: Float64Array[]) => Float64Array[] {
  const dummies = features.map((feature) => termsOf(feature).map(() => new Float64Array(rows)));
  return (columns) =>
    columns.flatMap((values, f) => {
      const feature = features[f];
      if (feature?.kind !== 'levels') return [values];
      const made = (dummies[f] ?? []).map((column) => column.subarray(0, values.length).fill(0));
      const first = feature.reference ? 1 : 0;
      for (let i = 0; i < values.length; i++) {
        const column = made[(values[i] ?? 0) - first];
        if (column !== undefined) column[i] = 1;
      }
      return made;
    });
}

/** What a feature adds to a prediction, given the estimates of its terms. */
export function contribution(
  feature: Feature,
  estimates: readonly number[],
  field: Field,
  unseen: Unseen,
  verb: string,
): Expression {
  if (feature.kind !== 'levels') {
    const estimate = literalAs(estimates[0] ?? 0, FLOAT, feature.name);
    return call('mul', [asFloat(field), estimate], FLOAT, field.nullable);
  }
  if (unseen === 'reference' && !feature.reference) {
    throw new MillraceError({
      code: 'regression.no_reference',
      message: `${verb}: ${feature.name} has no reference level, as the model has no intercept and so a term for every level. Give unseen: 'fail' instead.`,
      details: { feature: feature.name },
    });
  }
  const values = feature.reference ? [0, ...estimates] : estimates;
  return byLevel(feature, field, values, unseenValue(feature, field, unseen, verb));
}

function unseenValue(feature: Feature & { kind: 'levels' }, field: Field, unseen: Unseen, verb: string): Expression {
  if (unseen === 'null') return nullLiteral(FLOAT);
  if (unseen === 'reference') return literalAs(0, FLOAT, feature.name);
  const { levels } = feature;
  const shown = levels.slice(0, 10).map((level) => JSON.stringify(level));
  const more = levels.length > shown.length ? ` and ${levels.length - shown.length} more` : '';
  const text = [
    literal(`[regression.unseen_level] ${verb}: ${feature.name} holds "`),
    { ...columnNode(field), dtype: STRING },
    literal(
      `", a level that the training rows did not have. Its levels are ${shown.join(', ')}${more}. ` +
        (verb === 'evaluate'
          ? `Give unseen: 'drop' to leave such rows out, or unseen: 'reference' to treat it as the first level.`
          : `Give unseen: 'null' for no prediction there, or unseen: 'reference' to treat it as the first level.`),
    ),
  ];
  return call('fail', [call('concat', text, STRING, field.nullable)], FLOAT, false);
}

/** A value a level, null for null. */
function byLevel(
  feature: Feature & { kind: 'levels' },
  field: Field,
  values: readonly number[],
  otherwise: Expression,
): Expression {
  // No rows, no levels.
  if (feature.levels.length === 0) return otherwise;
  const column: Expression = { ...columnNode(field), dtype: STRING };
  const isNull = {
    when: call('is_null', [column], BOOLEAN, false),
    value: nullLiteral(FLOAT),
  };
  const branches = feature.levels.map((level, i) => ({
    when: call('eq', [column, literalAs(level, STRING, feature.name)], BOOLEAN, field.nullable),
    value: literalAs(values[i] ?? 0, FLOAT, feature.name),
  }));
  return {
    kind: 'case',
    branches: field.nullable ? [isNull, ...branches] : branches,
    otherwise,
    dtype: FLOAT,
    nullable: field.nullable || otherwise.nullable,
  };
}

/** The field of a feature in a frame; refused where it is missing or of a dtype that the model cannot take. */
export function checkFeature(field: Field, kind: Feature['kind'], verb: string): Field {
  if (featureKind(field.dtype) === kind) return field;
  const wanted = { number: 'a number', boolean: 'a boolean', levels: 'a string' }[kind];
  throw new MillraceError({
    code: 'regression.dtype',
    message: `${verb}: ${field.name} is ${describeDType(field.dtype)}, but the model was fitted on ${wanted}. Cast the column first.`,
    details: { column: field.name, dtype: describeDType(field.dtype) },
  });
}
