import { MillraceError } from '../errors.ts';

/** A specification of Vega-Lite, its data inside: plain data. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

/** What is used of the two packages; their own types would be needed by all who import this one. */
interface Vega {
  readonly View: new (
    runtime: unknown,
    options: object,
  ) => {
    toSVG(): Promise<string>;
    finalize(): unknown;
  };
  parse(spec: unknown): unknown;
}
interface VegaLite {
  compile(spec: unknown): { readonly spec: unknown };
}

/** How an image fits the page that it stands in. */
export const PAGE_STYLE = ' style="max-width: 100%; height: auto"';

/**
 * The specification drawn as SVG text, without a browser. The image gets narrower with its page, never wider than it is.
 * `plot.peer` where Vega is not installed: `npm install vega vega-lite`.
 */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  const { vega, lite } = await peers();
  // A copy, since Vega marks the rows that it draws.
  const view = new vega.View(vega.parse(lite.compile(structuredClone(spec)).spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return rounded(svg).replace(/^<svg/, `<svg${PAGE_STYLE}`);
  } finally {
    view.finalize();
  }
}

/** Places of marks to a hundredth of a pixel, which nobody sees; texts stay as they are. */
function rounded(svg: string): string {
  return svg.replaceAll(/ (?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"/g, (attribute) =>
    attribute.replaceAll(/-?\d+\.\d{3,}(?!\d*e)/g, (number) => String(Number(Number(number).toFixed(2)))),
  );
}

async function peers(): Promise<{ readonly vega: Vega; readonly lite: VegaLite }> {
  try {
    const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
    return { vega: vega as unknown as Vega, lite: lite as unknown as VegaLite };
  } catch (cause) {
    throw new MillraceError({
      code: 'plot.peer',
      message:
        'Plots need the packages vega and vega-lite, which are not both installed. Install them: npm install vega vega-lite',
      cause,
    });
  }
}
