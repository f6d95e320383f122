/**
 * What may fail at any moment while one thing after another is waited for. `Promise.race` would not do: a promise that
 * does not settle keeps what each race was won by, which would be all the bytes of a load.
 */
export class Failure {
  #told: { readonly reason: unknown } | undefined;
  #giveUp: (reason: unknown) => void = () => {};

  /** The first failure counts. */
  readonly tell = (reason: unknown): void => {
    this.#told ??= { reason };
    this.#giveUp(this.#told.reason);
  };

  /** What a task gives; the failure where that is there before, or comes first. One task at a time. */
  before<R>(task: Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      task.then(resolve, reject);
      this.#giveUp = reject;
      if (this.#told !== undefined) reject(this.#told.reason);
    });
  }
}
