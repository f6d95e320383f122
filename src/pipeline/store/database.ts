/** The seam of the run store: what keeps its tables. Statements are SQL that both databases know, with `?` for values. */
export interface Database {
  /** How messages call it. */
  readonly name: string;
  /** Where files beside it are written; undefined where there is no such place. */
  readonly folder: string | undefined;
  /** Runs statements, all or none of them; gives the rows of each. */
  run(statements: readonly Statement[]): Promise<readonly Rows[]>;
  /** Runs what makes the tables, one process at a time. */
  migrate(statements: (version: number | undefined) => readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

export type Value = string | number | null;

export type Rows = readonly (readonly unknown[])[];
