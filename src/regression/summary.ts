import type { ModelData } from './model.ts';

/** Below this a p-value's digits say nothing more. */
const SMALLEST_P = 2e-16;

/** A model as a table of its coefficients, with what the fit is worth below. */
export function summaryOf(model: ModelData): string {
  const share = `${Number((model.confidence * 100).toPrecision(6))}%`;
  const rows = [
    ['', 'estimate', 'std. error', 't', 'p', `${share} low`, `${share} high`],
    ...model.coefficients.map((c) => [
      c.term,
      shown(c.estimate),
      shown(c.stdError),
      shown(c.t, 4),
      c.p < SMALLEST_P ? `<${SMALLEST_P}` : shown(c.p, 3),
      shown(c.low),
      shown(c.high),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  const table = rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join('  '),
  );
  const names = model.features.map((feature) => feature.name).join(', ');
  const references = model.features.flatMap((feature) =>
    feature.kind === 'levels' && feature.reference ? [`${feature.name} = ${feature.levels[0]}`] : [],
  );
  return [
    `Linear regression of ${model.target} on ${names === '' ? 'a constant' : names}${model.intercept ? '' : ', without intercept'}`,
    '',
    ...table,
    '',
    ...(references.length === 0 ? [] : [`Reference: ${references.join(', ')}`]),
    `r2 ${shown(model.r2, 4)}, adjusted ${shown(model.adjustedR2, 4)}; residual standard deviation ${shown(model.sigma)}`,
    `${plural(model.n, 'row')}, ${plural(model.degreesOfFreedom, 'degree')} of freedom` +
      (model.dropped === 0 ? '' : `; ${plural(model.dropped, 'row')} left out because of a null`),
  ].join('\n');
}

function shown(value: number, digits = 6): string {
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-4 || size >= 1e9) ? rounded.toExponential() : String(rounded);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
