import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import type { OptionKinds } from '../option-names.ts';
import { showArgument } from '../schema/show-value.ts';
import type { FileArea } from '../storage/paths.ts';

type Sources = 'paths' | 'inputs' | 'anything' | 'arrow' | 'query' | 'messages' | 'rows' | 'url';

/** What a reader can read from, by what is asked of a source where JavaScript lets anything through. */
const SOURCES: Readonly<Record<Sources, { is(source: unknown): boolean; readonly choices: string }>> = {
  paths: { is: isPaths, choices: 'Give a path, a glob or a list of them' },
  inputs: { is: isInputs, choices: 'Give a path, a glob, a url or a list of them' },
  anything: { is: isThere, choices: 'Give a path, a url, or a stream of bytes' },
  arrow: {
    is: (source) => isPaths(source) || (isObject(source) && ('schema' in source || 'buffer' in source)),
    choices: 'Give a path, an Arrow table or bytes',
  },
  query: { is: (query) => typeof query === 'string' || isBuilt(query), choices: 'Give SQL, or a query of Knex' },
  messages: { is: (source) => isObject(source) && Symbol.asyncIterator in source, choices: 'Give an async iterable' },
  rows: { is: Array.isArray, choices: 'Give an array of objects' },
  url: { is: (source) => typeof source === 'string' || source instanceof URL, choices: 'Give a url' },
};

/** Refuses a call of a reader that came past the compiler: a source of another kind, options that are none. */
export function checkReader(
  reader: string,
  source: unknown,
  kind: Sources,
  options: unknown,
  names: OptionKinds,
  example = '{ schema: { id: t.int() } }',
): void {
  const { is, choices } = SOURCES[kind];
  const call = `read.${reader}`;
  if (!is(source)) {
    const what = kind === 'query' ? 'query' : 'source';
    throw new MillraceError({
      code: 'plan.argument',
      message: `${call}: the ${what} is ${showArgument(source)}. ${choices}.`,
      details: { source },
    });
  }
  const area = reader.split(' ')[0] as FileArea | 'api' | 'rows' | 'sql' | 'stream';
  const code = `${area}.option`;
  checkOptions(options, call, example, names, code);
}

function isThere(source: unknown): boolean {
  return source !== undefined && source !== null;
}

function isObject(source: unknown): source is object {
  return typeof source === 'object' && source !== null;
}

function isBuilt(query: unknown): boolean {
  return (isObject(query) || typeof query === 'function') && 'toSQL' in query;
}

function isPaths(source: unknown): boolean {
  const paths: readonly unknown[] = Array.isArray(source) ? source : [source];
  return paths.every((path) => typeof path === 'string');
}

function isInputs(source: unknown): boolean {
  const inputs: readonly unknown[] = Array.isArray(source) ? source : [source];
  return inputs.every((input) => typeof input === 'string' || input instanceof URL);
}
