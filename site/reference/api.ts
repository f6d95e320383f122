import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** What the package exports, by the syntax of src/: read again at every build, so that nothing is kept by hand. */

/** A public name and what declares it; a function of several signatures has several. */
export interface Export {
  readonly name: string;
  readonly declarations: readonly ts.Declaration[];
}

/** The names that stand under one heading of an entry. */
export interface Group {
  readonly title: string;
  readonly exports: readonly Export[];
}

/** What `import .. from 'millrace/testing'` reaches. */
export interface Entry {
  /** `millrace`, `millrace/testing`. */
  readonly specifier: string;
  readonly groups: readonly Group[];
}

export class Api {
  readonly root: string;
  readonly entries: readonly Entry[];
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  constructor(root: string) {
    this.root = root;
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
    };
    const files = Object.entries(manifest.exports).flatMap(([path, target]) =>
      typeof target === 'string'
        ? []
        : [
            {
              specifier: join(manifest.name, path),
              file: join(root, target.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')),
            },
          ],
    );
    const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const program = ts.createProgram(
      files.map(({ file }) => file),
      { ...options, noEmit: true },
    );
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.entries = files.map(({ specifier, file }) => {
      const source = program.getSourceFile(file);
      if (source === undefined) throw new Error(`There is no ${relative(root, file)}, which package.json exports.`);
      return { specifier, groups: this.#groups(specifier, source) };
    });
  }

  /** The names of an entry, under the comments that stand above its exports. */
  #groups(specifier: string, source: ts.SourceFile): Group[] {
    const groups = new Map<string, Export[]>();
    let title = specifier;
    for (const statement of source.statements) {
      title = headingAbove(statement, source) ?? title;
      const under = groups.get(title) ?? groups.set(title, []).get(title) ?? [];
      for (const symbol of this.#exportedBy(statement)) {
        under.push({ name: symbol.name, declarations: this.resolve(symbol).declarations ?? [] });
      }
    }
    return [...groups].filter(([, exports]) => exports.length > 0).map(([name, exports]) => ({ title: name, exports }));
  }

  #exportedBy(statement: ts.Statement): ts.Symbol[] {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      if (!ts.isNamedExports(statement.exportClause)) return [];
      return statement.exportClause.elements.flatMap((one) => this.#checker.getSymbolAtLocation(one.name) ?? []);
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    const named = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((one) => one.name)
      : [(statement as ts.DeclarationStatement).name];
    return named.flatMap((name) => (name === undefined ? [] : (this.#checker.getSymbolAtLocation(name) ?? [])));
  }

  /** What a name stands for, wherever it was imported from. */
  resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** What a name in the code stands for. */
  at(name: ts.Node): readonly ts.Declaration[] {
    const symbol = this.#checker.getSymbolAtLocation(name);
    return symbol === undefined ? [] : (this.resolve(symbol).declarations ?? []);
  }

  /** What a file imports or declares under a name. */
  inFile(file: ts.SourceFile, name: string): readonly ts.Declaration[] {
    for (const statement of file.statements) {
      if (!ts.isImportDeclaration(statement)) continue;
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      const found = bindings.elements.find((one) => one.name.text === name);
      if (found !== undefined) return this.at(found.name);
    }
    return [];
  }

  /** The class that a class extends. */
  above(declaration: ts.ClassDeclaration): ts.ClassDeclaration | undefined {
    const clause = declaration.heritageClauses?.find((one) => one.token === ts.SyntaxKind.ExtendsKeyword);
    const name = clause?.types[0]?.expression;
    return name === undefined ? undefined : this.at(name).find(ts.isClassDeclaration);
  }

  /** Where a declaration stands: `src/frame/verbs/rows.ts`. */
  path(declaration: ts.Node): string {
    return relative(this.root, declaration.getSourceFile().fileName).replaceAll('\\', '/');
  }

  /** A class of src/, whether an entry names it or not. */
  class(file: string, name: string): ts.ClassDeclaration {
    const source = this.#program.getSourceFile(join(this.root, file));
    const found = source?.statements.filter(ts.isClassDeclaration).find((one) => one.name?.text === name);
    if (found === undefined) throw new Error(`There is no class ${name} in ${file}.`);
    return found;
  }
}

/** `// Readers` on a line of its own above a statement. */
function headingAbove(statement: ts.Statement, source: ts.SourceFile): string | undefined {
  const ranges = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? [];
  const lines = ranges.filter((one) => one.kind === ts.SyntaxKind.SingleLineCommentTrivia);
  const last = lines.at(-1);
  const text = last === undefined ? '' : source.text.slice(last.pos + 2, last.end).trim();
  return /^[\w ]{1,30}$/.test(text) ? text : undefined;
}
