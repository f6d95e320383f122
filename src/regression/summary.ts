import { showCount } from '../show-count.ts';
import { termNames } from './features/feature.ts';
import type { ModelData } from './model-data.ts';
import { type Part, type Report, shown, shownP } from './report.ts';

/** What a statistician wants to know of a fit. */
export function summaryOf(model: ModelData): Report {
  const names = model.features.map((feature) => feature.name).join(', ');
  const title = [
    `Linear regression of ${model.target} on ${names === '' ? 'a constant' : names}`,
    model.intercept ? '' : ', without intercept',
    model.weights === null ? '' : `, weighted by ${model.weights}`,
  ].join('');
  return {
    title,
    parts: [
      { kind: 'facts', facts: factsOf(model) },
      ...residualsOf(model),
      coefficientsOf(model),
      ...notesOf(model).map((text): Part => ({ kind: 'note', text })),
    ],
  };
}

type Fact = readonly [label: string, value: string];

function factsOf(model: ModelData): Fact[] {
  const { f } = model;
  const known = (label: string, value: number): Fact[] => (Number.isNaN(value) ? [] : [[label, shown(value)]]);
  return [
    ['Rows used', count(model.n)],
    ['Rows left out', count(model.dropped)],
    ['Degrees of freedom', count(model.degreesOfFreedom)],
    ['Residual standard error', shown(model.sigma)],
    ...known('Log-likelihood', model.logLikelihood),
    ...known('Condition number', model.conditionNumber),
    ['R2', shown(model.r2)],
    ['Adjusted R2', shown(model.adjustedR2)],
    ...(f === null
      ? []
      : ([
          [`F of ${count(f.numerator)} and ${count(f.denominator)}`, shown(f.value)],
          ['p of F', shownP(f.p)],
        ] as const)),
    ...known('AIC', model.aic),
    ...known('BIC', model.bic),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function residualsOf({ residuals, weights }: ModelData): Part[] {
  if (residuals === null) return [];
  const { min, q1, median, q3, max } = residuals;
  return [
    {
      kind: 'table',
      header: ['', 'min', 'q1', 'median', 'q3', 'max'],
      rows: [[`residuals${weights === null ? '' : ', weighted'}`, ...[min, q1, median, q3, max].map((x) => shown(x))]],
    },
  ];
}

function coefficientsOf(model: ModelData): Part {
  const share = `${Number((model.confidence * 100).toPrecision(6))}%`;
  const robust = model.errors === 'HC1' ? 'HC1 error' : 'std. error';
  return {
    kind: 'table',
    header: ['term', 'estimate', robust, 't', 'p', `${share} low`, `${share} high`],
    rows: model.coefficients.map((c) => [
      c.term,
      shown(c.estimate),
      shown(c.stdError),
      shown(c.t, 4),
      shownP(c.p),
      shown(c.low),
      shown(c.high),
    ]),
  };
}

/** Levels that have no term, terms that have no estimate, rows that are not in it. */
function notesOf(model: ModelData): string[] {
  const bases = model.features.flatMap((feature) =>
    feature.kind === 'levels' && feature.reference && feature.levels.length > 0
      ? [`${feature.name} = ${feature.levels[0]}`]
      : [],
  );
  const aliased = model.aliased.map(({ term, combinationOf }) =>
    combinationOf.length === 0 ? `${term} (zero in every row)` : `${term} (from ${combinationOf.join(', ')})`,
  );
  const nulls = Object.entries(model.droppedBecause).map(([name, rows]) => `${name} in ${count(rows)}`);
  const terms = model.features.flatMap(termNames).length;
  return [
    ...(bases.length === 0 ? [] : [`Compared with ${bases.join(', ')}.`]),
    ...(aliased.length === 0
      ? []
      : [
          `No estimate for ${aliased.length} of ${showCount(terms, 'term')}, which others determine: ${aliased.join('; ')}.`,
        ]),
    ...(nulls.length === 0 ? [] : [`Left out because of a null: ${nulls.join(', ')}.`]),
    ...(model.errors === 'HC1' ? ['Standard errors, tests and intervals are robust to unequal variances (HC1).'] : []),
  ];
}
