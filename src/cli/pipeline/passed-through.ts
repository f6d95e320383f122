/** What other code in this process prints, handed to someone before it is seen. */
export interface PassedThrough {
  /** Prints something past that. */
  own(print: () => void): void;
  end(): void;
}

/** Hands on what is printed on standard output and standard error, until its end. */
export function passedThrough(printed: (stream: 'out' | 'err', text: string | Uint8Array) => void): PassedThrough {
  let isOwn = false;
  const own = (print: () => void): void => {
    const before = isOwn;
    isOwn = true;
    try {
      print();
    } finally {
      isOwn = before;
    }
  };
  const streams = [
    { name: 'out', stream: process.stdout },
    { name: 'err', stream: process.stderr },
  ] as const;
  const ends = streams.map(({ name, stream }) => {
    const write = stream.write;
    const replaced = (text: string | Uint8Array, ...others: unknown[]): boolean => {
      if (isOwn) return Reflect.apply(write, stream, [text, ...others]) as boolean;
      own(() => printed(name, text));
      const done = others.at(-1);
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    };
    stream.write = replaced as typeof write;
    return (): void => {
      stream.write = write;
    };
  });
  return {
    own,
    end: () => {
      for (const end of ends) end();
    },
  };
}
