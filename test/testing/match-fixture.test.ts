import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { read, t } from '../../src/index.ts';
import { expectFrame, frameMatchers } from '../../src/testing/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();
afterEach(() => vi.unstubAllEnvs());

const schema = { id: t.int(), note: t.string().nullable(), at: t.timestamp(), price: t.decimal(8, 2) };
const row = { id: 1, note: null, at: new Date('2024-02-29T12:00:00.125Z'), price: '1.50' };
const frame = read.rows([row, { ...row, id: 2, note: '' }], { schema });

test.each(['csv', 'csv.gz', 'json', 'ndjson', 'parquet'])(
  '%s: written where it is not, and compared then',
  async (ending) => {
    vi.stubEnv('CI', '');
    const path = join(folder, `expected.${ending}`);
    await expectFrame(frame).toMatchFixture(path);
    expect(existsSync(path)).toBe(true);
    await expectFrame(frame).toMatchFixture(path, { update: 'none' });
    const other = frame.withColumns((r) => ({ price: r.price.mul(2).cast(t.decimal(8, 2)) }));
    await expect(expectFrame(other).toMatchFixture(path)).rejects.toThrow(
      /2 changed.*"1\.50" -> "3\.00".*MILLRACE_UPDATE_FIXTURES=1/s,
    );
  },
);

test('what is written is told', async () => {
  vi.stubEnv('CI', '');
  const path = join(folder, 'told.csv');
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await expectFrame(frame).toMatchFixture(path);
  await expectFrame(frame).toMatchFixture(path);
  await expectFrame(frame).toMatchFixture(path, { update: 'all' });
  expect(told.mock.calls.map(([text]) => text)).toEqual([
    `toMatchFixture: ${path} was written for the first time. Look at it, and keep it with the test.\n`,
    `toMatchFixture: ${path} was written anew. Look at it, and keep it with the test.\n`,
  ]);
  told.mockRestore();
});

test('on a build server nothing is made up', async () => {
  vi.stubEnv('CI', 'true');
  const path = join(folder, 'none.csv');
  await expect(expectFrame(frame).toMatchFixture(path)).rejects.toThrow('there is no file');
  expect(existsSync(path)).toBe(false);
});

test('by the variable, and by the flag of the runner, a file is written anew', async () => {
  vi.stubEnv('CI', 'true');
  const path = join(folder, 'old.csv');
  writeFileSync(path, 'id,note,at,price\n9,x,2024-01-01T00:00:00Z,1.00\n');
  await expect(expectFrame(frame).toMatchFixture(path)).rejects.toThrow('The rows differ');
  const state = (update: string) => ({ snapshotState: { _updateSnapshot: update } });
  expect((await frameMatchers.toMatchFixture.call(state('none'), frame, path)).pass).toBe(false);
  expect((await frameMatchers.toMatchFixture.call(state('all'), frame, path)).pass).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain('1.50');
  vi.stubEnv('MILLRACE_UPDATE_FIXTURES', '1');
  await expectFrame(frame.limit(1)).toMatchFixture(path);
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
});

test('rows without an order are written in one that repeats', async () => {
  vi.stubEnv('CI', '');
  const path = join(folder, 'groups.csv');
  const groups = read
    .rows(
      ['c', 'a', 'b'].map((k) => ({ k })),
      { schema: { k: t.string() } },
    )
    .groupBy('k')
    .agg(() => ({}));
  await expectFrame(groups).toMatchFixture(path);
  expect(readFileSync(path, 'utf8')).toBe('k\na\nb\nc\n');
});

test('an ending that no fixture has', async () => {
  await expect(expectFrame(frame).toMatchFixture(join(folder, 'x.txt'), { update: 'new' })).rejects.toThrow(
    'The choices are .csv',
  );
});
