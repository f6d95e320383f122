import { MillraceError } from '../errors.ts';
import type { FrameOf } from '../frame/frame.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import type { Executor, OnBadRow } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { ROWS_OPTIONS, readRows } from './memory.ts';

/** A row as its message holds it. */
export type StreamedRow = Readonly<Record<string, unknown>>;

interface CommonOptions<S extends SchemaSpec, T> {
  readonly schema: S;
  readonly onBadRow?: OnBadRow;
  /** When a batch is complete: after so many messages (10,000), and so many milliseconds after its first. */
  readonly batch?: { readonly rows?: number; readonly ms?: number };
  /** Tells where the messages come from that they are loaded. It is called with a batch's messages, in their order. */
  readonly ack?: (messages: readonly T[]) => void | Promise<void>;
}

/** What `read.stream` takes; `row` finds a message's row where the message is more than that. */
export type StreamOptions<S extends SchemaSpec, T> = CommonOptions<S, T> &
  (T extends object ? { readonly row?: (message: T) => StreamedRow } : { readonly row: (message: T) => StreamedRow });

export const STREAM_OPTIONS: OptionNames<StreamOptions<SchemaSpec, object>> = {
  ...ROWS_OPTIONS,
  batch: 'object',
  ack: 'function',
  row: 'function',
};

/** Some messages of a stream, as a frame. */
export interface StreamBatch<S extends SchemaSpec, T> {
  readonly frame: FrameOf<S>;
  /** Counted from 0. */
  readonly index: number;
  readonly messages: readonly T[];
  /** Says that the batch is loaded; the next is given only then. */
  ack(): Promise<void>;
}

const ROWS = 10_000;
/** The longest that a timer can wait. */
const MOST_MS = 2_147_483_647;

/** The messages of a stream as frames, one after another, each given when the one before is loaded. */
export function readStream<const S extends SchemaSpec, T>(
  executor: Executor,
  messages: AsyncIterable<T>,
  options: StreamOptions<S, T>,
): AsyncGenerator<StreamBatch<S, T>, void, undefined> {
  const { batch = {} } = options;
  schemaOf(options.schema);
  checkOptionNames(batch, { rows: true, ms: true }, 'read.stream, batch', 'stream.option');
  const { rows = ROWS, ms } = batch;
  checkWhole('rows', rows, Number.MAX_SAFE_INTEGER);
  if (ms !== undefined) checkWhole('ms', ms, MOST_MS);
  return batches(executor, messages, options, rows, ms);
}

async function* batches<S extends SchemaSpec, T>(
  executor: Executor,
  messages: AsyncIterable<T>,
  options: StreamOptions<S, T>,
  rows: number,
  ms: number | undefined,
): AsyncGenerator<StreamBatch<S, T>, void, undefined> {
  const { schema, onBadRow = 'fail', ack } = options;
  const rowOf = options.row ?? ((message: T) => message as StreamedRow);
  const source = messages[Symbol.asyncIterator]();
  const state: Asking<T> = { asked: undefined, ended: false };
  let index = 0;
  try {
    for await (const found of collected(source, rows, ms, state)) {
      const frame = readRows(executor, found.map(rowOf), { schema, onBadRow });
      let told: Promise<void> | undefined;
      yield {
        frame,
        index,
        messages: found,
        ack() {
          told ??= (async () => {
            await ack?.(found);
            await frame.refresh();
          })();
          return told;
        },
      };
      if (told === undefined) {
        throw new MillraceError({
          code: 'stream.not_acknowledged',
          message: `read.stream: batch ${index} was not acknowledged, and the next was asked for. Call \`await batch.ack()\` when its load has committed, or leave the loop.`,
          details: { index },
        });
      }
      await told;
      index += 1;
    }
  } finally {
    // Who leaves half way leaves the source too; a source that was asked for more ends only when it has answered, or is destroyed.
    if (!state.ended) {
      const left = source.return?.();
      left?.catch(() => undefined);
      if (state.asked === undefined) await left;
      else (messages as { destroy?(): void }).destroy?.();
    }
  }
}

interface Asking<T> {
  /** Asked for while a batch was closed by the clock, and answered in a later one. */
  asked: Promise<IteratorResult<T>> | undefined;
  ended: boolean;
}

/** Messages in groups. What has arrived before the source fails is given before its error is thrown. */
async function* collected<T>(
  source: AsyncIterator<T>,
  rows: number,
  ms: number | undefined,
  state: Asking<T>,
): AsyncGenerator<T[], void, undefined> {
  for (;;) {
    const found: T[] = [];
    let timer: NodeJS.Timeout | undefined;
    let late: Promise<'late'> | undefined;
    let failed: { readonly error: unknown } | undefined;
    let done = false;
    try {
      while (found.length < rows) {
        state.asked ??= source.next();
        const next = await (late === undefined ? state.asked : Promise.race([state.asked, late]));
        if (next === 'late') break;
        state.asked = undefined;
        if (next.done === true) {
          done = true;
          break;
        }
        found.push(next.value);
        if (ms !== undefined) {
          late ??= new Promise((resolve) => {
            timer = setTimeout(() => resolve('late'), ms);
          });
        }
      }
    } catch (error) {
      failed = { error };
      state.asked = undefined;
    } finally {
      clearTimeout(timer);
    }
    if (done || failed !== undefined) state.ended = true;
    // While the batch is loaded nobody waits for the message asked for.
    state.asked?.catch(() => undefined);
    if (found.length > 0) yield found;
    if (failed !== undefined) throw failed.error;
    if (done) return;
  }
}

function checkWhole(name: 'rows' | 'ms', value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw new MillraceError({
    code: 'stream.option',
    message: `read.stream: batch.${name} is ${String(value)}. Give a whole number from 1 to ${most}.`,
    details: { [name]: value },
  });
}
