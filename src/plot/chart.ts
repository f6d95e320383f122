import type { VegaLiteSpec } from './render.ts';

/** What the plots have in common: their frame, their type and their colours. */

export const BLUE = '#2a6f9e';
export const RED = '#c2410c';

/** Colours that tell lines apart, also for those who see no red or no green. */
export const PALETTE: readonly string[] = [BLUE, RED, '#3a7d44', '#8250a8', '#b7791f', '#0f8b8d', '#b83280', '#57606a'];

export const INK = '#1f2328';
const QUIET = '#57606a';
const GRID = '#e4e7ea';
const FONT = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';

/** The shades of cells from one row to many; one row is still seen on white. */
export const SHADES: readonly [string, string] = ['#b3cfe3', '#08306b'];

/** How large a plot is drawn. */
export interface Size {
  /** Of the whole image, in pixels; default 520. */
  readonly width?: number;
  /** Default 420. */
  readonly height?: number;
}

export interface Chart extends Size {
  readonly title: string;
  readonly subtitle: string;
  /** The titles of the axes, and what lies between their ends. */
  readonly x: {
    readonly title: string;
    readonly domain: Domain;
    /** Whether the values are milliseconds since 1970. */
    readonly isTime?: boolean;
    /** The places of times that are told; without them days, months or years. */
    readonly ticks?: readonly number[];
  };
  readonly y: { readonly title: string; readonly domain: Domain } | { readonly rows: readonly string[] };
  /** What the colours of the palette stand for, in its order. */
  readonly legend?: readonly string[];
  readonly layer: readonly object[];
}

export type Domain = readonly [number, number];

const TEXT = 12;
const LINE = 16;
/** What a character takes on the average, and the room for the labels of numbers. */
const CHARACTER = 6.4;
const NUMBERS = 46;
const RIGHT = 22;
const BOTTOM = 54;

/**
 * A specification whose parts stand where this file puts them: no text is measured, which without a browser is guessing,
 * so that the image has the size that it was asked to have.
 */
export function chart({ title, subtitle, x, y, legend = [], layer, width = 520, height = 420 }: Chart): VegaLiteSpec {
  const names = 'rows' in y ? y.rows : undefined;
  const labels = 'rows' in y ? Math.max(...y.rows.map(textWidth), 20) : NUMBERS + (digitsOf(y.domain) - 3) * CHARACTER;
  const left = names === undefined ? labels + 30 : labels + 20;
  const lines = wrap(subtitle, width - 2 * 16);
  const plotWidth = width - left - RIGHT;
  const keys = legendKeys(legend, plotWidth);
  const top = 50 + LINE * (lines.length + keys.lines) + (keys.lines === 0 ? 0 : 8);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: '#ffffff',
    autosize: { type: 'none' },
    padding: { left, right: RIGHT, top, bottom: BOTTOM },
    width: plotWidth,
    height: height - top - BOTTOM,
    title: {
      text: title,
      subtitle: lines,
      anchor: 'start',
      frame: 'group',
      dx: 14 - left,
      offset: 14 + LINE * keys.lines,
    },
    encoding: {
      x:
        x.isTime === true
          ? timeAxis(x.title, x.domain, x.ticks ?? [])
          : { type: 'quantitative', ...axis(x.title, x.domain, 6) },
      y: 'rows' in y ? rowsAxis(y.rows) : { type: 'quantitative', ...axis(y.title, y.domain, 6) },
    },
    layer: [...layer, ...keys.layer],
    config: {
      font: FONT,
      title: {
        color: INK,
        fontSize: 16,
        fontWeight: 600,
        subtitleColor: QUIET,
        subtitleFontSize: TEXT,
        subtitleLineHeight: LINE,
        subtitlePadding: 6,
      },
      axis: {
        labelColor: QUIET,
        labelFontSize: TEXT,
        labelFlush: false,
        titleColor: INK,
        titleFontSize: TEXT,
        titleFontWeight: 'normal',
        titlePadding: 10,
        gridColor: GRID,
        domain: false,
        ticks: false,
        labelPadding: 6,
      },
      axisY: { minExtent: labels, maxExtent: labels },
      // What a mark stands for would be read out mark by mark: the subtitle tells it.
      mark: { aria: false },
      view: { stroke: null },
    },
  };
}

