import { didYouMean, MillraceError } from './errors.ts';

type KeysOf<O> = O extends unknown ? keyof O : never;

/** The names of all options of a type, of a union those of every member. One that is left out, or is none, does not compile. */
export type OptionNames<O> = { readonly [N in KeysOf<O>]: true };

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

/** Refuses options that are none, where JavaScript lets them through; undefined is as good as left out. */
export function checkOptionNames(options: object, names: object, caller: string, code = 'plan.argument'): void {
  const known = Object.keys(names);
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || known.includes(option)) continue;
    const alias = Object.hasOwn(ALIASES, option) ? ALIASES[option] : undefined;
    throw new MillraceError({
      code,
      message: `${caller}: there is no option ${JSON.stringify(option)}.${didYouMean(alias !== undefined && known.includes(alias) ? alias : option, known)} The options are ${known.join(', ')}.`,
      details: { option, options: known },
    });
  }
}
