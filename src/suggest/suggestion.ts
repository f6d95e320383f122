import type { AnyColumnType } from '../schema/column-type.ts';
import type { Example } from './profile.ts';

/** What a suggested column is unsure of. */
export interface Doubt {
  /**
   * `day-or-month`, `identifier`, `mixed`, `separator`, `enum`, `boolean`, `zone`, `century`, `empty`, `padded`, `null`,
   * `number`, `amount`, `time-of-day`, `unreadable`; of a source `delimiter`, `encoding`, `header`, `preamble`, `records`, `unreadable`.
   */
  readonly about: string;
  /** What was seen, in a sentence. */
  readonly reason: string;
  /** What else the column could be declared as. */
  readonly choices: readonly string[];
  readonly examples: readonly Example[];
}

/** A column of a suggested schema. */
export interface SuggestedColumn {
  readonly name: string;
  /** Its declaration: `t.decimal(18, 2).nullable()`. */
  readonly declaration: string;
  readonly nullable: boolean;
  readonly nulls: number;
  /** How nulls are written, and how often; nothing for those that are empty or absent. */
  readonly nullMarkers: Readonly<Record<string, number>>;
  readonly doubts: readonly Doubt[];
}

/** A column while it is decided on. */
export interface Draft {
  readonly name: string;
  readonly type: AnyColumnType;
  readonly nulls: number;
  /** The texts that are to be read as null. */
  readonly markers: Readonly<Record<string, number>>;
  readonly doubts: readonly Doubt[];
  /** Of texts that are times of day, their formats. */
  readonly clock?: readonly string[];
}

/** What was found of a source: a schema as TypeScript, the options to read it with, and what is unsure. */
export interface SchemaSuggestion {
  /** TypeScript that declares the schema and reads the source with it. */
  readonly source: string;
  readonly format: 'csv' | 'json' | 'ndjson' | 'parquet' | 'excel' | 'arrow' | 'sql';
  /** Options of the reader beside the schema: of a CSV its dialect. */
  readonly options: Readonly<Record<string, unknown>>;
  /** How many rows were looked at. */
  readonly rows: number;
  /** Whether those were all. */
  readonly complete: boolean;
  readonly columns: readonly SuggestedColumn[];
  /** What is unsure of the source as a whole: its dialect, rows that are no records. */
  readonly doubts: readonly Doubt[];
}
