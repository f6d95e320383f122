import type { Part } from '../progress.ts';

type Done = Parameters<Part['tell']>[0];

/** Milliseconds between two tellings. */
const PAUSE = 100;

/**
 * Tells how far work is by those of its parts that are under way: their rows together, and the share of one that is alone. What
 * cannot be told of all of them is not told.
 */
export function partsTold(tell: (done: Done) => void, now: () => number = () => performance.now()): () => Part {
  const parts = new Map<object, Done>();
  let last = Number.NEGATIVE_INFINITY;
  let isTold = false;
  const tellAll = (): void => {
    const done = together([...parts.values()]);
    isTold = Object.keys(done).length > 0;
    last = now();
    tell(done);
  };
  return () => {
    const own = {};
    return {
      tell: (done) => {
        parts.set(own, done);
        if (now() - last >= PAUSE) tellAll();
      },
      end: () => {
        parts.delete(own);
        if (parts.size === 0 && isTold) tellAll();
      },
    };
  };
}

function together(parts: readonly Done[]): Done {
  const [only, ...others] = parts;
  if (only === undefined || others.length === 0) return only ?? {};
  const rows = parts.flatMap((part) => part.rows ?? []);
  return rows.length < parts.length ? {} : { rows: rows.reduce((one, other) => one + other, 0) };
}
