import { showAs } from '../notebook/preview.ts';
import { showCount } from '../show-count.ts';
import type { Accuracy, Evaluation } from './evaluate.ts';
import { type Report, reportBundle, reportText, shown } from './report.ts';

/** One model of a cross-validation. */
export interface FoldEvaluation extends Evaluation {
  /** Rows that it was fitted on. */
  readonly trained: number;
  /** Of a rolling origin: the first period that it was tested on. */
  readonly from?: unknown;
  /** Of a rolling origin: the last period that it was tested on. */
  readonly to?: unknown;
}

/** One number a measure: of the models, and of always guessing the training rows' mean. */
export interface Figures extends Accuracy {
  readonly baseline: Accuracy;
}

/**
 * How well several models predict rows that they were not fitted on, made by `crossValidate`.
 *
 * @example
 * ```ts
 * const accuracy = { r2: 0.5, rmse: 2, mae: 1, mape: 0.1 };
 * const fold = { ...accuracy, n: 10, dropped: 0, zeroTargets: 0, trained: 40, baseline: accuracy };
 * const both = new CrossValidation([fold, { ...fold, rmse: 4 }]);
 * console.log(both.mean.rmse, both.sd.rmse.toFixed(3)); // 3 1.414
 * ```
 */
export class CrossValidation {
  readonly folds: readonly FoldEvaluation[];
  /** The mean of each figure over the folds, whatever their size; NaN where it is NaN in one. */
  readonly mean: Figures;
  /** The standard deviation of each figure between the folds (`n - 1` below). */
  readonly sd: Figures;

  constructor(folds: readonly FoldEvaluation[]) {
    this.folds = folds;
    this.mean = figuresOf(folds, mean);
    this.sd = figuresOf(folds, standardDeviation);
    Object.freeze(this);
  }

  /** A line a fold, the means and the standard deviations below. */
  toString(): string {
    return reportText(reportOf(this));
  }
}

showAs(CrossValidation, (shown) => reportBundle(reportOf(shown)));

type Statistic = (values: readonly number[]) => number;

function figuresOf(folds: readonly Figures[], statistic: Statistic): Figures {
  return {
    ...accuracyOf(folds, statistic),
    baseline: accuracyOf(
      folds.map((fold) => fold.baseline),
      statistic,
    ),
  };
}

function accuracyOf(all: readonly Accuracy[], statistic: Statistic): Accuracy {
  const of = (figure: keyof Accuracy): number => statistic(all.map((accuracy) => accuracy[figure]));
  return { r2: of('r2'), rmse: of('rmse'), mae: of('mae'), mape: of('mape') };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number {
  const about = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - about) ** 2, 0) / (values.length - 1));
}

function reportOf({ folds, mean, sd }: CrossValidation): Report {
  const figures = (of: Figures): string[] => [
    shown(of.r2, 4),
    shown(of.rmse),
    shown(of.mae),
    shown(of.mape, 3),
    shown(of.baseline.rmse),
  ];
  const rows = folds.map((fold, i) => {
    const span = fold.from === undefined ? '' : `  ${period(fold.from)} to ${period(fold.to)}`;
    return [`${i + 1}${span}`, String(fold.trained), String(fold.n), ...figures(fold)];
  });
  const dropped = folds.reduce((sum, fold) => sum + fold.dropped, 0);
  return {
    title: `Cross-validation, ${showCount(folds.length, 'fold')}`,
    parts: [
      {
        kind: 'table',
        header: ['fold', 'trained', 'tested', 'r2', 'rmse', 'mae', 'mape', 'rmse of mean'],
        rows: [...rows, ['mean', '', '', ...figures(mean)], ['sd', '', '', ...figures(sd)]],
      },
      ...(dropped === 0 ? [] : [{ kind: 'note' as const, text: `${showCount(dropped, 'row')} to test on left out.` }]),
    ],
  };
}

/** A day without the time that it does not have. */
function period(value: unknown): string {
  return value instanceof Date ? value.toISOString().replace(/T00:00:00\.000Z$/, '') : String(value);
}
