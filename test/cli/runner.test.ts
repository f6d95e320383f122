import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type Means, runnerOf } from '../../src/cli/runner.ts';

const bare: Means = { node: '20.19.0', stripsTypes: false, tsx: undefined };
const tsx = { path: '/app/node_modules/tsx/dist/loader.mjs', version: '4.1.0' };

test('JavaScript is run by Node, whatever else there is', () => {
  expect(runnerOf('a.mjs', { ...bare, tsx })).toEqual({ name: 'Node 20.19.0', args: [] });
});

test('TypeScript is run by tsx where it is installed, else by a Node that can', () => {
  const runner = runnerOf('a.ts', { ...bare, stripsTypes: true, tsx });
  expect(runner).toEqual({ name: 'tsx 4.1.0', args: ['--import', pathToFileURL(tsx.path).href] });
  expect(runnerOf('a.mts', { ...bare, node: '24.1.0', stripsTypes: true })).toEqual({
    name: 'Node 24.1.0, stripping types',
    args: [],
  });
  expect(runnerOf('a.ts', { ...bare, node: '22.6.0' }).args).toContain('--experimental-strip-types');
});

test('where neither can, the error says what to install', () => {
  expect(() => runnerOf('a.ts', bare)).toThrow(
    'run: "a.ts" is TypeScript, which Node 20.19.0 does not run by itself. Install tsx beside it: npm install --save-dev tsx. Or use Node 22.18 or later.',
  );
  expect(() => runnerOf('a.ts', { ...bare, node: '22.5.1' })).toThrow('Node 22.5.1 does not run');
});
