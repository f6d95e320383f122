import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import { load } from '../loaders/load.ts';
import { isOrdered } from '../plan/order.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { RowsOptions } from './expect-frame.ts';
import { declared, fixture, fixtureFormat, fixturePath } from './fixture.ts';
import type { PlainRow } from './row-differences.ts';

/** How a frame is compared with a file. */
export interface FixtureMatchOptions<K extends string = string> extends RowsOptions<K> {
  /** Which files are written: those that are not there (`'new'`), every one (`'all'`), or none. Default: see `toMatchFixture`. */
  readonly update?: 'new' | 'all' | 'none';
}

/** The rows that a fixture expects of a frame; undefined where it has now been written from the frame. */
export async function matchFixture<C extends AnyCol>(
  frame: Frame<C>,
  name: string,
  { update = asked(), ordered = isOrdered(frame.plan) }: FixtureMatchOptions,
): Promise<{ readonly path: string; readonly rows: readonly PlainRow[] } | undefined> {
  const path = fixturePath(name);
  if (update === 'all' || (path === undefined && update === 'new')) {
    const target = path ?? placeOfNew(name);
    await writeFixture(ordered ? frame : sortedFrame(frame), target);
    process.stderr.write(
      `toMatchFixture: ${target} was written ${path === undefined ? 'for the first time' : 'anew'}. Look at it, and keep it with the test.\n`,
    );
    return undefined;
  }
  if (path === undefined) {
    throw new MillraceError({
      code: 'fixture.not_found',
      message: `toMatchFixture: there is no file ${JSON.stringify(name)}, and none is written here. Run the test without the variable CI, or with MILLRACE_UPDATE_FIXTURES=1, and keep the file.`,
      details: { name },
    });
  }
  return { path, rows: await fixture(path, declared(frame.schema)).rows() };
}

/** What the environment asks for; on a build server nothing is made up. */
function asked(): 'new' | 'all' | 'none' {
  const { CI = '', MILLRACE_UPDATE_FIXTURES: update = '' } = process.env;
  if (update !== '' && update !== '0' && update !== 'false') return 'all';
  return CI === '' || CI === 'false' ? 'new' : 'none';
}

/** A bare name goes into the folder `fixtures`, where there is one. */
function placeOfNew(name: string): string {
  const folder = resolve('fixtures');
  return !/[\\/]/.test(name) && existsSync(folder) ? join(folder, name) : resolve(name);
}

/** Writes a frame so that `fixture` reads it back. */
export async function writeFixture<C extends AnyCol>(frame: Frame<C>, path: string): Promise<void> {
  const format = fixtureFormat(path);
  await mkdir(dirname(path), { recursive: true });
  if (format === 'csv') await load.csv(frame, path, { mode: 'replace' });
  else if (format === 'parquet') await load.parquet(frame, path, { mode: 'replace' });
  else await load.json(frame, path, { mode: 'replace' });
}

/** Rows without an order, in one that a second run repeats. */
function sortedFrame<C extends AnyCol>(frame: Frame<C>): Frame<C> {
  const names = frame.schema.filter(({ dtype }) => !['json', 'list', 'struct'].includes(dtype.id)).map((f) => f.name);
  return names.length === 0 ? frame : frame.sort(...(names as C['k'][]));
}
