import { didYouMean, MillraceError } from './errors.ts';
import { showArgument } from './schema/show-value.ts';

type KeysOf<O> = O extends unknown ? keyof O : never;

type ValueOf<O, N> = O extends unknown ? (N extends keyof O ? O[N] : never) : never;

type KindOf<V> = V extends string
  ? 'text'
  : V extends number
    ? 'number'
    : V extends boolean
      ? 'boolean'
      : V extends (...given: never) => unknown
        ? 'function'
        : V extends readonly unknown[]
          ? 'list'
          : 'object';

/** The kinds in any order, with `|` between them. */
type Joined<K extends string, One extends string = K> = One extends K
  ? [Exclude<K, One>] extends [never]
    ? One
    : `${One}|${Joined<Exclude<K, One>>}`
  : never;

/**
 * All options of a type, of a union those of every member, each with the kinds that it may be, or `true` where what it
 * may be is checked where it is used. One that is left out, is none or has another kind does not compile.
 */
export type OptionNames<O> = { readonly [N in KeysOf<O>]: true | Joined<KindOf<NonNullable<ValueOf<O, N>>>> };

/** The same of options whose type does not matter. */
export type OptionKinds = Readonly<Record<string, boolean | string>>;

const KINDS: Readonly<Record<string, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  function: 'a function',
  list: 'a list',
  object: 'an object',
};
/** What may be a secret is not shown. */
const CONFIDENTIAL = ['headers', 'body'];

/** What options are called elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  columns: 'schema',
  dtype: 'schema',
  dtypes: 'schema',
  if_exists: 'mode',
  na_values: 'nullMarkers',
  nullValues: 'nullMarkers',
  quotechar: 'quote',
  sep: 'delimiter',
  separator: 'delimiter',
  sheet_name: 'sheet',
  sheetName: 'sheet',
  skiprows: 'skip',
  types: 'schema',
  usecols: 'schema',
};

/** Refuses options that are none or of another kind, where JavaScript lets them through; undefined is as good as left out. */
export function checkOptionNames(
  options: object,
  names: OptionKinds,
  caller: string,
  code = 'plan.argument',
  kindCode: string = code,
): void {
  const known = Object.keys(names);
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (known.includes(option)) {
      const kinds = String(names[option]).split('|');
      const kind = Array.isArray(value)
        ? 'list'
        : typeof value === 'string'
          ? 'text'
          : value === null
            ? 'null'
            : typeof value;
      if (kinds[0] === 'true' || kinds.includes(kind)) continue;
      const hidden = CONFIDENTIAL.includes(option) ? (KINDS[kind] ?? kind) : undefined;
      throw new MillraceError({
        code: kindCode,
        message: `${caller}: ${option} is ${hidden ?? showArgument(value)}. Give ${kinds.map((one) => KINDS[one]).join(' or ')}.`,
        details: { option, ...(hidden === undefined ? { value } : {}) },
      });
    }
    const alias = Object.hasOwn(ALIASES, option) ? ALIASES[option] : undefined;
    throw new MillraceError({
      code,
      message: `${caller}: there is no option ${JSON.stringify(option)}.${didYouMean(alias !== undefined && known.includes(alias) ? alias : option, known)} The options are ${known.join(', ')}.`,
      details: { option, options: known },
    });
  }
}
