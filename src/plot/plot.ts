import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MillraceError } from '../errors.ts';
import { showAs } from '../notebook/preview.ts';
import { PAGE_STYLE, renderSvg, type VegaLiteSpec } from './render.ts';

/** A drawn plot: in a notebook it shows itself, in a script `save` writes it to a file. */
export class Plot {
  /** The drawing, as SVG text. */
  readonly svg: string;
  /** What was drawn, its data inside, as Vega-Lite has it. Editors and notebooks can draw it anew. */
  readonly spec: VegaLiteSpec;

  constructor(spec: VegaLiteSpec, svg: string) {
    this.spec = spec;
    this.svg = svg;
    Object.freeze(this);
  }

  /** The drawing, as SVG text. */
  toString(): string {
    return this.svg;
  }

  /** Writes the drawing to a file, `.svg`, or what was drawn, `.json`; folders on the way are made. Any other name is `plot.format`. */
  async save(path: string): Promise<void> {
    const form = /\.(svg|json)$/i.exec(path)?.[1]?.toLowerCase();
    if (form === undefined) {
      throw new MillraceError({
        code: 'plot.format',
        message: `A plot is saved as .svg or, as what Vega-Lite draws, as .json, not as ${JSON.stringify(path)}.`,
        details: { path },
      });
    }
    await mkdir(dirname(path), { recursive: true });
    // Of a height that a page is to find, some programs make a picture without anything in it.
    await writeFile(path, form === 'svg' ? this.svg.replace(PAGE_STYLE, '') : `${JSON.stringify(this.spec)}\n`);
  }
}

showAs(
  Plot,
  (plot) => ({
    'image/svg+xml': plot.svg,
    'application/vnd.vegalite.v6+json': plot.spec,
    'text/plain': `Plot: ${titleOf(plot)}`,
  }),
  (plot) => `Plot: ${titleOf(plot)} (${plot.svg.length} characters of SVG)`,
);

function titleOf({ spec }: Plot): string {
  return String((spec.title as { readonly text?: unknown } | undefined)?.text ?? '');
}

/** Draws a specification. */
export async function draw(spec: VegaLiteSpec): Promise<Plot> {
  return new Plot(spec, await renderSvg(spec));
}
