import { didYouMean, MillraceError } from '../errors.ts';
import { type AnyColumnType, paramSchemaOf, type SchemaSpec } from '../schema/column-type.ts';
import { describeDType } from '../schema/dtype.ts';
import { fromJs } from '../schema/from-js.ts';
import { showValue } from '../schema/show-value.ts';
import { paramValue } from './param-value.ts';

/** What of a pipeline says which params it takes. */
export interface TakesParams {
  readonly name: string;
  readonly params: SchemaSpec;
  readonly options: { readonly defaults?: object; readonly secrets?: readonly string[] };
}

/** JavaScript values as params: missing ones by their defaults, else null where they may be. */
export function checkedParams(
  { name: pipeline, params, options }: TakesParams,
  given: object,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(params);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const choices = names.length === 0 ? 'It takes none.' : `It takes ${names.join(', ')}.`;
    throw wrong(pipeline, unknown, `there is no such param.${didYouMean(unknown, names)} ${choices}`);
  }
  const all: Readonly<Record<string, unknown>> = { ...options.defaults, ...definedOf(given) };
  return Object.fromEntries(
    Object.entries(params).map(([name, type]) => [
      name,
      checkedParam(pipeline, name, all[name] ?? null, type, options.secrets?.includes(name) === true),
    ]),
  );
}

function checkedParam(pipeline: string, name: string, value: unknown, type: AnyColumnType, isSecret: boolean): unknown {
  if (value === null) {
    if (type.isNullable) return null;
    throw wrong(pipeline, name, `it is not given, and has no default. Give ${describeDType(type.dtype)}.`);
  }
  if (fromJs(value, type.dtype) !== undefined) return paramValue(value, type.dtype);
  throw unfit(pipeline, name, value, type, isSecret);
}

/** Texts as params, by the rules by which columns are read from text: `2` is an int, `1e3` is none. Others are not among them. */
export async function readParams(
  pipeline: TakesParams,
  texts: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const names = Object.keys(texts).filter((name) => Object.hasOwn(pipeline.params, name));
  const read: Record<string, unknown> = { ...texts };
  for (const name of names) {
    const type = pipeline.params[name];
    if (type === undefined) continue;
    // A text is a text as it stands.
    if (type.dtype.id === 'string') continue;
    const isSecret = pipeline.options.secrets?.includes(name) === true;
    read[name] = await readParam(pipeline.name, name, texts[name] ?? '', type, isSecret);
  }
  return read;
}

async function readParam(
  pipeline: string,
  name: string,
  text: string,
  type: AnyColumnType,
  isSecret: boolean,
): Promise<unknown> {
  const { createSession } = await import('../session.ts');
  const { ColumnType } = await import('../schema/column-type.ts');
  await using session = createSession({ threads: 1 });
  const plain = new ColumnType({ id: 'string' }, false);
  const typed = new ColumnType(type.dtype, false, undefined, type.format);
  try {
    const frame = session.read.rows([{ value: text }], { schema: { value: plain } }).withSchema({ value: typed });
    const [row] = (await frame.rows()) as readonly { readonly value: unknown }[];
    return row?.value;
  } catch (cause) {
    throw unfit(pipeline, name, text, type, isSecret, cause);
  }
}

function unfit(
  pipeline: string,
  name: string,
  value: unknown,
  { dtype }: AnyColumnType,
  isSecret: boolean,
  cause?: unknown,
): MillraceError {
  // The cause says the value, too.
  if (isSecret) return wrong(pipeline, name, `it is ${describeDType(dtype)}: what was given, a secret, does not fit.`);
  return wrong(pipeline, name, `it is ${describeDType(dtype)}: ${showValue(value)} does not fit.`, value, cause);
}

function definedOf(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export function wrong(pipeline: string, name: string, what: string, value?: unknown, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'pipeline.param',
    message: `pipeline ${pipeline}, param ${JSON.stringify(name)}: ${what}`,
    details: { pipeline, param: name, ...(value === undefined ? {} : { value }) },
    cause,
  });
}

/** What is declared, for who lists it: the name, the dtype, whether it may be left out. */
export function describeParams({ params, options }: TakesParams): readonly {
  readonly name: string;
  readonly dtype: string;
  readonly optional: boolean;
}[] {
  const defaults: Readonly<Record<string, unknown>> = { ...options.defaults };
  return paramSchemaOf(params).map(({ name, dtype, nullable }) => {
    return { name, dtype: describeDType(dtype), optional: nullable || defaults[name] !== undefined };
  });
}
