// Builds dist/: a module and its types for each entry of package.json, and the chunks that they share: node build.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { parseAst } from 'rollup/parseAst';
import { dts } from 'rollup-plugin-dts';

const root = dirname(fileURLToPath(import.meta.url));
const { exports, bin, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The names of the entries, as they stand in dist and in src: `testing/index`. */
const named = (paths) => paths.map((path) => /^\.\/dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(path)[1]);
const entries = Object.values(exports).filter((entry) => typeof entry === 'object');
const modules = named([...entries.map((entry) => entry.default), ...Object.values(bin)]);
const typed = named(entries.map((entry) => entry.types));

const from = (names, folder, ending) =>
  Object.fromEntries(names.map((name) => [name, resolve(root, folder, name + ending)]));
/** The packages that those who install this one have, or may have; all else is in the bundle. */
const external = Object.keys({ ...dependencies, ...peerDependencies }).map((name) => new RegExp(`^${name}(/|$)`));

/** Code with texts put in, each where `look` says for a node of its syntax. */
function withTexts(code, look) {
  const texts = new Map();
  const visit = (node) => {
    look(node, (at, text) => texts.set(at, text));
    for (const value of Object.values(node).flat()) {
      if (typeof value?.type === 'string') visit(value);
    }
  };
  visit(parseAst(code));
  const places = [...texts.keys()].sort((a, b) => a - b);
  return [0, ...places].map((at, i) => (texts.get(at) ?? '') + code.slice(at, places[i])).join('');
}

/** A class is told by its name when it is shown; other names of the inside are shortened. */
const namedClasses = (code) =>
  withTexts(code, ({ type, id, init }, put) => {
    if (type !== 'VariableDeclarator' || init?.type !== 'ClassExpression' || init.id) return;
    put(init.start + 'class'.length, ` ${id.name.replace(/\$\d+$/, '')}`);
  });

/** A line for each statement of a module and each member: Node shows the line of an uncaught error, and that must not be all of a file. */
const inLines = (code) =>
  withTexts(code, ({ type, body }, put) => {
    if (type !== 'Program' && type !== 'ClassBody') return;
    for (const { start } of body) if (start > 0 && code[start - 1] !== '\n') put(start, '\n');
  });

/**
 * Types with the comments that editors show, and no more, for they are a quarter of the package: none of those that have
 * no name outside, though of their members, and only the first paragraph: the rest, and examples, are in the reference.
 */
function shorterComments(bundle) {
  const entries = Object.values(bundle).filter((file) => file.isEntry);
  const names = new Set(entries.flatMap((file) => file.exports));
  const comment =
    /^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?=(?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+))/gm;
  const example = /(?:\n *\*)? *\n *\* @example\b.*(?:(?:\n *\*)? *\n *\* ```[\s\S]*?\n *\* ```)+/g;
  for (const file of Object.values(bundle)) {
    file.code = file.code
      .replace(comment, (found, name) => (names.has(name) ? found : ''))
      .replace(example, '')
      // A comment is its first paragraph, which says what it is, in one line; each level of indentation is a tab.
      .replace(/\/\*\*[\s\S]*?\*\//g, (text) =>
        text
          .replace(/\n *\*\n[\s\S]*/, ' */')
          .replace(/\n *\*\//, ' */')
          .replace(/\n *\* (?=\S)/g, ' '),
      )
      .replace(/\/\*\* +/g, '/** ')
      .replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
  }
}

/** What a plan is made of, as those outside see it: what is in it is nobody's business, and a tenth of the types. */
const OPAQUE = {
  Relation: 'readonly kind: string',
  Rule: 'readonly kind: string',
  Source: 'readonly name: string',
  Executor: 'readonly engine: string',
  Expression: 'readonly kind: string',
  AggregateNode: "readonly kind: 'aggregate'",
};

function withoutPlans(code, id) {
  if (!id.includes('/plan/')) return null;
  return Object.entries(OPAQUE).reduce(
    (text, [name, members]) =>
      text.replace(
        new RegExp(
          `^export (?:interface|type) ${name}\\b[\\s\\S]*?[;}](?=\\n(?:export|declare|interface|type|/\\*\\*)|\\n*(?![\\s\\S]))`,
          'm',
        ),
        `export interface ${name} { ${members} }`,
      ),
    code,
  );
}

/** What importing each of these loads, and importing the package does not, is one chunk: few files, and as little at once. */
const PARTS = ['index', 'pipeline/index', 'engines/duckdb/engine', 'engines/postgres/engine', 'storage/s3/bucket'];
let parts;

function chunkOf(id, build) {
  parts ??= PARTS.map((path) => [path.replace(/\/\w+$/, '').replace('/', '-'), loadedBy(path, build)]);
  const [core, ...later] = parts;
  if (core[1].has(id)) return 'core';
  const having = later.filter(([, loaded]) => loaded.has(id));
  return having.length === 1 ? having[0][0] : null;
}

/** The modules that importing one of src loads. */
function loadedBy(path, build) {
  const found = new Set([join(root, 'src', `${path}.ts`)]);
  for (const id of found) for (const imported of build.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

const failOn = (warning) => {
  throw new Error(warning.message);
};

const made = join(root, `dist-${process.pid}`);
const declarations = mkdtempSync(join(tmpdir(), 'millrace-types-'));
try {
  const javascript = await rolldown({
    input: from(modules, 'src', '.ts'),
    external,
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    tsconfig: join(root, 'tsconfig.build.json'),
    // Node 20 knows no `using`.
    transform: { target: 'node20.19' },
    checks: { ineffectiveDynamicImport: false, bundlerTimings: false },
    onwarn: failOn,
  });
  await javascript.write({
    dir: made,
    entryFileNames: '[name].js',
    // As deep as the files of src are, for what looks for package.json from its own place.
    chunkFileNames: 'chunks/[name]-[hash].js',
    comments: false,
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'parts' }] },
    minify: {
      compress: { keepNames: { class: true, function: false } },
      mangle: { toplevel: true, keepNames: { class: true, function: false } },
      codegen: { removeWhitespace: true },
    },
    plugins: [
      {
        name: 'names and lines',
        renderChunk: (code) => namedClasses(code),
        generateBundle(_options, bundle) {
          for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = inLines(file.code);
        },
      },
    ],
  });

  const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
  execFileSync(
    process.execPath,
    [join(dirname(tsc), 'bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', declarations],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  const types = await rollup({
    input: from(typed, declarations, '.d.ts'),
    external: [/^node:/, ...external],
    plugins: [
      { name: 'plans', transform: withoutPlans },
      dts(),
      { name: 'comments', generateBundle: (_options, bundle) => shorterComments(bundle) },
    ],
    onwarn: (warning) => {
      // Some types have no name outside; what is inferred from them is spelled out.
      if (!warning.message.includes('references private shared type exports')) failOn(warning);
    },
  });
  await types.write({ dir: made, entryFileNames: '[name].d.ts', chunkFileNames: 'chunks/[name]-[hash].d.ts' });

  const old = `${made}-old`;
  try {
    renameSync(join(root, 'dist'), old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(made, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
} finally {
  for (const folder of [made, declarations]) rmSync(folder, { recursive: true, force: true });
}
