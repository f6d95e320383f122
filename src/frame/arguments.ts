import { MillraceError } from '../errors.ts';
import { checkOptionNames, type OptionKinds } from '../option-names.ts';
import { withAllConditions } from './functions/unused-conditions.ts';

/** What a verb was given, checked where JavaScript lets anything through. */

/** The answer of a verb's callback. */
export function answerOf<A, R>(callback: (argument: A) => R, argument: A, verb: string, example: string): R {
  checkFunction(callback, verb, example);
  return withAllConditions(verb, () => callback(argument));
}

/** A verb's callback. */
export function checkFunction(callback: unknown, verb: string, example: string): void {
  if (typeof callback !== 'function') throw refused(verb, callback, `Give a function, such as ${example}.`);
}

/** An object by the names of columns, as entries. */
export function entriesOf<V>(given: Readonly<Record<string, V>>, verb: string, example: string): [string, V][] {
  if (!isRecord(given)) throw refused(verb, given, `Give an object, such as ${example}.`);
  return Object.entries(given);
}

/** A verb's options. */
export function checkOptions(
  options: unknown,
  verb: string,
  example: string,
  names: OptionKinds,
  kindCode?: string,
): void {
  if (!isRecord(options)) throw refused(verb, options, `Give options, such as ${example}.`);
  checkOptionNames(options, names, verb, undefined, kindCode);
}

/** An object that is no list. */
export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function said(given: unknown): string {
  return typeof given === 'string' ? JSON.stringify(given) : String(given);
}

function refused(verb: string, given: unknown, choices: string): MillraceError {
  const kind = Array.isArray(given) ? 'array' : given === null ? 'null' : typeof given;
  const shown = kind === 'array' || kind === 'object' ? `an ${kind}` : kind === 'function' ? `a ${kind}` : said(given);
  return new MillraceError({
    code: 'plan.argument',
    message: `${verb} was given ${shown}. ${choices}`,
    details: { value: given },
  });
}
