/** The value under a dotted path, such as `data.items`; a number is a place in an array, from the end where negative. */
export function valueAt(answer: unknown, path: string): unknown {
  let value = answer;
  for (const name of path.split('.')) {
    if (Array.isArray(value)) value = /^-?\d+$/.test(name) ? value.at(Number(name)) : undefined;
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, name))
      value = Reflect.get(value, name);
    else return undefined;
  }
  return value;
}

/** The same, a number as it is written: JavaScript would round a large one. */
export function exactValueAt(text: string, answer: unknown, path: string): unknown {
  const value = valueAt(answer, path);
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token[0] === '"' ? token : `"${token}"`,
  );
  return valueAt(JSON.parse(quoted), path);
}

/** What a value is, as messages say it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  const more = keys.length > 10 ? ', ..' : '';
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 10).join(', ')}${more}`;
}

/** How far a path leads, for a message: the first part of it that is not there, and what is there instead. */
export function whereItEnds(answer: unknown, path: string): string {
  const names = path.split('.');
  for (let i = 1; i <= names.length; i++) {
    if (valueAt(answer, names.slice(0, i).join('.')) !== undefined) continue;
    const before = names.slice(0, i - 1).join('.');
    const parent = before === '' ? answer : valueAt(answer, before);
    return `${before === '' ? 'the answer' : `"${before}"`} is ${kindOf(parent)}, without "${names[i - 1]}"`;
  }
  return `"${path}" is ${kindOf(valueAt(answer, path))}`;
}
