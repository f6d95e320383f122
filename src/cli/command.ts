/** What a command writes to, and what it is given of its surroundings. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
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

/** 0: done; 1: the data or a server was at fault; 2: the command was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** A call that cannot be understood. */
export class UsageError extends Error {}
