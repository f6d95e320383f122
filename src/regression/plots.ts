import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { Relation } from '../plan/relation.ts';
import type { Size } from '../plot/chart.ts';
import type { Cloud } from '../plot/cloud.ts';
import { coefficientIntervals } from '../plot/coefficients.ts';
import { cloudOf, type Spots } from '../plot/frames/cloud-of.ts';
import { normalQuantiles } from '../plot/normal-quantiles.ts';
import { draw, type Plot } from '../plot/plot.ts';
import { predictedAgainstActual } from '../plot/predicted-against-actual.ts';
import { residualsAgainstFitted } from '../plot/residuals-against-fitted.ts';
import type { AnyCol, Col } from '../schema/columns.ts';
import type { Float } from '../schema/dtype.ts';
import { showCount } from '../show-count.ts';
import { EVALUATE_OPTIONS, type EvaluateOptions, type Evaluation, evaluateScored, type Scored } from './evaluate.ts';
import type { Having } from './model.ts';
import type { ModelData } from './model-data.ts';
import { normalSpots, trendOf } from './plot-data.ts';
import { clipMiddle, shown } from './report.ts';
import { scoredBy } from './score.ts';

/** As `evaluate` treats nulls and new levels, and how large the image is. */
export interface PlotOptions extends EvaluateOptions, Size {}

/** Which coefficients are drawn, and how large. */
export interface CoefficientPlotOptions extends Pick<Size, 'width'> {
  /** Whether the intercept is among them; default false. */
  readonly intercept?: boolean;
}

const PLOT_OPTIONS: OptionNames<PlotOptions> = { ...EVALUATE_OPTIONS, width: true, height: true };
const MOST_TERMS = 40;
const LONGEST_TERM = 32;
type Pairs = Frame<Col<'actual', Float, never> | Col<'predicted', Float, never>>;

/**
 * A model's plots, `model.plot`. Each is drawn from what the engine computes and small whatever the size of the frame: up
 * to 2,000 rows are points, more are counted in cells of a grid, and its subtitle says so. Nulls and new levels are treated
 * as `evaluate` treats them. They need the packages vega and vega-lite (`npm install vega vega-lite`).
 *
 * @example
 * ```ts
 * import { linearRegression, read, t } from 'millrace';
 * const points = read.rows(
 *   [{ x: 1, y: 1 }, { x: 2, y: 3 }, { x: 3, y: 4 }, { x: 4, y: 8 }],
 *   { schema: { x: t.int(), y: t.float() } },
 * );
 * const model = await linearRegression(points, { target: 'y', features: ['x'] });
 * const plot = await model.plot.predictedAgainstActual(points);
 * console.log(plot.svg.startsWith('<svg')); // true
 * console.log(await model.plot.coefficients()); // Plot: Coefficients of y
 * ```
 */
export class ModelPlots<F extends AnyCol = AnyCol, T extends AnyCol = AnyCol> {
  readonly #model: ModelData;

  constructor(model: ModelData) {
    this.#model = model;
  }

  /** What the model predicts for each row against what came to be. It is right on the diagonal, too high above it. */
  async predictedAgainstActual<C extends AnyCol>(
    frame: Frame<C> & Having<C, F | T>,
    options: PlotOptions = {},
  ): Promise<Plot> {
    const { pairs, told } = await this.#pairs(frame, options);
    const spots = pairs.withColumns((r) => ({ x: r.actual, y: r.predicted })).select('x', 'y');
    const cloud = await cloudOf(spots, told.n, options);
    const { target } = this.#model;
    const subtitle = `${drawn(cloud, told)}; r2 ${shown(told.r2, 3)}. On the dashed line a prediction is right, above it too high.`;
    return draw(predictedAgainstActual({ target, subtitle, cloud, ...sizeOf(options) }));
  }

  /** What the model misses, against what it predicts: a good model leaves a band without a shape. */
  async residualsAgainstFitted<C extends AnyCol>(
    frame: Frame<C> & Having<C, F | T>,
    options: PlotOptions = {},
  ): Promise<Plot> {
    const { pairs, told } = await this.#pairs(frame, options);
    const spots = residualsOf(pairs);
    const cloud = await cloudOf(spots, told.n, options);
    const means = await trendOf(spots, told.n, options);
    const { target } = this.#model;
    const trend = means.length === 0 ? '' : '. Red: the mean residual of rows with like predictions';
    return draw(
      residualsAgainstFitted({ target, subtitle: `${drawn(cloud, told)}${trend}.`, cloud, means, ...sizeOf(options) }),
    );
  }

