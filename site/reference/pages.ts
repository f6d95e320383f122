import ts from 'typescript';
import type { Api, Export } from './api.ts';
import { commentOf, sentenceOf } from './comment.ts';
import { aliasOf, isTyped, listOf } from './members.ts';
import { type Callable, type Scope, scopeOf, shown, signatureOf } from './signature.ts';

/** A page of the reference. */
export interface Page {
  /** Its file below `reference/`, without the ending. */
  readonly path: string;
  readonly title: string;
  readonly text: string;
  /** What it tells of, for the overview: a heading, and the names under it. */
  readonly parts: readonly Part[];
}

export interface Part {
  readonly title: string;
  readonly names: readonly Named[];
}

export interface Named {
  readonly name: string;
  readonly anchor: string;
  readonly sentence: string;
}

/** Makes one page: its entries, each with what it says in the overview. */
export class PageWriter {
  readonly #api: Api;
  readonly #public: ReadonlySet<ts.Node>;
  readonly #lines: string[] = [];
  readonly #parts: { title: string; names: Named[] }[] = [];
  readonly #path: string;
  readonly #title: string;
  readonly #anchors = new Set<string>();

  constructor(api: Api, path: string, title: string, introduction = '') {
    this.#api = api;
    this.#path = path;
    this.#title = title;
    this.#public = new Set(
      api.entries.flatMap((entry) => entry.groups.flatMap((group) => group.exports.flatMap((one) => one.declarations))),
    );
    if (introduction !== '') this.#lines.push(introduction);
  }

  page(): Page {
    return {
      path: this.#path,
      title: this.#title,
      text: `# ${this.#title} {#page-top}\n\n${this.#lines.join('\n\n')}\n`,
      parts: this.#parts.filter(({ names }) => names.length > 0),
    };
  }

  part(title: string, text = ''): void {
    this.#parts.push({ title, names: [] });
    this.#lines.push(`## ${title} {#part-${anchorOf(title)}}`);
    if (text !== '') this.#lines.push(text);
  }

  /** A name of an entry, whatever it is. */
  export({ name, declarations }: Export): void {
    const [first] = declarations;
    if (first === undefined) return;
    if (ts.isFunctionDeclaration(first)) this.callable(name, declarations.filter(ts.isFunctionDeclaration));
    else if (ts.isClassDeclaration(first)) this.class(name, first);
    else if (ts.isVariableDeclaration(first)) this.#variable(name, first);
    else if (isTyped(first)) this.#type(name, first);
  }

  /** A function or a method, `more` being what is said of it elsewhere. */
  callable(name: string, declarations: readonly Callable[], more = ''): void {
    // Of several signatures the last may be the one that carries them out.
    const written = declarations.filter((one) => !('body' in one) || one.body === undefined);
    const told = written.length > 0 ? written : declarations;
    const own = told
      .map((one) => commentOf(one))
      .filter((one) => one !== '')
      .join('\n\n');
    const comment = [own === '' ? commentOf(declarations.at(-1) ?? missing(name)) : own, more]
      .filter((one) => one !== '')
      .join('\n\n');
    const signatures = [...new Set(told.map((one) => signatureOf(name, one)))];
    this.#entry(name, comment, `${fence(signatures.join('\n'))}`, this.#optionsOf(told));
  }

  class(name: string, declaration: ts.ClassDeclaration): void {
    this.#entry(name, commentOf(declaration), '');
    const properties = declaration.members.filter(
      (one): one is ts.PropertyDeclaration | ts.GetAccessorDeclaration =>
        (ts.isPropertyDeclaration(one) || ts.isGetAccessor(one)) && isPublic(one) && commentOf(one) !== '',
    );
    if (properties.length > 0) {
      this.#lines.push(
        properties
          .map((one) => {
            const type = one.type === undefined ? '' : `: ${shown(one.type, scopeOf(declaration.typeParameters))}`;
            return `- \`${one.name.getText()}${type.replaceAll(/\s+/g, ' ')}\`<br>${commentOf(one).replaceAll(/\s*\n\s*/g, ' ')}`;
          })
          .join('\n'),
      );
    }
    this.methods(declaration, `${name}.`, scopeOf(declaration.typeParameters));
  }

  /** The methods that a class declares itself. */
  methods(declaration: ts.ClassDeclaration, prefix = '', scope = scopeOf(declaration.typeParameters)): void {
    const methods = byKey(
      declaration.members.filter(ts.isMethodDeclaration).filter((one) => isPublic(one)),
      (one) => one.name.getText(),
    );
    for (const [name, all] of methods) {
      if (all.every((one) => commentOf(one) === '')) continue;
      const isStatic = all.some((one) => one.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword));
      const written = all.filter((one) => one.body === undefined);
      const told = written.length > 0 ? written : all;
      const comment = told.map((one) => commentOf(one)).join('\n\n');
      const shownName =
        isStatic || prefix === '' ? `${prefix}${name}` : `${prefix[0]?.toLowerCase()}${prefix.slice(1)}${name}`;
      const signatures = [...new Set(told.map((one) => signatureOf(shownName, one, scope)))];
      this.#entry(shownName, comment.trim(), fence(signatures.join('\n')), this.#optionsOf(told));
    }
  }

  /** A constant: of functions, an entry each. */
  #variable(name: string, declaration: ts.VariableDeclaration): void {
    const type = declaration.type;
    const holder =
      type !== undefined && ts.isTypeReferenceNode(type)
        ? this.#api.at(type.typeName).find(ts.isInterfaceDeclaration)
        : undefined;
    if (holder === undefined || !isOfFunctions(holder)) {
      const written = type === undefined ? name : `${name}: ${shown(type)}`;
      this.#entry(name, commentOf(declaration), fence(`const ${written}`));
      return;
    }
    this.#entry(name, commentOf(declaration), '');
    this.functionsOf(name, holder);
  }

  /** The functions that an interface holds, `read.csv` and so on. */
  functionsOf(name: string, holder: ts.InterfaceDeclaration): void {
    const byName = byKey(holder.members, (one) => one.name?.getText() ?? '');
    for (const [member, all] of byName) {
      const methods = all.filter(ts.isMethodSignature);
      if (methods.length > 0) {
        this.callable(`${name}.${member}`, methods, this.#carriedOut(holder, name, member, methods));
        continue;
      }
      const [property] = all.filter(ts.isPropertySignature);
      if (property?.type === undefined || !ts.isTypeQueryNode(property.type)) continue;
      const functions = this.#api.at(property.type.exprName).filter(ts.isFunctionDeclaration);
      this.callable(`${name}.${member}`, functions);
    }
  }

  /** What the function says that carries `read.csv` out, `readCsv`. */
  #carriedOut(
    holder: ts.InterfaceDeclaration,
    name: string,
    member: string,
    methods: readonly ts.MethodSignature[],
  ): string {
    const functionName = `${name}${member[0]?.toUpperCase()}${member.slice(1)}`;
    const [found] = this.#api.inFile(holder.getSourceFile(), functionName);
    const said = found === undefined ? '' : commentOf(found);
    return methods.some((one) => commentOf(one).includes(said)) ? '' : said;
  }

  #type(name: string, declaration: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): void {
    if (
      ts.isInterfaceDeclaration(declaration) &&
      isOfFunctions(declaration) &&
      declaration.heritageClauses === undefined
    ) {
      // Its functions are told beside what has them.
      this.#entry(name, commentOf(declaration), '');
      return;
    }
    const list = listOf(declaration, this.#api, (one) => this.#public.has(one));
    const written = ts.isTypeAliasDeclaration(declaration) && list === '' ? aliasOf(declaration) : '';
    const alias = written === '' ? '' : fence(written);
    this.#entry(name, commentOf(declaration), alias, list === '' ? [] : [list]);
  }

  /** What the parameters of a call hold, where no entry of its own tells it. */
  #optionsOf(calls: readonly Callable[]): string[] {
    const found = new Map<string, string>();
    for (const call of calls) {
      const scope = scopeOf(call.typeParameters);
      const visit = (node: ts.Node): void => {
        if (ts.isTypeReferenceNode(node)) {
          const name = node.typeName.getText();
          const text = found.has(name) ? '' : this.#option(node, name, scope);
          if (text !== '') found.set(name, text);
        }
        ts.forEachChild(node, visit);
      };
      for (const one of call.parameters) if (one.name.getText() !== 'this') visit(one);
    }
    const links = [...found.values()].filter((one) => one.startsWith(OPTIONS)).map((one) => one.slice(OPTIONS.length));
    const told = [...found.values()].filter((one) => !one.startsWith(OPTIONS));
    return links.length === 0 ? told : [...told, `${OPTIONS}${links.join(', ')}.`];
  }

  #option(node: ts.TypeReferenceNode, name: string, scope: Scope): string {
    const declaration = this.#api.at(node.typeName).find(isTyped);
    if (declaration === undefined || !this.#api.path(declaration).startsWith('src/')) return '';
    const isOfOptions = /(Options|Definition)$/.test(name);
    if (this.#public.has(declaration)) return isOfOptions ? `${OPTIONS}[\`${name}\`](#${anchorOf(name)})` : '';
    if (isOfOptions) {
      const given = (node.typeArguments ?? []).map((type) => ({ type, scope }));
      const inner = scopeOf(declaration.typeParameters, new Map(), given);
      const list = listOf(declaration, this.#api, (one) => this.#public.has(one), inner);
      if (list !== '') return `\`${name}\`:\n\n${list}`;
    }
    // A choice of a few words, or a function of the user's own.
    const isShort =
      ts.isTypeAliasDeclaration(declaration) &&
      !PLAIN.has(name) &&
      (ts.isFunctionTypeNode(declaration.type) ||
        (declaration.typeParameters === undefined && ts.isUnionTypeNode(declaration.type)));
    return isShort ? `\`${aliasOf(declaration).replaceAll(/\s+/g, ' ')}\`` : '';
  }

  #entry(name: string, comment: string, signature: string, more: readonly string[] = []): void {
    const anchor = anchorOf(name);
    // Two names that differ in capitals alone, as `Plot` and `plot`.
    const own = this.#anchors.has(anchor) ? `${anchor}-2` : anchor;
    this.#anchors.add(own);
    this.#parts.at(-1)?.names.push({ name, anchor: own, sentence: sentenceOf(comment) });
    this.#lines.push(`### ${name} {#${own}}`);
    for (const text of [signature, comment, ...more]) if (text !== '') this.#lines.push(text);
  }
}

/** Whether an interface is a set of functions, as `Readers` is. */
function isOfFunctions(declaration: ts.InterfaceDeclaration): boolean {
  return declaration.members.every(
    (one) =>
      ts.isMethodSignature(one) ||
      (ts.isPropertySignature(one) && one.type !== undefined && ts.isTypeQueryNode(one.type)),
  );
}

const OPTIONS = 'Options: ';

/** Types of which the text beside them says enough. */
const PLAIN: ReadonlySet<string> = new Set(['AnyLiteral', 'DataType', 'OrderItem', 'Postgres', 'SqlQuery', 'Feature']);

export function anchorOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function isPublic(member: ts.ClassElement): boolean {
  const name = member.name?.getText() ?? '';
  return !name.startsWith('#') && !name.startsWith('[');
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function missing(name: string): never {
  throw new Error(`${name} is declared nowhere.`);
}

function byKey<T>(all: Iterable<T>, keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}
