import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { pipeline } from '../../src/pipeline/index.ts';
import { expectIdempotent } from '../../src/testing/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();
const schema = { sku: t.string(), at: t.timestamp() };

/** A pipeline that adds a row, of the run's clock or of this machine's, under the name of the load or under none. */
const adding = (path: string, { named, clock }: { readonly named: boolean; readonly clock: 'run' | 'machine' }) =>
  pipeline('adding', {}, (p) => {
    const raw = p.step('raw', ({ read, now }) =>
      read.rows([{ sku: 'desk', at: clock === 'run' ? now : new Date() }], { schema }),
    );
    p.load('lake', { raw }, ({ raw }, { loadId }) =>
      named
        ? load.parquet(raw, path, { mode: 'append', loadId })
        : load.parquet(raw, path, { mode: clock === 'run' ? 'append' : 'replace' }),
    );
  });

const target = (path: string) => ({ lake: () => read.parquet(path, { schema }) });

describe('expectIdempotent', () => {
  it('takes a pipeline that names its loads', async () => {
    const path = join(folder, 'named');
    await expectIdempotent(adding(path, { named: true, clock: 'run' }), target(path));
    expect(await read.parquet(path, { schema }).count()).toBe(1);
  });

  it('shows what stands there twice', async () => {
    const path = join(folder, 'plain');
    await expect(expectIdempotent(adding(path, { named: false, clock: 'run' }), target(path))).rejects.toThrow(
      /pipeline adding is not idempotent: after it ran twice, lake holds 2 rows, and after it ran once 1\.[\s\S]*desk/,
    );
  });

  it('shows what is another the second time', async () => {
    const path = join(folder, 'other');
    await expect(expectIdempotent(adding(path, { named: false, clock: 'machine' }), target(path))).rejects.toThrow(
      /holds 1 rows, and after it ran once 1\.[\s\S]*at/,
    );
  });

  it('calls no hooks, which may tell people', async () => {
    const told: string[] = [];
    const hooks = { 'run.finished': ({ state }: { readonly state: string }) => void told.push(state) };
    const made = pipeline('heard', { hooks }, (p) => {
      p.task('work', () => 1);
    });
    await expectIdempotent(made, {});
    expect(told).toEqual([]);
  });

  it('throws what a run fails with', async () => {
    const failing = pipeline('failing', {}, (p) => {
      p.task('bad', () => {
        throw new Error('no luck');
      });
    });
    await expect(expectIdempotent(failing, {})).rejects.toThrow('no luck');
  });
});
