import ts from 'typescript';
import type { Api } from './api.ts';
import { commentOf } from './comment.ts';
import { memberOf, type Scope, scopeOf, shown } from './signature.ts';

/** What a type of options or of an answer holds, its own members and those it takes over. */

type Typed = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

export function isTyped(declaration: ts.Declaration): declaration is Typed {
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
}

/** Members that expressions have for the compiler and for the engine. */
const INTERNAL: ReadonlySet<string> = new Set(['d', 'n', 'node', 'role', 'empty']);

interface Member {
  readonly member: ts.TypeElement;
  readonly scope: Scope;
  /** Whether it is there only with the one above, of several choices. */
  readonly isUnder?: boolean;
}

/** Which types have entries of their own. */
export type HasEntry = (declaration: ts.Declaration) => boolean;

/** The members of a type, a line of a list each, and where the others stand that it takes over. */
export function listOf(declaration: Typed, api: Api, hasEntry: HasEntry, given: Scope = new Map()): string {
  const found = new Members(api, hasEntry).of(declaration, given);
  const lines = found.members.filter(isSaid).map(({ member, scope, isUnder = false }) => {
    const text = memberOf(member, scope).replaceAll(/\s+/g, ' ');
    const comment = commentOf(member).replaceAll(/\s*\n\s*/g, ' ');
    return `${isUnder ? '  ' : ''}- \`${text}\`${comment === '' ? '' : `<br>${comment}`}`;
  });
  const others = found.elsewhere.map((name) => `- and those of [\`${name}\`](#${name.toLowerCase()})`);
  return [...lines, ...new Set(others)].join('\n');
}

class Members {
  readonly members: Member[] = [];
  readonly elsewhere: string[] = [];
  readonly #api: Api;
  readonly #hasEntry: HasEntry;
  readonly #seen = new Set<string>();

  constructor(api: Api, hasEntry: HasEntry) {
    this.#api = api;
    this.#hasEntry = hasEntry;
  }

  of(declaration: Typed, given: Scope): this {
    const scope = scopeOf(
      declaration.typeParameters,
      given,
      [...given.values()].filter((one) => one !== undefined),
    );
    if (ts.isTypeAliasDeclaration(declaration)) {
      if (!isWritten(declaration.type)) this.#in(declaration.type, scope);
      return this;
    }
    this.#declared(declaration, scope);
    return this;
  }

  #declared(declaration: Typed, scope: Scope): void {
    if (ts.isTypeAliasDeclaration(declaration)) {
      this.#in(declaration.type, scope);
      return;
    }
    this.#add(declaration.members, scope);
    for (const type of (declaration.heritageClauses ?? []).flatMap((clause) => clause.types)) {
      const [first] = type.typeArguments ?? [];
      if (!isUtility(type.expression)) this.#named(type.expression, type.typeArguments ?? [], scope);
      else if (first !== undefined) this.#in(first, scope);
    }
  }

  #named(name: ts.Node, args: readonly ts.TypeNode[], scope: Scope): void {
    for (const one of this.#api.at(name)) {
      if (!isTyped(one) || !this.#api.path(one).startsWith('src/')) continue;
      if (this.#hasEntry(one)) this.elsewhere.push(one.name.text);
      else
        this.#declared(
          one,
          scopeOf(
            one.typeParameters,
            new Map(),
            args.map((type) => ({ type, scope })),
          ),
        );
    }
  }

  #in(type: ts.TypeNode, scope: Scope): void {
    if (ts.isParenthesizedTypeNode(type)) this.#in(type.type, scope);
    else if (ts.isTypeLiteralNode(type)) this.#add(type.members, scope);
    else if (ts.isIntersectionTypeNode(type)) {
      for (const one of type.types) this.#in(one, scope);
    } else if (ts.isUnionTypeNode(type)) {
      for (const one of type.types) this.#choice(one, scope);
    } else if (ts.isTypeReferenceNode(type) && !scope.has(type.typeName.getText())) {
      const [first] = type.typeArguments ?? [];
      if (first !== undefined && isUtility(type.typeName)) this.#in(first, scope);
      else this.#named(type.typeName, type.typeArguments ?? [], scope);
    }
  }

  /** One of several: what tells it from the others, and under that what it holds besides. */
  #choice(type: ts.TypeNode, scope: Scope): void {
    const inner = new Members(this.#api, this.#hasEntry);
    inner.#in(type, scope);
    const [first, ...rest] = inner.members.filter(isSaid);
    if (first !== undefined) this.members.push(first, ...rest.map((one) => ({ ...one, isUnder: true })));
    this.elsewhere.push(...inner.elsewhere);
  }

  #add(members: readonly ts.TypeElement[], scope: Scope): void {
    for (const member of members) {
      const text = member.getText();
      if (this.#seen.has(text)) continue;
      this.#seen.add(text);
      this.members.push({ member, scope });
    }
  }
}

/** Types of which the first argument is what counts. */
function isUtility(name: ts.Node): boolean {
  return ['Omit', 'Pick', 'Partial', 'Readonly', 'NoInfer'].includes(name.getText());
}

/** Not what only tells the compiler that a choice excludes another. */
function isSaid({ member }: Member): boolean {
  const name = member.name?.getText() ?? '';
  const isExcluded = ts.isPropertySignature(member) && ['never', 'undefined'].includes(member.type?.getText() ?? '');
  const isHidden = INTERNAL.has(name) || commentOf(member).includes('@internal');
  return !isExcluded && name !== '' && !name.startsWith('[') && !isHidden;
}

/** A choice that is as well read where it is written: of words, of types that have entries, of short objects. */
function isWritten(type: ts.TypeNode): boolean {
  if (!ts.isUnionTypeNode(type)) return false;
  return !type.types.some((one) => ts.isTypeReferenceNode(one) && /Options$/.test(one.typeName.getText()));
}

/** Types that say nothing to a person but what their comment says. */
const UNTOLD: ReadonlySet<string> = new Set([
  'AnyColumnType',
  'Cols',
  'DataType',
  'Expr',
  'FrameOf',
  'Materialized',
  'OrderBy',
  'QuarantineCols',
  'Row',
  'UnknownCols',
]);

/** A type that has no members to list, as it is written; a choice of much on several lines. */
export function aliasOf(declaration: ts.TypeAliasDeclaration): string {
  const { name, type, typeParameters } = declaration;
  if (UNTOLD.has(name.text)) return '';
  const scope = scopeOf(typeParameters);
  const line = `type ${name.text} = ${shown(type, scope)};`;
  if (line.length <= 100 || !ts.isUnionTypeNode(type)) return line;
  return `type ${name.text} =\n${type.types.map((one) => `  | ${shown(one, scope).replaceAll(/\s*\n\s*/g, ' ')}`).join('\n')};`;
}
