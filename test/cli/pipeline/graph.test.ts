import { expect, test } from 'vitest';
import { drawGraph } from '../../../src/cli/pipeline/graph.ts';

/** A graph as `name: inputs`, a line each, and as it is drawn. */
function drawn(text: string): string {
  const nodes = text.split('; ').map((line) => {
    const [name = '', inputs = ''] = line.split(':');
    return { name, inputs: inputs.split(' ').filter((one) => one !== '') };
  });
  return drawGraph(nodes)
    .map((line, i) => `${line} ${nodes[i]?.name}`)
    .join('\n');
}

test('a chain is one column', () => {
  expect(drawn('a:; b: a; c: b')).toBe('● a\n● b\n● c');
});

test('a diamond', () => {
  expect(drawn('a:; b: a; c: a; d: b c')).toBe(['● a', '├─● b', '● │ c', '●─╯ d'].join('\n'));
});

test('what stands alone does not look joined to what ended above it', () => {
  expect(drawn('a:; b:; c:')).toBe(['● a', '  ● b', '● c'].join('\n'));
});

test('a line that passes another does not meet it; one that is taken from does', () => {
  expect(drawn('a:; b:; c:; d: a c; e: b')).toBe(['● a', '│ ● b', '│ │ ● c', '●─│─╯ d', '  ● e'].join('\n'));
  expect(drawn('a:; b:; c:; d: a b c; e: b')).toBe(['● a', '│ ● b', '│ │ ● c', '●─┼─╯ d', '  ● e'].join('\n'));
  expect(drawn('a:; b:; c:; d: a b c')).toBe(['● a', '│ ● b', '│ │ ● c', '●─┴─╯ d'].join('\n'));
});

test('steps are marked by what they are told to be', () => {
  expect(drawGraph([{ name: 'a', inputs: [] }], () => '✓')).toEqual(['✓']);
});

test('a thousand steps in a row of loads from one', () => {
  const loads = Array.from({ length: 1000 }, (_, i) => ({ name: `load ${i}`, inputs: ['a'] }));
  const lines = drawGraph([{ name: 'a', inputs: [] }, ...loads]);
  expect(lines.slice(0, 4)).toEqual(['●', '├─●', '├───●', '├─●']);
  expect(lines.at(-1)).toBe('●');
});
