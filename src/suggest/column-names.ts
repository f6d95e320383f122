import { unusableName } from '../schema/column-name.ts';

/** Names for columns, as they stand where they can: none that no column may have, none that stands twice. */
export function columnNames(given: readonly string[]): string[] {
  const taken = new Set<string>();
  return given.map((name, i) => {
    const wanted = name.trim() === '' || unusableName(name) !== undefined ? `column${i + 1}` : name;
    let free = wanted;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${wanted}_${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