function axis(title: string, domain: Domain, tickCount: number): object {
  return {
    title: null,
    scale: { domain, nice: false, zero: false },
    axis: { title, tickCount, labelExpr: numberLabel(domain) },
  };
}

function timeAxis(title: string, domain: Domain, ticks: readonly number[]): object {
  const years = new Set(ticks.map((tick) => new Date(tick).getUTCFullYear())).size;
  const told =
    ticks.length === 0 ? { tickCount: 5 } : { values: [...ticks], format: years > 1 ? '%b %d, %Y' : '%b %d' };
  return {
    type: 'temporal',
    title: null,
    scale: { type: 'utc', domain: [...domain], nice: false },
    // The last label stands within the image, however wide its letters are drawn.
    axis: { title, ...told, labelOverlap: true, labelFlush: true },
  };
}

/** The most characters of a name in a legend. */
const NAME = 24;

/** Dots with names above the plot, in as many lines as they need. */
function legendKeys(
  names: readonly string[],
  width: number,
): { readonly lines: number; readonly layer: readonly object[] } {
  const shown = names.map((name) => clipped(name, NAME));
  const spot = { x: 0, line: 0 };
  const places = shown.map((name) => {
    const room = textWidth(name) + 34;
    if (spot.x > 0 && spot.x + room > width) Object.assign(spot, { x: 0, line: spot.line + 1 });
    const place = { ...spot };
    spot.x += room;
    return place;
  });
  const lines = names.length === 0 ? 0 : spot.line + 1;
  const layer = shown.flatMap((text, i) => {
    const place = places[i] ?? spot;
    const y = { value: -6 - LINE * (lines - 1 - place.line) };
    const data = { values: [{}] };
    return [
      {
        data,
        mark: { type: 'circle', size: 70, color: PALETTE[i], opacity: 1 },
        encoding: { x: { value: place.x + 5 }, y },
      },
      {
        data,
        mark: { type: 'text', text, align: 'left', baseline: 'middle', color: INK, fontSize: TEXT },
        encoding: { x: { value: place.x + 14 }, y },
      },
    ];
  });
  return { lines, layer };
}

function rowsAxis(names: readonly string[]): object {
  return {
    type: 'ordinal',
    sort: null,
    axis: { title: null, grid: false, labelLimit: 0, labelExpr: `${JSON.stringify(names)}[datum.value]` },
    scale: { domain: names.map((_, i) => i) },
  };
}

/** Thousands as k, millions as M, billions as B; with so many digits that neighbours differ. */
function numberLabel(domain: Domain): string {
  const size = Math.max(...domain.map(Math.abs));
  const digits = digitsOf(domain);
  if (size >= 1e15 || (size < 1e-3 && size > 0)) {
    return `datum.value === 0 ? '0' : format(datum.value, '.${digits - 1}~e')`;
  }
  if (size >= 10_000) return `replace(format(datum.value, '.${digits}~s'), 'G', 'B')`;
  return `format(datum.value, ',.${Math.max(4, digits)}~r')`;
}

/** How many digits tell the labels of an axis apart: the more, the further from zero and the closer they are. */
function digitsOf([low, high]: Domain): number {
  const share = Math.max(Math.abs(low), Math.abs(high)) / (high - low);
  return Math.min(12, Math.max(3, Math.ceil(Math.log10(share)) + 2));
}

/** No more of a name than so many characters. */
export function clipped(name: string, characters: number): string {
  return name.length <= characters ? name : `${name.slice(0, characters - 1)}…`;
}

/** The width of text, as far as it can be known without a font. */
function textWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + (character > '\u2e80' ? 2 : 1) * CHARACTER, 0);
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** From the least to the most, with a little room around. */
export function domainOf(values: readonly number[]): Domain {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const room = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** Six digits are more than a plot shows. */
export function brief(value: number): number {
  return Number(value.toPrecision(6));
}

/** A straight line between two points. */
export function line(points: readonly { readonly x: number; readonly y: number }[], style: object): object {
  return {
    data: { values: points },
    mark: { type: 'line', interpolate: 'linear', ...style },
    encoding: { x: { field: 'x' }, y: { field: 'y' } },
  };
}
