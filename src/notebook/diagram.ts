import { describeNode } from '../plan/describe.ts';
import type { Relation } from '../plan/relation.ts';
import { inputsOf } from '../plan/walk.ts';
import { escapeHtml, showAs } from './preview.ts';

/** How many steps are drawn, and how much of each. */
const STEPS = 100;
const WIDTH = 100;

interface Step {
  readonly text: string;
  readonly inputs: readonly Step[];
}

/** The steps of a plan, each below those that it reads. */
export class PlanDiagram {
  readonly #root: Step;

  constructor(plan: Relation) {
    this.#root = stepsOf(plan);
  }

  /** The steps as text: a branch a line of inputs, the last step below. */
  toString(): string {
    return linesOf(this.#root).join('\n');
  }

  /** The steps as boxes, which need no style sheet and are read on white and on black. */
  toHtml(): string {
    return `<div style="display: inline-block; max-width: 100%; overflow-x: auto; text-align: center">${htmlOf(this.#root)}</div>`;
  }
}

showAs(PlanDiagram, (shown) => ({ 'text/html': shown.toHtml(), 'text/plain': shown.toString() }));

/** A step that two others read is drawn once, and named the second time. */
function stepsOf(plan: Relation): Step {
  const numbers = new Map<Relation, number>();
  const again = readTwice(plan);
  let drawn = 0;
  const stepOf = (node: Relation): Step => {
    const known = numbers.get(node);
    if (known !== undefined) return { text: `the rows of (${known})`, inputs: [] };
    if (drawn >= STEPS) return { text: '.. more steps', inputs: [] };
    drawn += 1;
    const number = again.has(node) && inputsOf(node).length > 0 ? numbers.size + 1 : undefined;
    if (number !== undefined) numbers.set(node, number);
    const text = clipped(`${describeNode(node)}${number === undefined ? '' : ` (${number})`}`);
    return { text, inputs: inputsOf(node).map(stepOf) };
  };
  return stepOf(plan);
}

/** The nodes that more than one other reads. */
function readTwice(plan: Relation): ReadonlySet<Relation> {
  const seen = new Set<Relation>([plan]);
  const twice = new Set<Relation>();
  const waiting = [plan];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const input of inputsOf(node)) {
      if (seen.has(input)) twice.add(input);
      else waiting.push(input);
      seen.add(input);
    }
  }
  return twice;
}

const clipped = (text: string): string => (text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`);

function linesOf({ text, inputs }: Step): string[] {
  const [only] = inputs;
  if (inputs.length <= 1) return [...(only === undefined ? [] : linesOf(only)), text];
  const branches = inputs.flatMap((input, i) => {
    const lines = linesOf(input);
    const isFirst = i === 0;
    return lines.map((line, l) => {
      const isLast = l === lines.length - 1;
      return `${isLast ? (isFirst ? '┌─ ' : '├─ ') : isFirst ? '   ' : '│  '}${line}`;
    });
  });
  return [...branches, `└▶ ${text}`];
}

const BOX =
  'display: inline-block; border: 1px solid; border-color: color-mix(in srgb, currentColor 40%, transparent); border-radius: 4px; padding: 2px 8px; margin: 0; overflow-wrap: anywhere';
const ARROW = '<div style="opacity: 0.5; line-height: 1.1">↓</div>';

/** Inputs side by side, and below them the step that reads them. */
function htmlOf({ text, inputs }: Step): string {
  const [verb = '', ...rest] = text.split(' ');
  const box = `<div style="${BOX}"><b>${escapeHtml(verb)}</b> ${escapeHtml(rest.join(' '))}</div>`;
  if (inputs.length === 0) return box;
  const above = inputs.map(
    (input) =>
      `<div style="display: flex; flex-direction: column; align-items: center; justify-content: end">${htmlOf(input)}</div>`,
  );
  return `<div style="display: flex; gap: 16px; justify-content: center">${above.join('')}</div>${ARROW}${box}`;
}
