import { open } from 'node:fs/promises';
import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { MillraceError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import { RUN_OPTIONS, type RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { storeFile } from '../storage/stores.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, inStore } from './copy-to.ts';
import { type LoadReport, runLoad } from './report.ts';

/** What `load.arrow` takes. */
export interface ArrowLoadOptions extends RunOptions {
  /** What to do with a file that is there: write over it, or stop. */
  readonly mode: 'replace' | 'fail';
  /** The IPC format: a file, which is read from any place, or a stream. Default: `stream` where the path ends in `.arrows`. */
  readonly format?: 'file' | 'stream';
  /** How the store of an `s3://` url is reached. */
  readonly s3?: S3Options;
}

const ARROW_OPTIONS: OptionNames<ArrowLoadOptions> = {
  mode: true,
  format: 'text',
  s3: 'object',
  ...RUN_OPTIONS,
};

/**
 * Writes a frame to a file of Arrow's IPC format, a block of rows at a time; `read.arrow` reads back what it held.
 *
 * The file is written beside its target and renamed into place, so a failure leaves what was there; to an `s3://` url it
 * is sent when it is whole (needs the package `@aws-sdk/client-s3`). A null is a null. Every dtype keeps its values:
 * timestamps their microseconds, in UTC, decimals all digits in 128 bits, JSON its text, as the extension `arrow.json`.
 *
 * Errors: `load.exists`, `load.target`, `load.option`.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const prices = read.rows([{ sku: 'a', price: '1.50' }], { schema: { sku: t.string(), price: t.decimal(12, 2) } });
 * const report = await load.arrow(prices, 'warehouse/prices.arrow', { mode: 'replace' });
 * console.log(report.rows.written); // 1
 * ```
 */
export async function loadArrow<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: ArrowLoadOptions,
): Promise<LoadReport> {
  const modes = ['replace', 'fail'];
  checkCall({
    loader: 'load.arrow',
    frame,
    target: path,
    path: 'a file',
    stores: true,
    options,
    names: ARROW_OPTIONS,
    modes,
  });
  const { mode, format = path.endsWith('.arrows') ? 'stream' : 'file' } = options;
  if (format !== 'file' && format !== 'stream') {
    throw new MillraceError({
      code: 'load.option',
      message: `load.arrow: format is ${JSON.stringify(format)}. Give 'file' or 'stream'.`,
      details: { format },
    });
  }
  const schema = columnsToWrite(frame, 'load.arrow');
  return runLoad(frame, options, path, (engine, run) =>
    inStore(engine, options, (store) =>
      storeFile(path, store, mode, (aside) => write(engine, run, aside, { schema, format, options })),
    ),
  );
}

async function write(
  engine: Engine,
  run: Run,
  path: string,
  given: { readonly schema: Schema; readonly format: 'file' | 'stream'; readonly options: ArrowLoadOptions },
): Promise<number> {
  const { schema, format, options } = given;
  const { AsyncByteQueue, RecordBatchFileWriter, RecordBatchStreamWriter } = await import('apache-arrow');
  const { toArrow } = await import('../frame/arrow.ts');
  const made: Uint8Array[] = [];
  // What the writer makes goes to the file before it makes more: a queue would hold all that the disk has not taken.
  class Sink extends AsyncByteQueue {
    override write(bytes: Uint8Array): void {
      made.push(bytes);
    }
  }
  const writer = new (format === 'file' ? RecordBatchFileWriter : RecordBatchStreamWriter)();
  const file = await open(path, 'wx');
  const flush = async (): Promise<void> => {
    for (const bytes of made.splice(0)) await file.appendFile(bytes);
  };
  let rows = 0;
  try {
    writer.reset(new Sink(), toArrow({ schema, blocks: [] }).schema);
    for await (const block of engine.blocks(run.query, schema, options)) {
      for (const batch of toArrow({ schema, blocks: [block] }).batches) writer.write(batch);
      rows += block.rows;
      await flush();
    }
    writer.finish();
    await flush();
  } finally {
    await file.close();
  }
  return rows;
}
