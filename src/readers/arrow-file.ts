import { readFile } from 'node:fs/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { MillraceError } from '../errors.ts';

/** Arrow IPC as it is opened: its schema, and its batches as they are asked for. */
export interface ArrowFile {
  readonly schema: Schema;
  readonly batches: Iterable<RecordBatch>;
}

/** Opens bytes, or a file of them, in the file format or the stream format of Arrow IPC. */
export async function openArrow(source: string | Uint8Array, name: string): Promise<ArrowFile> {
  const { RecordBatchReader } = await import('apache-arrow');
  const bytes = typeof source === 'string' ? await readFile(source) : source;
  const fault = faultOf(bytes);
  if (fault !== undefined) throw unreadable(name, fault);
  try {
    const reader = RecordBatchReader.from(bytes).open();
    return { schema: reader.schema, batches: batchesOf(reader, name) };
  } catch (cause) {
    throw unreadable(name, messageOf(cause), cause);
  }
}

function* batchesOf(reader: Iterable<RecordBatch>, name: string): Generator<RecordBatch> {
  try {
    yield* reader;
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw unreadable(name, messageOf(cause), cause);
  }
}

const MAGIC = Buffer.from('ARROW1');

/** Why bytes are no whole IPC: a reader takes a stream that is cut off between two batches for one that has ended. */
function faultOf(bytes: Uint8Array): string | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.subarray(0, MAGIC.length).equals(MAGIC)) {
    const isWhole = all.length > 20 && all.subarray(-MAGIC.length).equals(MAGIC);
    return isWhole ? undefined : 'it does not end with the mark of an Arrow file';
  }
  if (all.length < 8) return 'it is too short';
  // A message begins with a mark and its length, before 2019 with its length alone; the last one has the length 0.
  const isMarked = all.readInt32LE() === -1;
  const [mark, length] = [all.subarray(-8).readInt32LE(), all.subarray(-4).readInt32LE()];
  if (length === 0 && (mark === -1 || !isMarked)) return undefined;
  return 'it does not end with the mark of the end of a stream';
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/[.]$/, '');
}

function unreadable(name: string, reason: string, cause?: unknown): MillraceError {
  const advice = /compress/i.test(reason)
    ? 'Write it without compression, or as Parquet.'
    : 'It is no Arrow IPC, or is cut off or damaged. Write or copy it again.';
  return new MillraceError({
    code: 'arrow.unreadable',
    message: `${name}: it cannot be read: ${reason}. ${advice}`,
    details: { file: name },
    cause,
  });
}
