import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Where a record stands in a file. */
export interface Place {
  /** The physical line on which it starts, from 1. */
  readonly line: number;
  /** Its text, without the line end. */
  readonly raw: string;
}

export interface PlaceQuery {
  readonly path: string;
  readonly quote: string;
  readonly hasHeader: boolean;
  readonly encoding: string;
  /** Records that the engine gave, by number from 1: places wanted of them. */
  readonly records: ReadonlySet<number>;
  /** Where the records start, in bytes, that the engine refused as a whole: they have no number. */
  readonly refused: ReadonlySet<number>;
}

export interface Places {
  readonly byRecord: ReadonlyMap<number, Place>;
  readonly byOffset: ReadonlyMap<number, Place>;
  /** How many records there are, the refused ones not counted. */
  readonly records: number;
}

const NEWLINE = 10;
const RETURN = 13;

/**
 * A second pass over a CSV file, run only when something was rejected: the engine does not tell physical lines. It
 * splits records by quotes and line ends alone, as the engine does, and passes over blank lines, as the engine does.
 */
export async function findPlaces(query: PlaceQuery): Promise<Places> {
  const quote = query.quote.charCodeAt(0);
  const byRecord = new Map<number, Place>();
  const byOffset = new Map<number, Place>();
  const decoder = new TextDecoder(query.encoding === 'utf-8' ? 'utf-8' : 'latin1');
  let headerSeen = !query.hasHeader;
  let records = 0;
  let line = 1;
  let start = { offset: 0, line: 1 };
  let offset = 0;
  let inQuotes = false;
  let pieces: Uint8Array[] = [];
  let length = 0;

  const end = (): void => {
    if (length > 0) {
      const refused = query.refused.has(start.offset);
      if (!headerSeen) headerSeen = true;
      else {
        if (!refused) records += 1;
        if (refused || query.records.has(records)) {
          const place = { line: start.line, raw: decoder.decode(Buffer.concat(pieces)).replace(/\r$/, '') };
          if (refused) byOffset.set(start.offset, place);
          else byRecord.set(records, place);
        }
      }
    }
    pieces = [];
    length = 0;
  };

  for await (const chunk of bytesOf(query.path)) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === quote) inQuotes = !inQuotes;
      else if (byte === NEWLINE) {
        line += 1;
        if (inQuotes && !query.refused.has(start.offset)) continue;
        inQuotes = false;
        const piece = chunk.subarray(from, i);
        const blank = length === 0 && (piece.length === 0 || (piece.length === 1 && piece[0] === RETURN));
        if (!blank) {
          pieces.push(piece);
          length += piece.length;
        }
        end();
        from = i + 1;
        start = { offset: offset + i + 1, line };
      }
    }
    const rest = chunk.subarray(from);
    if (rest.length > 0) {
      pieces.push(rest);
      length += rest.length;
    }
    offset += chunk.length;
  }
  end();
  return { byRecord, byOffset, records };
}

function bytesOf(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  return path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
}
