// What the demo says: a line a stage while it works, a summary at the end.
import type { Loaded } from '../../src/pipeline/index.ts';
import type { Effect, Trained } from './model.ts';

/** A reason for which films were put aside, and how many. */
export interface Reason {
  readonly column: string | null;
  readonly value: string | null;
  readonly reason: string;
  readonly films: number;
}

/** A film that the model misjudged. */
export interface Miss {
  readonly title: string;
  readonly year: number;
  readonly worldwide_gross: number;
  readonly expected: number;
  readonly residual: number;
}

export interface Summary {
  readonly pages: number;
  readonly refused: number;
  readonly reasons: readonly Reason[];
  readonly years: readonly [number, number];
  readonly read: number;
  readonly quarantined: number;
  readonly filtered: number;
  /** How many films were left to load, and how many of them have a prediction. */
  readonly films: number;
  readonly predicted: number;
  readonly postgres: { readonly name: string; readonly report: Loaded };
  readonly parquet: { readonly path: string; readonly report: Loaded };
  readonly model: ModelSummary;
  readonly plot: string;
}

export interface ModelSummary {
  readonly trained: number;
  readonly score: Trained['score'];
  readonly baseline: Trained['baseline'];
  readonly effects: readonly Effect[];
  readonly misses: readonly Miss[];
}

const started = performance.now();

/** One line of progress: how long it has taken so far, the stage, what it did. */
export function progress(stage: string, text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${stage.padEnd(8)} ${text}`);
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 2767891499 as $2.8B, 30 as $30. */
export function dollars(value: number): string {
  const digits = { maximumSignificantDigits: 2, notation: 'compact' } as const;
  return value.toLocaleString('en-US', { style: 'currency', currency: 'USD', ...digits });
}

/** How far off a residual of logarithms is, as a factor. */
function factor(residual: number): string {
  const times = Math.exp(Math.abs(residual));
  return times.toLocaleString('en-US', { maximumSignificantDigits: times < 10 ? 2 : 3 });
}

export function summary(told: Summary): string {
  return [
    '',
    `BOX OFFICE, ${told.years[0]} to ${told.years[1]}`,
    '',
    'Films',
    ...films(told),
    '',
    'Loaded',
    ...loads(told),
    '',
    'Revenue model',
    ...model(told.model),
    '',
    'Furthest off, of films the model had not seen',
    ...told.model.misses.map(miss),
    '',
    `Plot  ${told.plot}`,
    '',
  ].join('\n');
}

function row(label: string, value: string, note = ''): string {
  return `  ${label.padEnd(14)}${value.padStart(8)}   ${note}`.trimEnd();
}

function films({ read, quarantined, filtered, films, reasons, pages, refused }: Summary): string[] {
  const told = reasons.map(({ films, ...why }) => `${count(films)} x ${reasonText(why)}`);
  return [
    row('rows in', count(read), `${pages} pages of an API that said "not now" ${refused} times`),
    row('quarantined', count(quarantined), told[0] ?? ''),
    ...told.slice(1).map((line) => row('', '', line)),
    row('filtered', count(filtered), 'without revenue: not out yet, or nobody told'),
    row('clean', count(films)),
  ];
}

function reasonText({ column, value, reason }: Omit<Reason, 'films'>): string {
  const said = value === null ? '' : ` '${value}'`;
  return `${column ?? 'the record'}${said} ${reason}`;
}

function loads({ postgres, parquet, films, predicted }: Summary): string[] {
  const { report } = postgres;
  const first = report.alreadyLoaded
    ? row('postgres', '0', `already loaded: these ${count(films)} films are in table films, each of them once`)
    : row('postgres', count(report.rows.written), 'films in table films, a row a title and day');
  return [
    first,
    row('', '', postgres.name),
    row('', '', `predicted_revenue stands beside ${count(predicted)} of them: those of the model's years`),
    row('parquet', count(parquet.report.rows.written), `films, a folder a decade, in ${parquet.path}`),
  ];
}

function model({ trained, score, baseline, effects }: ModelSummary): string[] {
  return [
    `  Learned from ${count(trained)} films, tested on ${count(score.n)} others; of log revenue:`,
    row('r2', score.r2.toFixed(3), `always guessing the mean: ${zero(baseline.r2).toFixed(3)}`),
    row('rmse', score.rmse.toFixed(3), `always guessing the mean: ${baseline.rmse.toFixed(3)}`),
    row('', '', `a film is ${factor(score.rmse)} times off, with the mean ${factor(baseline.rmse)} times`),
    '',
    '  What moves revenue most surely',
    ...effects.map(({ term, estimate, stdError, meaning }) => {
      const interval = `${estimate.toFixed(2).padStart(8)} ± ${stdError.toFixed(2)}`;
      return `  ${term.padEnd(18)}${interval}   ${meaning}`;
    }),
  ];
}

function zero(value: number): number {
  return Math.abs(value) < 0.0005 ? 0 : value;
}

function miss({ title, year, worldwide_gross, expected, residual }: Miss): string {
  const name = `${title} (${year})`;
  const shown = name.length > 40 ? `${name.slice(0, 39)}…` : name;
  return `  ${shown.padEnd(41)} made ${dollars(worldwide_gross).padStart(6)}, expected ${dollars(expected).padStart(6)}: ${factor(residual)} times too ${residual < 0 ? 'high' : 'low'}`;
}
