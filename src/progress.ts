import { AsyncLocalStorage } from 'node:async_hooks';

/** A part of the work under way, such as a statement, which tells how far it is; what it does not tell cannot be told. */
export interface Part {
  tell(done: { readonly share?: number; readonly rows?: number }): void;
  end(): void;
}

const FOLLOWERS = new AsyncLocalStorage<(() => Part) | undefined>();

/** Runs work whose parts are begun with `begin`, whatever it calls. */
export function followingParts<R>(begin: () => Part, work: () => R): R {
  return FOLLOWERS.run(begin, work);
}

/** Runs what is told as a piece of another part. */
export function asPiece<R>(work: () => R): R {
  return FOLLOWERS.getStore() === undefined ? work() : FOLLOWERS.run(undefined, work);
}

/** A new part; undefined where nobody follows. */
export function beginPart(): Part | undefined {
  return FOLLOWERS.getStore()?.();
}

/** What passes through, its rows counted; `of` is how many there will be. */
export async function* countedRows<B>(
  batches: AsyncIterable<B> | Iterable<B>,
  rowsOf: (batch: B) => number,
  of?: number,
): AsyncGenerator<B> {
  const part = beginPart();
  let rows = 0;
  try {
    for await (const batch of batches) {
      yield batch;
      rows += rowsOf(batch);
      part?.tell({ rows, ...(of === undefined ? {} : { share: of === 0 ? 1 : rows / of }) });
    }
  } finally {
    part?.end();
  }
}
