/** What a command writes to. */
export interface Output {
  out(text: string | Uint8Array): void;
  err(text: string | Uint8Array): void;
  /** Given where both are a terminal, on which a line can be written over: how wide it is. */
  readonly terminal?: { readonly columns: number };
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly help: string;
  /** Runs it with its arguments; gives the exit code. */
  run(args: readonly string[], output: Output): Promise<ExitCode>;
}

/** 0: done; 1: the run failed, by the data, a server or this machine; 2: the command was called wrongly; 3: a step was skipped. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A call that cannot be understood. */
export class UsageError extends Error {}
