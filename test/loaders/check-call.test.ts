import { expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';

const frame = read.rows([{ x: 1 }], { schema: { x: t.int() } });

// What JavaScript lets through, with what the error says.
type Loose = (...given: readonly unknown[]) => Promise<unknown>;
const loaders = {
  'load.parquet': {
    load: load.parquet as unknown as Loose,
    modes: "'replace' | 'append' | 'replacePartitions' | 'fail'",
  },
  'load.csv': { load: load.csv as unknown as Loose, modes: "'replace' | 'fail'" },
  'load.json': { load: load.json as unknown as Loose, modes: "'replace' | 'fail'" },
};

test.each(Object.entries(loaders))('%s without what it needs says what to give', async (name, { load, modes }) => {
  await expect(load(frame, 'a')).rejects.toMatchObject({
    name: 'MillraceError',
    code: 'load.option',
    message: `${name}: the options are undefined. Give { mode: ${modes} }.`,
  });
  await expect(load(frame, 'a', null)).rejects.toMatchObject({ code: 'load.option' });
  await expect(load(frame, 'a', {})).rejects.toMatchObject({
    code: 'load.mode',
    message: expect.stringContaining('mode is undefined'),
  });
  await expect(load(frame, 'a', { mode: ['replace'] })).rejects.toMatchObject({ code: 'load.mode' });
  await expect(load(frame)).rejects.toMatchObject({
    code: 'load.target',
    message: expect.stringContaining('the path is undefined'),
  });
  await expect(load(frame, 'gs://bucket/a', { mode: 'fail' })).rejects.toMatchObject({
    code: 'load.target',
    message: expect.stringContaining('gs:// is not supported'),
  });
  await expect(load([{ x: 1 }], 'a', { mode: 'fail' })).rejects.toMatchObject({
    code: 'load.frame',
    message: expect.stringContaining('an object of Array is no frame'),
  });
});
