import net from 'node:net';

type Direction = 'to server' | 'to client';

/** What goes wrong, and where in the bytes that pass. */
export interface Fault {
  readonly direction: Direction;
  /** After so many bytes of all connections together, or just before a text. */
  readonly at: number | string;
  /** How often the text comes before. */
  readonly skip?: number;
  /**
   * Both ends are reset; or this connection stays open and nothing passes any more, either way; or no connection lets
   * anything pass, those that come later neither; or what a function does, after which the connection is cut.
   */
  readonly act: 'reset' | 'half-open' | 'black hole' | (() => void);
}

export interface FaultProxy extends AsyncDisposable {
  /** The url of the server, by way of here. */
  readonly url: string;
  /** Counts bytes from 0, and has a fault happen once; without one, everything passes. */
  arm(fault?: Fault): void;
  /** Bytes that have passed since. */
  readonly passed: { readonly [D in Direction]: number };
  /** Whether the fault has happened. */
  readonly hit: boolean;
  /** Milliseconds by which everything is late. */
  latency: number;
  /** Resets all connections there are. */
  cut(): void;
}

/** A TCP proxy before a server, on which connections fail as they are told to. */
export async function faultProxy(serverUrl: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<net.Socket>();
  const passed = { 'to server': 0, 'to client': 0 };
  let fault: Fault | undefined;
  let hit = false;
  let hole = false;
  let latency = 0;

  const serve = (client: net.Socket): void => {
    const server = net.connect(Number(port), hostname);
    let silent = hole;
    const reset = (): void => {
      for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy();
    };
    const pass = (from: net.Socket, to: net.Socket, direction: Direction): void => {
      let last: Promise<void> = Promise.resolve();
      const send = (bytes: Buffer): void => {
        if (bytes.length === 0 || silent || hole) return;
        passed[direction] += bytes.length;
        if (!to.destroyed && !to.write(bytes)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      };
      const arrive = (bytes: Buffer): void => {
        const place = placeIn(bytes, direction);
        if (place === undefined || fault === undefined) {
          send(bytes);
          return;
        }
        const { act } = fault;
        send(bytes.subarray(0, place));
        [hit, fault] = [true, undefined];
        if (act === 'half-open') silent = true;
        else if (act === 'black hole') hole = true;
        else {
          if (typeof act === 'function') act();
          // What was sent before is to arrive.
          setImmediate(reset);
          silent = true;
        }
      };
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        if (latency === 0) return arrive(bytes);
        const due = new Promise<void>((resolve) => setTimeout(resolve, latency));
        last = Promise.all([last, due]).then(() => arrive(bytes));
      });
      // A half-open end hears of no other.
      from.on('close', () => {
        sockets.delete(from);
        if (!silent && !hole) void last.then(() => to.end());
      });
      from.on('error', () => {
        if (!silent && !hole) to.destroy();
      });
      sockets.add(from);
    };
    pass(client, server, 'to server');
    pass(server, client, 'to client');
  };

  /** Where in some bytes the fault is. */
  const placeIn = (bytes: Buffer, direction: Direction): number | undefined => {
    if (fault?.direction !== direction) return undefined;
    const { at, skip = 0 } = fault;
    const place = typeof at === 'string' ? bytes.indexOf(at) : at - passed[direction];
    if (place < 0 || place >= bytes.length) return undefined;
    if (skip === 0) return place;
    fault = { ...fault, skip: skip - 1 };
    return undefined;
  };

  const listener = net.createServer(serve);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.port = String((listener.address() as net.AddressInfo).port);
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    passed,
    get hit() {
      return hit;
    },
    get latency() {
      return latency;
    },
    set latency(milliseconds) {
      latency = milliseconds;
    },
    arm: (next) => {
      [fault, hit, hole] = [next, false, false];
      [passed['to server'], passed['to client']] = [0, 0];
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}
