import ts from 'typescript';
import type { Api, Export, Group } from './api.ts';
import { commentOf } from './comment.ts';
import { anchorOf, type Page, PageWriter } from './pages.ts';

/** The pages of the reference: which there are, and what stands on each. */

/** The classes of expressions, in the order in which a person looks for them; the first is what all have. */
const EXPRESSIONS: readonly { path: string; title: string; classes: readonly [string, string, string][] }[] = [
  {
    path: 'expressions-all',
    title: 'Expressions: every column',
    classes: [
      ['Of every dtype', 'base.ts', 'BaseExpr'],
      ['Of what has an order: numbers, strings, dates, timestamps', 'ordered.ts', 'OrderedExpr'],
    ],
  },
  { path: 'expressions-numbers', title: 'Expressions: numbers', classes: [['Numbers', 'numeric.ts', 'NumericExpr']] },
  { path: 'expressions-text', title: 'Expressions: text', classes: [['Text', 'text.ts', 'TextExpr']] },
  {
    path: 'expressions-time',
    title: 'Expressions: dates and timestamps',
    classes: [['Dates and timestamps', 'temporal.ts', 'TemporalExpr']],
  },
  {
    path: 'expressions-nested',
    title: 'Expressions: booleans, lists, structs, JSON',
    classes: [
      ['Booleans', 'boolean.ts', 'BooleanExpr'],
      ['Lists', 'nested.ts', 'ListExpr'],
      ['Structs', 'nested.ts', 'StructExpr'],
      ['JSON', 'nested.ts', 'JsonExpr'],
    ],
  },
];

const FUNCTIONS = 'src/frame/functions';

/** How signatures are to be read. */
const READING = `In signatures \`Columns\` are a frame's columns as expressions, \`ColumnName\` is the name of one of them, \`value\` a
literal of the column's dtype, and \`Expr<int>\` an expression of that dtype. The compiler knows more: which columns there are,
their dtypes, and which may be null.`;

export function referencePages(api: Api): Page[] {
  const pages = api.entries.flatMap(({ specifier, groups }, i) =>
    i > 0
      ? [entryPage(api, specifier, groups)]
      : regrouped(groups).flatMap((group) =>
          group.exports.some((one) => one.name === 'Frame')
            ? framePages(api, group)
            : [groupPage(api, specifier, group)],
        ),
  );
  return [...pages.filter((one) => one.path === 'frame'), ...pages.filter((one) => one.path !== 'frame')];
}

