/** A step as it is drawn: which steps it takes from, all of them before it. */
export interface GraphNode {
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * The lines of a graph, one a step, in the steps' order. A step stands below what it takes from, or is joined to it by a
 * line; lines that cross (`─│─`) do not meet.
 *
 * ```
 * ●
 * ├─●
 * ● │
 * ╰─●
 * ```
 */
export function drawGraph(nodes: readonly GraphNode[], mark: (name: string) => string = () => '●'): string[] {
  const waiting = takersOf(nodes);
  /** By column, the step whose line runs down it. */
  const lanes: (string | undefined)[] = [];
  /** A column in which a step without takers stood in the line before: what stood below it would look joined to it. */
  let ended: number | undefined;
  return nodes.map((node) => {
    const inputs = new Map([...new Set(node.inputs)].map((name) => [lanes.indexOf(name), name] as const));
    const closing = [...inputs].filter(([, name]) => take(waiting, name) === 0).map(([column]) => column);
    const own = closing.length > 0 ? Math.min(...closing) : freeColumn(lanes, ended);
    const line = row(lanes, own, new Set(inputs.keys()), new Set(closing), mark(node.name));
    for (const column of closing) lanes[column] = undefined;
    const isTaken = (waiting.get(node.name) ?? 0) > 0;
    lanes[own] = isTaken ? node.name : undefined;
    ended = isTaken ? undefined : own;
    while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop();
    return line;
  });
}

/** By step, how many take from it. */
function takersOf(nodes: readonly GraphNode[]): Map<string, number> {
  const takers = new Map<string, number>();
  for (const { inputs } of nodes) for (const name of new Set(inputs)) takers.set(name, (takers.get(name) ?? 0) + 1);
  return takers;
}

/** Counts one that takes from a step; gives how many are left. */
function take(waiting: Map<string, number>, name: string): number {
  const left = (waiting.get(name) ?? 0) - 1;
  waiting.set(name, left);
  return left;
}

function freeColumn(lanes: readonly (string | undefined)[], ended: number | undefined): number {
  for (let column = 0; ; column++) if (lanes[column] === undefined && column !== ended) return column;
}

function row(
  lanes: readonly (string | undefined)[],
  own: number,
  inputs: ReadonlySet<number>,
  closing: ReadonlySet<number>,
  mark: string,
): string {
  const first = Math.min(own, ...inputs);
  const last = Math.max(own, ...inputs);
  let line = '';
  for (let column = 0; column < Math.max(lanes.length, own + 1); column++) {
    const isJoined = column !== own && inputs.has(column);
    if (column > 0) line += column > first && column <= last ? '─' : ' ';
    if (column === own) line += mark;
    else if (isJoined) line += corner(closing.has(column), column === first, column === last);
    else if (lanes[column] !== undefined) line += '│';
    else line += column > first && column < last ? '─' : ' ';
  }
  return line.trimEnd();
}

/** Where a line from above turns to the step: it may go on down, and a line from farther away may pass. */
function corner(isClosing: boolean, isFirst: boolean, isLast: boolean): string {
  if (isFirst) return isClosing ? '╰' : '├';
  if (isLast) return isClosing ? '╯' : '┤';
  return isClosing ? '┴' : '┼';
}
