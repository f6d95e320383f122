import type { Connection, PoolClient } from 'pg';
import { CopyRows } from './copy-rows.ts';

/**
 * The rows of a query as COPY text, in pieces that end anywhere and stand until the next one is asked for; returns how
 * many rows the server counted. A consumer that stops before the end costs the connection: nothing else ends a COPY
 * without reading the rest of it.
 */
export async function* copyOut(client: PoolClient, query: string): AsyncGenerator<Uint8Array, number> {
  const copy = new CopyOut(`COPY (${query}\n) TO STDOUT (FORMAT text, ENCODING 'UTF8')`);
  // A dead server may be heard of by the client alone.
  const fail = (error: Error): void => copy.handleError(error);
  const ended = (): void => fail(new Error('Connection terminated unexpectedly'));
  client.on('error', fail);
  client.on('end', ended);
  let done = false;
  try {
    client.query(copy);
    let piece: Buffer | undefined;
    for (;;) {
      piece = await copy.next(piece);
      if (piece === undefined) break;
      yield piece;
    }
    done = true;
    return copy.count;
  } catch (error) {
    done = isServers(error);
    throw error;
  } finally {
    if (!done) client.connection.stream.destroy();
    client.off('error', fail);
    client.off('end', ended);
  }
}

/**
 * A server sends its rows in parts of 8 kB, each of which wakes up who hears it: a fifth of the time of all. Where fewer bytes than
 * this come at once, those of the next milliseconds are heard together.
 */
const FEW = 32 * 1024;
const MOMENT = 2;

type Listener = (bytes: Buffer) => void;

/**
 * A query as the driver runs one. While it runs it hears what the server sends before the driver does, which is told
 * all but the rows: the driver would make an object for each of them.
 */
class CopyOut {
  /** Set by a driver that has a timeout for queries, and called when that may end. */
  callback: ((error: Error | undefined) => void) | undefined;
  count = 0;
  readonly #text: string;
  #connection: Connection | undefined;
  #driver: Listener = () => {};
  readonly #rows: CopyRows = new CopyRows((bytes) => this.#driver(bytes));
  /** A full piece that nobody has asked for yet, and one that may be filled again. */
  #ready: Buffer | undefined;
  #spare: Buffer | undefined;
  /** Whether the server is left alone for a moment. */
  #isLeft = false;
  #isOver = false;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(text: string) {
    this.#text = text;
  }

  /** The next rows, undefined after the last; `used` is the piece before, which is needed no more. */
  async next(used: Buffer | undefined): Promise<Buffer | undefined> {
    this.#spare = used;
    while (this.#error === undefined && this.#ready === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#error !== undefined) throw this.#error;
    const piece = this.#ready ?? (this.#rows.filled > 0 ? this.#take() : undefined);
    this.#ready = undefined;
    if (this.#rows.isFull) this.#hand();
    if (!this.#isLeft) this.#connection?.stream.resume();
    return piece;
  }

  submit(connection: Connection): Error | undefined {
    const [driver] = connection.stream.listeners('data');
    if (driver === undefined) return new Error('the driver does not hear its connection');
    this.#connection = connection;
    this.#driver = driver as Listener;
    connection.stream.off('data', this.#driver);
    connection.stream.on('data', this.#hear);
    connection.query(this.#text);
    return undefined;
  }

  handleCommandComplete(message: { readonly text?: string }): void {
    this.count = Number(/^COPY (\d+)/.exec(message.text ?? '')?.[1]);
  }

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.#end();
  }

  handleError(error: Error): void {
    this.#error ??= error;
    if (isServers(error)) this.#end();
    else this.#settle();
  }

  readonly #hear: Listener = (bytes) => {
    try {
      this.#rows.push(bytes);
    } catch (error) {
      this.handleError(error as Error);
    }
    if (this.#connection === undefined) this.#rows.end();
    else if (this.#rows.isFull) this.#hand();
    else if (bytes.length < FEW) this.#leave(this.#connection);
  };

  /** Lets the rows of some milliseconds come together, unless there are more that came together already. */
  #leave({ stream }: Connection): void {
    if (this.#isLeft || stream.readableLength > 0) return;
    this.#isLeft = true;
    stream.pause();
    setTimeout(() => {
      this.#isLeft = false;
      // Once it is over, another statement may have the connection.
      if (!this.#isHeld && this.#connection !== undefined) stream.resume();
    }, MOMENT);
  }

  /** Whether the server waits until a piece is taken. */
  get #isHeld(): boolean {
    return this.#ready !== undefined && this.#rows.isFull;
  }

  #take(): Buffer {
    const piece = this.#rows.take(this.#spare);
    this.#spare = undefined;
    return piece;
  }

  /** Lays a full piece ready, or lets the server wait while the one before it is there. */
  #hand(): void {
    if (this.#ready !== undefined) {
      this.#connection?.stream.pause();
      return;
    }
    this.#ready = this.#take();
    this.#wake();
  }

  /** The driver hears its connection again. */
  #end(): void {
    const stream = this.#connection?.stream;
    this.#connection = undefined;
    stream?.off('data', this.#hear);
    stream?.on('data', this.#driver);
    stream?.resume();
    this.#settle();
  }

  #settle(): void {
    this.callback?.(this.#error);
    this.#wake();
  }
}

/** Whether an error is of the query, after which the connection goes on. */
function isServers(error: unknown): boolean {
  return (error as { readonly severity?: unknown }).severity === 'ERROR';
}
