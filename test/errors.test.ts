import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, plot } from '../src/index.ts';
import { errorCodes } from './support/error-codes.ts';

/** docs/errors.md has an entry for each code that src/ can throw, and none for others. */

const root = resolve(import.meta.dirname, '..');

const named = (area: string, functions: object): string[] => Object.keys(functions).map((name) => `${area}.${name}`);

/** Texts that look like codes: what loaders, plots and events are called, the name of a type of Arrow's, a term of Vega's. */
const NO_CODES = new Set([
  ...named('load', load),
  ...named('plot', plot),
  'arrow.json',
  'datum.value',
  ...['run.started', 'run.finished', 'check.warned', 'quarantine.written', 'schema.changed'],
]);
const codes = errorCodes(root, NO_CODES);

interface Entry {
  readonly codes: readonly string[];
  /** What happened, the examples, what to do. */
  readonly happened: string;
  readonly examples: readonly string[];
  readonly advice: string;
}

const entries = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split(/^#+ /m)
  .filter((section) => /^`[a-z0-9]+\./.test(section))
  .map((section): Entry => {
    const [heading = '', ...blocks] = section.trim().split('\n\n');
    const isExample = (block: string): boolean => block.startsWith('> ');
    return {
      codes: [...heading.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
      happened: blocks[0] ?? '',
      examples: blocks.filter(isExample).map((block) => flat(block.replaceAll(/^> ?/gm, ''))),
      advice: blocks.slice(1).find((block) => !isExample(block)) ?? '',
    };
  });

/** A text in one line, without the marks of markdown. */
function flat(text: string): string {
  return text.replaceAll('\\', '').replaceAll(/\s+/g, ' ').trim();
}

function entryOf(code: string): Entry | undefined {
  return entries.find((entry) => entry.codes.includes(code));
}

test('the source was looked at', () => {
  expect(codes.size).toBeGreaterThan(250);
  // One that is written out, one of a template, one of a table, one that SQL gives.
  for (const code of [
    'csv.footer',
    'ndjson.scheme',
    's3.region',
    'sqlite.failed',
    'postgres.read_only',
    'cast.failed',
  ]) {
    expect(codes.has(code), code).toBe(true);
  }
});

test('every code has an entry', () => {
  const missing = [...codes].filter(([code]) => entryOf(code) === undefined);
  expect(missing.map(([code, { places }]) => `${code} (${places[0]})`)).toEqual([]);
});

test('every entry is of codes that are thrown, each in one entry', () => {
  const all = entries.flatMap((entry) => entry.codes);
  expect(all.filter((code) => !codes.has(code))).toEqual([]);
  expect(all.filter((code, i) => all.indexOf(code) !== i)).toEqual([]);
});

describe('an entry says', () => {
  test.each(entries.map((entry) => [entry.codes[0] ?? '', entry] as const))('%s', (_, entry) => {
    expect(entry.happened).toMatch(/^[A-Z`].*\.$/s);
    expect(entry.examples.length, 'an example of the message').toBeGreaterThan(0);
    expect(entry.advice, 'what to do').toMatch(/[.:`]$/);
    const thrown = entry.codes.flatMap((code) => codes.get(code) ?? []);
    const answers = thrown.flatMap(({ retryable }) => retryable);
    const saysRetry = entry.advice.startsWith('**A retry can help.** ');
    if (answers.includes('yes')) expect(saysRetry, 'a retry can help').toBe(true);
    if (answers.length > 0 && answers.every((answer) => answer === 'no')) expect(saysRetry, 'no retry can').toBe(false);
    // Its examples are messages: one holds the longest fixed part of one that is thrown under this code.
    const fixed = thrown.flatMap(({ messages }) => messages).map((texts) => longest(texts.map(flat)));
    if (fixed.length > 0) {
      const holds = fixed.some((text) => entry.examples.some((example) => example.includes(text)));
      expect(holds, `none of the examples has one of\n${fixed.join('\n')}`).toBe(true);
    }
  });
});

function longest(texts: readonly string[]): string {
  return texts.reduce((one, other) => (other.length > one.length ? other : one), '');
}
