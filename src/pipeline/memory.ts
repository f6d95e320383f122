/** Milliseconds between two looks. */
const INTERVAL = 250;

/** How much memory the process takes while something is done, looked at now and then. */
export class Memory implements Disposable {
  readonly #peaks = new Set<{ bytes: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#look(), INTERVAL).unref();
  }

  /** The peak from now on, until its end. */
  watch(): { peak(): number; end(): void } {
    const own = { bytes: process.memoryUsage.rss() };
    this.#peaks.add(own);
    return {
      peak: () => Math.max(own.bytes, process.memoryUsage.rss()),
      end: () => void this.#peaks.delete(own),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#peaks.size === 0) return;
    const now = process.memoryUsage.rss();
    for (const own of this.#peaks) own.bytes = Math.max(own.bytes, now);
  }
}
