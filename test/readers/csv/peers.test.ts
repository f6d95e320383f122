import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CsvOptions, createSession, t } from '../../../src/index.ts';
import { dataFolder } from '../../support/data.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 1 });
const { write } = inputFolder();
afterAll(() => session.close());

const folder = dataFolder();
if (folder === undefined)
  console.log('csv-peers: skipped, the folder of real data is not here (see test/support/data.ts)');

/** Every field as text, nothing being null, and how many records were refused. */
async function readAll(path: string, options: CsvOptions = {}, names?: readonly string[]) {
  const set = { ...options, nullMarkers: [], onBadRow: 'quarantine' } as const;
  const schema = names === undefined ? undefined : Object.fromEntries(names.map((name) => [name, t.string()]));
  const frame = schema === undefined ? session.read.csv(path, set) : session.read.csv(path, { ...set, schema });
  return { rows: await frame.rows(), refused: await frame.quarantine().count() };
}

describe.skipIf(folder === undefined)('csv-spectrum', () => {
  const root = join(folder ?? '', 'csv/csv-spectrum');
  // The JSON of location_coordinates does not match its CSV.
  const names = (folder === undefined ? [] : readdirSync(join(root, 'csvs')))
    .map((file) => file.replace('.csv', ''))
    .filter((name) => name !== 'location_coordinates');

  test.each(names)('%s', async (name) => {
    const expected: unknown = JSON.parse(readFileSync(join(root, 'json', `${name}.json`), 'utf8'));
    expect(await readAll(join(root, 'csvs', `${name}.csv`))).toEqual({ rows: expected, refused: 0 });
  });
});

/** Where Papa Parse follows another convention, or has an option that this reader has not. */
const otherwise: Readonly<Record<string, string>> = {
  ...because(
    'a record with more or fewer fields than the header is refused, not filled or cut',
    'pp038 pp048 pp076 pp077 pp121',
  ),
  ...because(
    'a quote that is not closed, or has text after it, is refused, not guessed at',
    'pp020 pp021 pp022 pp023 pp024',
  ),
  ...because('a quote after one space opens a quoted field', 'pp018'),
  ...because('blank lines are no records', 'pp051 pp055 pp106 pp107 pp108 pp123 pp152 pp153'),
  ...because('a line of spaces is a record with too few fields', 'pp109 pp127'),
  ...because('two columns of one name are an error, not renamed', 'pp060 pp062 pp063'),
  ...because('all lines must end alike', 'pp073'),
  ...because('a comment begins with one character', 'pp049'),
  ...because('a delimiter is one character, told and never guessed', 'pp088 pp089 pp090 pp091 pp131 pp133 pp134'),
  ...because('limit() in the place of preview', 'pp117 pp118 pp122'),
};

function because(reason: string, ids: string): Record<string, string> {
  return Object.fromEntries(ids.split(' ').map((id) => [id, reason]));
}

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly portable: boolean;
  readonly description: string;
  readonly config: {
    readonly delimiter?: string;
    readonly quoteChar?: string;
    readonly escapeChar?: string;
    readonly comments?: string | boolean;
    readonly skipFirstNLines?: number;
    readonly header?: boolean;
  };
  readonly input: string;
  readonly expected: { readonly data: readonly (readonly string[] | Readonly<Record<string, string>>)[] };
}

describe.skipIf(folder === undefined)('the portable parsing cases of Papa Parse', () => {
  const file = join(folder ?? '', 'csv/papaparse-cases.json');
  const all: readonly Case[] =
    folder === undefined ? [] : (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
  const cases = all.filter((c) => c.portable && c.kind.startsWith('parse'));

  async function agrees({ config, input, expected }: Case): Promise<boolean> {
    const { delimiter = ',', quoteChar: quote = '"', escapeChar, comments = false, header = false } = config;
    const width = Math.max(1, ...expected.data.map((row) => Object.keys(row).length));
    const names = Array.from({ length: width }, (_, i) => `c${i}`);
    const comment = comments === true ? '#' : comments === false ? '' : comments;
    const escaped = escapeChar === undefined ? {} : { escape: escapeChar };
    const options = { delimiter, quote, ...escaped, comment, header, skip: config.skipFirstNLines ?? 0 };
    try {
      const { rows } = await readAll(write('case.csv', input), options, header ? undefined : names);
      return JSON.stringify(header ? rows : rows.map(Object.values)) === JSON.stringify(expected.data);
    } catch {
      return false;
    }
  }

  test('agree, but for those of another convention', { timeout: 60_000 }, async () => {
    const differ: string[] = [];
    for (const c of cases) if (!(await agrees(c))) differ.push(c.id);
    expect(differ).toEqual(Object.keys(otherwise).sort());
    console.log(
      `csv-peers: ${cases.length - differ.length} of ${cases.length} cases agree, ${differ.length} follow another convention`,
    );
  });
});
