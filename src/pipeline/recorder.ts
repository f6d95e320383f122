import type { Log, LogFields, LogLevel } from './context.ts';
import type { HookContext, Hooks, OnEvent, RunEvent } from './events.ts';
import type { Redactor } from './redact.ts';
import type { RunStore, StoredLog } from './store/store.ts';
import { toldError } from './told-error.ts';

/** An event without what all events of a run have. */
export type Told = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'run' | 'pipeline' | 'time'>
    : never
  : never;

/** Milliseconds between the writings of logs, and how long hooks that are under way when a run ends are waited for. */
const LOG_DELAY = 200;
const HOOK_PATIENCE = 10_000;

/** Tells what happens in a run: to hooks, and its log to the store. */
export class Recorder {
  readonly run: string;
  readonly pipeline: string;
  readonly redactor: Redactor;
  /** Whether anybody is told how far steps are. */
  readonly tellsProgress: boolean;
  readonly #store: RunStore | undefined;
  readonly #hooks: readonly Hooks[];
  readonly #onEvent: readonly OnEvent[];
  readonly #context: HookContext;
  readonly #underWay = new Set<Promise<void>>();
  #logs: StoredLog[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly run: string;
    readonly pipeline: string;
    readonly redactor: Redactor;
    readonly store: RunStore | undefined;
    readonly hooks: readonly (Hooks | undefined)[];
    readonly onEvent: readonly (OnEvent | undefined)[];
    /** Whether `onEvent` is told how far steps are. */
    readonly progress: boolean;
  }) {
    this.run = options.run;
    this.pipeline = options.pipeline;
    this.redactor = options.redactor;
    this.#store = options.store;
    this.#context = { store: options.store, log: this.logOf(null) };
    this.#hooks = options.hooks.filter((hooks) => hooks !== undefined);
    this.#onEvent = options.onEvent.filter((hook) => hook !== undefined);
    this.tellsProgress = options.progress || this.#hooks.some((hooks) => 'step.progress' in hooks);
  }

  tell(told: Told): void {
    const event = { ...told, run: this.run, pipeline: this.pipeline, time: new Date() } as RunEvent;
    for (const onEvent of this.#onEvent) this.#call(event, onEvent);
    for (const hooks of this.#hooks) this.#call(event, hooks[event.type] as OnEvent | undefined);
  }

  /** A line of the log: an event, and a row of the store. */
  log(
    level: LogLevel,
    message: string,
    fields: LogFields,
    of: { readonly step: string; readonly attempt: number } | null,
  ): void {
    const line = {
      step: of?.step ?? null,
      attempt: of?.attempt ?? null,
      level,
      message: this.redactor.text(message),
      fields: this.redactor.data(fields) as LogFields,
    };
    this.#logs.push({ run: this.run, time: new Date(), ...line });
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), LOG_DELAY).unref();
    this.tell({ type: 'log', ...line });
  }

  /** The log of a step, or of the run. */
  logOf(of: { readonly step: string; readonly attempt: number } | null): Log {
    const line =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void =>
        this.log(level, message, fields, of);
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }

  /** Writes down what was logged. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const logs = this.#logs;
    this.#logs = [];
    if (this.#store === undefined || logs.length === 0) return this.#writing;
    const store = this.#store;
    this.#writing = this.#writing.then(() => store.addLogs(logs));
    return this.#writing;
  }

  /** Waits for the hooks that are under way, no longer than is reasonable, and writes the last lines. */
  async settle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, HOOK_PATIENCE);
    });
    await Promise.race([Promise.all(this.#underWay), late]);
    clearTimeout(timer);
    await this.flush();
  }

  #call(event: RunEvent, hook: OnEvent | undefined): void {
    if (hook === undefined) return;
    try {
      const called: unknown = hook(event, this.#context);
      if (!(called instanceof Promise)) return;
      const ended = called
        .catch((error: unknown) => this.#failed(event, error))
        .finally(() => this.#underWay.delete(ended));
      this.#underWay.add(ended);
    } catch (error) {
      this.#failed(event, error);
    }
  }

  /** A hook that failed on a line of the log would fail again on the line that says so. */
  #failed(event: RunEvent, error: unknown): void {
    const { message } = toldError(error, this.redactor);
    const text = `a hook on ${event.type} failed: ${message}`;
    if (event.type !== 'log') this.log('error', text, { event: event.type }, null);
    else process.stderr.write(`millrace: ${text}\n`);
  }
}
