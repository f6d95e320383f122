// Builds dist/: a module and its types for each entry of package.json, and the chunks that they share: node build.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { parseAst } from 'rollup/parseAst';
import { dts } from 'rollup-plugin-dts';
import { minify } from 'terser';

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

/**
 * Names by how often their letters come, and what the bundler's minifier leaves, which are 3,000 bytes of the package, and
 * lines: Node shows the line of an uncaught error, and that must not be all of a file. What functions give stays theirs: lists of
 * lists would be one expression, which has no place for a line to end.
 */
async function inLines(code) {
  const made = await minify(code, {
    module: true,
    compress: {
      ecma: 2022,
      passes: 2,
      evaluate: false,
      inline: false,
      unsafe_arrows: true,
      keep_fargs: false,
      hoist_funs: true,
    },
    mangle: { toplevel: true, keep_classnames: true },
    format: { ecma: 2022, max_line_len: 4900 },
  });
  return made.code;
}

/** Where a chunk does nothing but hand on what another has, that other is imported. */
function withoutFacades(bundle) {
  for (const facade of Object.values(bundle)) {
    const [, names, path] = /^export ?\{([^{}]+)\} ?from ?"\.\/([^"]+)";?\s*$/.exec(facade.code ?? '') ?? [];
    if (facade.isEntry || names === undefined) continue;
    const had = names.split(',').map((name) => name.trim().split(' as '));
    const module = `({${had.map(([inside, outside = inside]) => `${outside}:e.${inside}`).join(',')}})`;
    const file = facade.fileName.replace(/^chunks\//, '');
    for (const other of Object.values(bundle)) {
      other.code = other.code?.replace(
        new RegExp(`import\\((["'\`])(\\.{1,2}/(?:chunks/)?)${file.replaceAll('.', '\\.')}\\1\\)`, 'g'),
        (_, quote, folder) => `import(${quote}${folder}${path}${quote}).then(e=>${module})`,
      );
    }
    if (Object.values(bundle).some(({ code }) => code?.includes(file))) throw new Error(`${file} is still imported`);
    delete bundle[facade.fileName];
  }
}

/** The first sentence of a text, and what a default is where that takes few words. */
function atAGlance(text) {
  const [first, ...more] = text.split(/(?<=[.]) (?=[A-Z`])/);
  return [first, ...more.filter((sentence) => sentence.startsWith('Default') && sentence.length <= 40)].join(' ');
}

/**
 * Types with the comments that editors show, and no more, for they are a quarter of the package: none of those that have
 * no name outside, though of their members, and of the first paragraph what is read at a glance: the rest, and examples, are in the reference.
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
      .replace(/\/\*\* (.+) \*\//g, (_, text) => `/** ${atAGlance(text)} */`)
      .replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
  }
}

/** Each name that is declared in a file of types is exported where it stands; a list at the end would say it twice. */
function exportedWhereDeclared(bundle) {
  const list = /^export (type )?\{ (.+) \};\n?/gm;
  for (const file of Object.values(bundle)) {
    const inPlace = [];
    const rest = file.code.replace(list, (_, asType = '', names) => {
      const others = names.split(', ').filter((name) => {
        // What is a value inside and only a type outside is told by the list.
        const kinds = asType === '' ? 'class|const|function|interface|type' : 'interface|type';
        const declared = new RegExp(`^(?:declare )?(?:abstract )?(?:${kinds}) ${name.replaceAll('$', '\\$')}\\b`, 'gm');
        if (!declared.test(file.code)) return true;
        inPlace.push(declared);
        return false;
      });
      return others.length === 0 ? '' : `export ${asType}{ ${others.join(', ')} };\n`;
    });
    // Without an `export {}` all that a file of types declares would be seen outside.
    const code = /^export (?:type )?\{/m.test(rest) ? rest : `${rest}export {};\n`;
    // An import for its effects has none in types.
    file.code = inPlace.reduce(
      // What is exported needs no `declare`.
      (text, declared) => text.replace(declared, (found) => `export ${found.replace('declare ', '')}`),
      code.replace(/^import '.*\n/gm, ''),
    );
  }
}

/** What a plan and its result are made of, as those outside see it: what is in it is nobody's business, and a tenth of the types. */
const OPAQUE = {
  Relation: 'readonly kind: string',
  Rule: 'readonly kind: string',
  Source: 'readonly name: string',
  Executor: 'readonly engine: string',
  Expression: 'readonly kind: string',
  AggregateNode: "readonly kind: 'aggregate'",
  BlockResult: 'readonly schema: Schema',
};

function withoutPlans(code, id) {
  if (!/\/plan\/|\/block\./.test(id)) return null;
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
/** What else is loaded later comes with all of its folder: each file of the package has a price. */
const FOLDERS = [
  ['engines/duckdb', 'engines-duckdb'],
  ['engines', 'engines'],
  ['pipeline/store', 'pipeline-store'],
  ['storage/s3', 'storage-s3'],
];
let parts;

function chunkOf(id, build) {
  parts ??= PARTS.map((path) => [
    path.replace(/\/\w+$/, '').replace('/', '-'),
    loadedBy(join(root, 'src', `${path}.ts`), build),
  ]);
  const [core, ...later] = parts;
  if (core[1].has(id)) return 'core';
  const having = later.filter(([, loaded]) => loaded.has(id));
  if (having.length === 1) return having[0][0];
  return FOLDERS.find(([folder]) => id.startsWith(join(root, 'src', folder, sep)))?.[1] ?? null;
}

/** The modules that importing one of them loads. */
function loadedBy(path, build) {
  const found = new Set([path]);
  for (const id of found) for (const imported of build.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/** The types that several entries have are one chunk, without imports from one to the other. */
function sharedTypes(id, build) {
  const having = typed.filter((name) => loadedBy(join(declarations, `${name}.d.ts`), build).has(id));
  return having.length > 1 ? 'types' : null;
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
        async generateBundle(_options, bundle) {
          withoutFacades(bundle);
          for (const file of Object.values(bundle)) {
            if (file.type === 'chunk') file.code = await inLines(file.code);
            // The indentation inside of SQL; what else is indented, for people or for Python, is in other chunks.
            if (/^chunks\/(core|engines-)/.test(file.fileName)) file.code = file.code?.replace(/\\n {6,}/g, ' ');
          }
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
      {
        name: 'comments and exports',
        generateBundle(_options, bundle) {
          shorterComments(bundle);
          exportedWhereDeclared(bundle);
        },
      },
    ],
    onwarn: (warning) => {
      // Some types have no name outside; what is inferred from them is spelled out.
      if (!warning.message.includes('references private shared type exports')) failOn(warning);
    },
  });
  await types.write({
    dir: made,
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'chunks/[name]-[hash].d.ts',
    minifyInternalExports: false,
    manualChunks: sharedTypes,
  });

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