/** An entry beside the main one, its headings in their order. */
function entryPage(api: Api, specifier: string, groups: readonly Group[]): Page {
  const path = anchorOf(specifier.replace(/^[^/]+\//, ''));
  const writer = new PageWriter(api, path, specifier, `Imported from \`'${specifier}'\`.`);
  for (const { title, exports } of groups) {
    if (groups.length === 1) writeExports(writer, exports);
    else {
      writer.part(title === specifier ? 'First of all' : title);
      for (const one of [...exports.filter(isValue), ...exports.filter((other) => !isValue(other))]) writer.export(one);
    }
  }
  return writer.page();
}

/** `read` stands beside `Readers`, what it holds, wherever it is exported. */
function regrouped(groups: readonly Group[]): Group[] {
  const moved = groups.flatMap((group) =>
    group.exports.flatMap((one) => {
      const to = groups.find(
        (other) => other !== group && other.exports.some(({ name }) => heldBy(one).includes(name)),
      );
      return to === undefined ? [] : [{ one, from: group, to }];
    }),
  );
  return groups.map((group) => ({
    title: group.title,
    exports: [
      ...moved.filter(({ to }) => to === group).map(({ one }) => one),
      ...group.exports.filter((one) => !moved.some((move) => move.from === group && move.one === one)),
    ],
  }));
}

/** A heading of an entry as a page: what runs first, then the types. */
function groupPage(api: Api, specifier: string, { title, exports }: Group): Page {
  const writer = new PageWriter(api, anchorOf(title), title, `Imported from \`'${specifier}'\`.`);
  writeExports(writer, exports);
  return writer.page();
}

function writeExports(writer: PageWriter, exports: readonly Export[], title = 'Functions and classes'): void {
  // What is called comes before what it gives.
  const called = exports.filter((one) => isValue(one) && !one.declarations.some(ts.isClassDeclaration));
  const values = [...called, ...exports.filter((one) => one.declarations.some(ts.isClassDeclaration))];
  const types = exports.filter((one) => !isValue(one));
  writer.part(title);
  for (const one of values) writer.export(one);
  if (types.length === 0) return;
  writer.part('Types');
  for (const one of types) writer.export(one);
}

function isValue({ declarations }: Export): boolean {
  return declarations.some(
    (one) => ts.isFunctionDeclaration(one) || ts.isVariableDeclaration(one) || ts.isClassDeclaration(one),
  );
}

/** The interface that a constant of functions has, `Readers` of `read`: told there. */
function heldBy({ declarations }: Export): string[] {
  return declarations.flatMap((one) =>
    ts.isVariableDeclaration(one) && one.type !== undefined && ts.isTypeReferenceNode(one.type)
      ? [one.type.typeName.getText()]
      : [],
  );
}

function framePages(api: Api, group: Group): Page[] {
  const frame = group.exports
    .flatMap((one) => one.declarations)
    .find((one) => ts.isClassDeclaration(one) && one.name?.text === 'Frame');
  if (frame === undefined || !ts.isClassDeclaration(frame)) throw new Error('Frame is no class.');
  const classes: ts.ClassDeclaration[] = [];
  for (let one: ts.ClassDeclaration | undefined = frame; one !== undefined; one = api.above(one)) classes.unshift(one);
  const [actions, ...verbs] = classes;

  const frames = new PageWriter(api, 'frame', 'Frame: the verbs', `${commentOf(frame)}\n\n${READING}`);
  for (const one of verbs) {
    frames.part(one === frame ? 'Steps' : titleOf(one));
    frames.methods(one);
    if (one.name?.text === 'CombiningVerbs')
      frames.methods(api.class('src/frame/grouped.ts', 'Grouped'), 'groupBy(..).');
  }
  if (actions !== undefined) {
    frames.part('What runs a plan, and what tells of it');
    frames.methods(actions);
  }
  const fn = group.exports.filter((one) => one.name === 'fn');
  // What has a page, or a place on one, by its methods.
  const told = new Set([
    'fn',
    'Frame',
    'Grouped',
    'WindowFunction',
    ...EXPRESSIONS.flatMap((one) => one.classes.map(([, , name]) => name)),
  ]);
  const rest = group.exports.filter((one) => !told.has(one.name));
  const functions = new PageWriter(api, 'fn', 'fn: functions without a column', READING);
  functions.part('fn');
  for (const one of fn) functions.export(one);
  functions.part('What fn.when gives');
  functions.methods(api.class(`${FUNCTIONS}/fn.ts`, 'When'), 'fn.when(..).');

  const expressions = EXPRESSIONS.map(({ path, title, classes: of }) => {
    const writer = new PageWriter(api, path, title, READING);
    for (const [part, file, name] of of) {
      const declaration = api.class(`${FUNCTIONS}/${file}`, name);
      writer.part(part, commentOf(declaration));
      writer.methods(declaration);
    }
    return writer.page();
  });
  const windows = new PageWriter(api, 'expressions-windows', 'Expressions: windows', READING);
  windows.part(
    'Windows',
    '`over` completes what `fn.rank()`, `r.price.lag()` and the like give, and makes a window of every aggregate.',
  );
  windows.methods(api.class(`${FUNCTIONS}/window.ts`, 'WindowFunction'));

  const tables = new PageWriter(api, 'tables', 'Tables and types of frames', READING);
  writeExports(tables, rest, 'Tables');
  return [frames.page(), ...expressions, windows.page(), functions.page(), tables.page()];
}

/** "Verbs that choose and order rows." as a heading. */
function titleOf(declaration: ts.ClassDeclaration): string {
  return commentOf(declaration).replace(/\.$/, '');
}

/** The overview: every name, by page and heading. */
export function overview(pages: readonly Page[]): string {
  const sections = pages.map(({ title, path, parts }) => {
    const lists = parts.map(({ title: part, names }) => {
      const links = names.map(({ name, anchor }) => `[\`${name}\`](./${path}.md#${anchor})`).join(' ');
      return parts.length === 1 || part === title ? links : `**${part}**\n\n${links}`;
    });
    return `## [${title}](./${path}.md)\n\n${lists.join('\n\n')}`;
  });
  return `# Reference\n\nEvery public name, made of the doc comments of the code; each opens its entry.\n\n${sections.join('\n\n')}\n`;
}

/** Links to entries of other pages lead there. */
export function linked(pages: readonly Page[]): Page[] {
  const pageOf = new Map<string, string>();
  for (const { path, text } of pages) {
    for (const [, anchor = ''] of text.matchAll(/\{#([\w-]+)\}/g)) if (!pageOf.has(anchor)) pageOf.set(anchor, path);
  }
  return pages.map((page) => {
    const own = new Set([...page.text.matchAll(/\{#([\w-]+)\}/g)].map((match) => match[1]));
    const text = page.text.replaceAll(/\]\(#([\w-]+)\)/g, (link, anchor: string) => {
      if (own.has(anchor)) return link;
      const other = pageOf.get(anchor);
      if (other === undefined) throw new Error(`${page.path}: nothing has the anchor #${anchor}.`);
      return `](./${other}.md#${anchor})`;
    });
    return { ...page, text };
  });
}
