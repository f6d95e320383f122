import { createHash } from 'node:crypto';
import { jsonText } from '../schema/show-value.ts';
import type { Node } from './graph.ts';
import { openParams } from './kept-params.ts';
import type { TakesParams } from './params.ts';
import type { Pipeline } from './pipeline.ts';
import type { Interval } from './schedule/schedule.ts';

/** A digest of each step: its function's text, the version, params but secrets, the interval, and the digests of what it takes. */
export function fingerprints(
  pipeline: Pipeline<unknown>,
  { params, interval }: { readonly params: object; readonly interval: Interval },
): ReadonlyMap<Node, string> {
  const { version } = pipeline.options;
  const open = (given: object, child?: TakesParams): string => paramsText(openParams(pipeline, child, given));
  const common = digest(pipeline.name, version ?? '', open(params), intervalText(interval));
  const known = new Map<Node, string>();
  for (const node of pipeline.graph.nodes) {
    const { name, inputs } = node;
    const code = version === undefined ? node.code : '';
    const own = node.params === undefined ? '' : open(node.params(params), node.child);
    known.set(
      node,
      digest(common, name, code, own, ...inputs.map((input) => `${input.name} ${known.get(input.node)}`)),
    );
  }
  return known;
}

/** The code of a pipeline, as short text: its version, or else its steps with the text of their functions. */
export function codeVersion(nodes: readonly Node[], version: string | undefined): string {
  return version ?? digest(...nodes.flatMap((node) => [node.name, node.code])).slice(0, 12);
}

/** What names a load of a step in its target's ledger: the same in every run of the interval with these params that tell it. */
export function loadIdOf(
  { pipeline, params, interval }: { readonly pipeline: string; readonly params: object; readonly interval: Interval },
  step: string,
  cleared: number,
): string {
  const which = Object.keys(params).length === 0 ? '' : `/${digest(paramsText(params)).slice(0, 12)}`;
  return `${pipeline}/${step}/${intervalText(interval)}${which}${cleared === 0 ? '' : `/again ${cleared}`}`;
}

export function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // Their lengths tell `a`, `bc` from `ab`, `c`.
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex').slice(0, 32);
}

function intervalText({ from, to }: Interval): string {
  return `${from.toISOString()}..${to.toISOString()}`;
}

function paramsText(params: object): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return jsonText(sorted);
}
