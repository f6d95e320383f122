// What the package holds, and what importing it loads:
// node check-package.mjs <tarball> <folder it is installed in>
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAst } from 'rollup/parseAst';

const [tarball, folder] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '..', '..');

const { size } = statSync(tarball);
assert.ok(size < 400_000, `the package has ${size} bytes, and 400,000 are the most`);

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
for (const name of ['README.md', 'LICENSE', 'package.json']) assert.ok(files.includes(name), name);
const others = files.filter((name) => !/^(README\.md|LICENSE|package\.json)$/.test(name));
assert.deepEqual(
  others.filter((name) => !/^dist\/.+\.(js|d\.ts)$/.test(name)),
  [],
);
assert.deepEqual(
  others.filter((name) => /fixture|\btests?\b|\.test\./.test(name)),
  [],
);
for (const name of files) {
  const text = readFileSync(join(folder, name), 'utf8');
  for (const path of [root, homedir(), 'sourceMappingURL']) assert.ok(!text.includes(path), `${name} holds ${path}`);
  // Node shows the line of an uncaught error.
  if (name.endsWith('.js')) {
    const longest = Math.max(...text.split('\n').map((line) => line.length));
    assert.ok(longest < 5_000, `${name} has a line of ${longest} characters`);
  }
}

/** The packages that a file loads when it is imported: what it imports, and what it requires. */
function loadedBy(entry) {
  const script = `await import(${JSON.stringify(pathToFileURL(join(folder, entry)))});
    console.log(JSON.stringify(Object.keys(process.getBuiltinModule('node:module')._cache)));`;
  return [
    ...importedBy(entry),
    ...JSON.parse(spawnSync(process.execPath, ['--input-type=module', '-e', script]).stdout),
  ];
}

function importedBy(entry) {
  const seen = new Set();
  const packages = new Set();
  const waiting = [join(folder, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const { source } of parseAst(text.replace(/^#!.*/, '')).body) {
      if (!source) continue;
      if (source.value.startsWith('.')) waiting.push(resolve(dirname(file), source.value));
      else if (!source.value.startsWith('node:')) packages.add(source.value);
    }
  }
  return [...packages];
}

const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
for (const [name, entry] of Object.entries({ ...exports, bin: { default: bin.millrace } })) {
  if (typeof entry === 'string') continue;
  const loaded = name === 'bin' ? importedBy(entry.default) : loadedBy(entry.default);
  assert.deepEqual(loaded, name === './testing/fast-check' ? ['fast-check'] : [], name);
}
console.log(`${size} bytes, ${files.length} files`);