  /** The residuals' quantiles against those of a normal distribution. They are on the line where they are normal. */
  async normalQuantiles<C extends AnyCol>(
    frame: Frame<C> & Having<C, F | T>,
    options: PlotOptions = {},
  ): Promise<Plot> {
    const { pairs, told } = await this.#pairs(frame, options);
    const found = await normalSpots(residualsOf(pairs), told.n, options);
    const { length } = found.points;
    const how = length < told.n ? `${length} quantiles of ${showCount(told.n, 'row')}` : showCount(told.n, 'row');
    const subtitle = `${how}${leftOut(told)}. The line goes through the quartiles.`;
    return draw(normalQuantiles({ subtitle, ...found, ...sizeOf(options) }));
  }

  /** Each term's estimate with its confidence interval. Of more than 40 terms those that are furthest from zero by their t. */
  coefficients(options: CoefficientPlotOptions = {}): Promise<Plot> {
    checkOptions(options, 'model.plot.coefficients', '{ intercept: true }', { intercept: true, width: true });
    const { target, coefficients, confidence } = this.#model;
    const terms = coefficients.filter(({ term }) => options.intercept === true || term !== '(Intercept)');
    if (terms.length === 0) {
      throw new MillraceError({
        code: 'plot.nothing',
        message: `plot.coefficients: the model of ${target} has no term but its intercept. Give intercept: true to draw that.`,
      });
    }
    const surest = new Set(terms.toSorted((a, b) => Math.abs(b.t) - Math.abs(a.t)).slice(0, MOST_TERMS));
    const intervals = terms
      .filter((term) => surest.has(term))
      .map(({ term, ...interval }) => ({ ...interval, term: clipMiddle(term, LONGEST_TERM) }));
    const some = surest.size < terms.length ? ` The ${surest.size} of ${terms.length} terms with the largest t.` : '';
    const share = Number((confidence * 100).toPrecision(6));
    return draw(
      coefficientIntervals({
        title: `Coefficients of ${target}`,
        subtitle: `${share}% intervals; a hollow dot where zero lies inside.${some}`,
        x: `change of ${target} for one more of the term`,
        intervals,
        ...(options.width === undefined ? {} : { width: options.width }),
      }),
    );
  }

  /** The rows with a target and a prediction; refuses what `evaluate` refuses. */
  async #pairs(
    frame: Scored['frame'],
    options: PlotOptions,
  ): Promise<{ readonly pairs: Pairs; readonly told: Evaluation }> {
    checkOptions(options, 'plot', '{ width: 700 }', PLOT_OPTIONS);
    const scored = scoredBy(this.#model, frame, options, 'plot');
    const told = await evaluateScored(scored, options);
    const columns = [
      { name: 'actual', expression: scored.target },
      { name: 'predicted', expression: scored.predicted },
    ];
    const input: Relation = { kind: 'project', verb: 'plot', input: scored.frame.plan, columns };
    const pairs = new Frame<Col<'actual', Float, null> | Col<'predicted', Float, null>>(input, scored.frame.executor);
    return { pairs: pairs.dropNulls('actual', 'predicted'), told };
  }
}

function residualsOf(pairs: Pairs): Spots {
  return pairs.withColumns((r) => ({ x: r.predicted, y: r.actual.sub(r.predicted) })).select('x', 'y');
}

function sizeOf({ width, height }: Size): Size {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

function leftOut({ dropped }: Evaluation): string {
  return dropped === 0 ? '' : `, ${dropped.toLocaleString('en-US')} left out`;
}

function drawn(cloud: Cloud, told: Evaluation): string {
  const cells =
    cloud.points === undefined ? `, counted in ${cloud.side} x ${cloud.side} cells, the darker the more` : '';
  return `${showCount(told.n, 'row')}${leftOut(told)}${cells}`;
}
