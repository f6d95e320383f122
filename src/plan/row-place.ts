import type { Relation } from './relation.ts';
import { inputsOf, walkRelation } from './walk.ts';

/** The columns that tell from which file and line a row is. */
export interface RowPlace {
  readonly file?: string | undefined;
  readonly line?: string | undefined;
}

/** The columns of a plan's result that hold what a reader said of each row's place, whatever they are called by now. */
export function placeOf(root: Relation): RowPlace {
  const places = new Map<Relation, RowPlace>();
  for (const node of walkRelation(root)) places.set(node, placed(node, places));
  return places.get(root) ?? {};
}

function placed(node: Relation, places: ReadonlyMap<Relation, RowPlace>): RowPlace {
  if (node.kind === 'source') {
    const { place = {}, origin } = node.source;
    return origin === undefined ? place : placeOf(origin.plan);
  }
  // Of joined rows the left one counts.
  const [first = {}, ...others] = inputsOf(node).map((input) => places.get(input) ?? {});
  if (node.kind === 'union' && others.some(({ file, line }) => file !== first.file || line !== first.line)) return {};
  const kept = (name: string | undefined): string | undefined => (name === undefined ? name : nameAfter(node, name));
  return { file: kept(first.file), line: kept(first.line) };
}

/** What a column is called in the result of a node, where that has it as it was. */
function nameAfter(node: Relation, name: string): string | undefined {
  switch (node.kind) {
    case 'project':
      return node.columns.find(({ expression }) => expression.kind === 'column' && expression.name === name)?.name;
    case 'aggregate':
      return node.keys.find((key) => key === name);
    case 'attach':
      return node.aggregates.some((made) => made.name === name) ? undefined : name;
    case 'unpivot':
      return node.columns.includes(name) ? undefined : name;
    case 'map-batches':
      return undefined;
    default:
      return name;
  }
}
