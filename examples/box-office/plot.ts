import { dollars, type Miss } from './report.ts';

/** A film in the plot. */
export interface Point extends Miss {
  readonly tier: string;
}

const SIZE = { width: 880, height: 720, left: 84, right: 24, top: 76, bottom: 64 };
const COLORS: Readonly<Record<string, string>> = {
  major: '#2f6fb0',
  'mini-major': '#e08a2c',
  specialty: '#4c9a5b',
  independent: '#9a6fb0',
};
/** Powers of ten, in dollars. */
const DECADES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Predicted against actual revenue, both on a logarithmic axis, as an SVG; on the diagonal the model is right. */
export function plotPredictions(points: readonly Point[], labelled: readonly Miss[], subtitle: string): string {
  const values = points.flatMap((point) => [point.worldwide_gross, point.expected]).map(Math.log10);
  const low = Math.floor(Math.min(...values));
  const high = Math.ceil(Math.max(...values));
  const [inner, tall] = [SIZE.width - SIZE.left - SIZE.right, SIZE.height - SIZE.top - SIZE.bottom];
  const share = (value: number): number => (Math.log10(value) - low) / (high - low);
  const x = (value: number): number => round(SIZE.left + share(value) * inner);
  const y = (value: number): number => round(SIZE.top + (1 - share(value)) * tall);
  const [right, bottom] = [SIZE.width - SIZE.right, SIZE.height - SIZE.bottom];

  const grid = DECADES.filter((power) => power >= low && power <= high).flatMap((power) => {
    const [value, label] = [10 ** power, dollars(10 ** power)];
    return [
      `<line x1="${x(value)}" y1="${SIZE.top}" x2="${x(value)}" y2="${bottom}" class="grid"/>`,
      `<line x1="${SIZE.left}" y1="${y(value)}" x2="${right}" y2="${y(value)}" class="grid"/>`,
      `<text x="${x(value)}" y="${bottom + 20}" text-anchor="middle">${label}</text>`,
      `<text x="${SIZE.left - 10}" y="${y(value) + 4}" text-anchor="end">${label}</text>`,
    ];
  });
  const dots = points.map(({ title, year, tier, worldwide_gross: actual, expected }) => {
    const told = `${title} (${year}): made ${dollars(actual)}, expected ${dollars(expected)}`;
    const color = COLORS[tier] ?? '#888';
    return `<circle cx="${x(actual)}" cy="${y(expected)}" r="4" fill="${color}"><title>${xml(told)}</title></circle>`;
  });
  const labels = labelled.map(({ title, worldwide_gross: actual, expected }) => {
    const atRight = share(actual) > 0.85;
    const place = `x="${x(actual) + (atRight ? -8 : 8)}" y="${y(expected) + 4}" text-anchor="${atRight ? 'end' : 'start'}"`;
    return `<text ${place} class="film">${xml(title)}</text>`;
  });
  const legend = Object.entries(COLORS).flatMap(([tier, color], i) => [
    `<circle cx="${SIZE.left + 6 + i * 110}" cy="62" r="5" fill="${color}"/>`,
    `<text x="${SIZE.left + 16 + i * 110}" y="66">${tier}</text>`,
  ]);
  const [least, most] = [10 ** low, 10 ** high];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="Predicted against actual revenue">`,
    '<style>text { font: 12px system-ui, sans-serif; fill: #444 } .title { font-size: 18px; font-weight: 600; fill: #111 } .film { font-size: 11px; fill: #111 } .grid { stroke: #e4e4e4 } circle { fill-opacity: .65 }</style>',
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#fff"/>`,
    `<text x="${SIZE.left}" y="28" class="title">Predicted against actual revenue</text>`,
    `<text x="${SIZE.left}" y="47">${xml(subtitle)}</text>`,
    ...legend,
    ...grid,
    `<line x1="${x(least)}" y1="${y(least)}" x2="${x(most)}" y2="${y(most)}" stroke="#111" stroke-dasharray="5 4"/>`,
    ...dots,
    ...labels,
    `<text x="${SIZE.left + inner / 2}" y="${SIZE.height - 18}" text-anchor="middle">made, worldwide</text>`,
    `<text transform="translate(20 ${SIZE.top + tall / 2}) rotate(-90)" text-anchor="middle">expected by the model</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
