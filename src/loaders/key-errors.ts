import { MillraceError } from '../errors.ts';

/** How many keys an error shows. */
export const SHOWN = 5;

type Rows = readonly (readonly unknown[])[];

/** Refuses rows that do not say which row they are: each is its key's values, and how many there are of them. */
export function refuseNullKeys(caller: string, key: readonly string[], rows: Rows): void {
  const [first] = rows;
  if (first === undefined) return;
  const count = Number(first[key.length]);
  const examples = rows.map((row) => keyText(key, row));
  throw new MillraceError({
    code: 'load.null_key',
    message: `${caller}: ${count} ${count === 1 ? 'row has' : 'rows have'} no key, such as ${examples.join(', ')}. Drop them with .dropNulls(${quoted(key)}), or choose another key.`,
    details: { key, examples, count },
  });
}

/** Refuses keys that stand twice: a row a key, its values, how many rows have it, and how many such keys there are. */
export function refuseDoubledKeys(caller: string, key: readonly string[], rows: Rows): void {
  const [first] = rows;
  if (first === undefined) return;
  const [count, keys] = first.slice(key.length).map(Number) as [number, number];
  const examples = rows.map((row) => keyText(key, row));
  const others =
    keys === 1 ? '' : ` ${keys} keys stand more than once: ${examples.join(', ')}${keys > SHOWN ? ', ..' : ''}.`;
  throw new MillraceError({
    code: 'load.duplicate_key',
    message: `${caller}: ${count} rows have the key ${examples[0]}.${others} Keep one row of each with onDuplicate: 'last' or .dedupe({ by: [${quoted(key)}] }), or choose another key.`,
    details: { key, examples, count, keys },
  });
}

function keyText(key: readonly string[], row: readonly unknown[]): string {
  return `(${key.map((name, i) => `${name} = ${row[i] === null ? 'null' : String(row[i])}`).join(', ')})`;
}

function quoted(key: readonly string[]): string {
  return key.map((name) => `'${name}'`).join(', ');
}
