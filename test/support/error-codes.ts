import { relative, resolve } from 'node:path';
import {
  isBinaryExpression,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isVariableDeclaration,
  type Node,
  type ObjectLiteralExpression,
  SyntaxKind,
  type TemplateExpression,
} from 'typescript/unstable/ast';
import { API, type Checker } from 'typescript/unstable/sync';

/** A code that src/ can throw. */
export interface ErrorCode {
  /** Where it stands: `src/readers/csv/header.ts:79`. */
  readonly places: string[];
  /** Its messages where they stand beside it: the fixed parts of each, in order. */
  readonly messages: string[][];
  /** Whether errors made beside it can be tried again, of each as it stands there. */
  readonly retryable: ('yes' | 'no' | 'at times')[];
}

const CODE = /^[a-z][a-z0-9]*\.[a-z0-9_]+$/;
/** A code at the start of a message that SQL gives, `[cast.failed] ..`. */
const MARK = /\[([a-z]+\.[a-z_]+)\]/g;

/** All codes by the syntax of src/; `none` are texts of the same form that are no codes. */
export function errorCodes(root: string, none: ReadonlySet<string>): ReadonlyMap<string, ErrorCode> {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [resolve(root, 'tsconfig.build.json')] }).getProjects()[0];
    if (project === undefined) throw new Error('tsconfig.build.json is no project');
    const found = new Finder(root, project.checker);
    for (const name of project.program.getSourceFileNames()) {
      if (!name.startsWith(resolve(root, 'src'))) continue;
      const file = project.program.getSourceFile(name);
      if (file !== undefined) found.walk(file, { name, text: file.text, above: [] });
    }
    return found.codes(none);
  } finally {
    api.close();
  }
}

interface Place {
  readonly name: string;
  readonly text: string;
  /** The nodes around it, the nearest last. */
  readonly above: readonly Node[];
}

class Finder {
  readonly #root: string;
  readonly #checker: Checker;
  /** Texts that are codes for certain. */
  readonly #sure = new Map<string, ErrorCode>();
  /** Texts that are codes where they begin with the area of one. */
  readonly #alike = new Map<string, ErrorCode>();

  constructor(root: string, checker: Checker) {
    this.#root = root;
    this.#checker = checker;
  }

  codes(none: ReadonlySet<string>): ReadonlyMap<string, ErrorCode> {
    const areaOf = (code: string): string => code.slice(0, code.indexOf('.'));
    const sure = [...this.#sure].filter(([text]) => !none.has(text));
    const areas = new Set(sure.map(([text]) => areaOf(text)));
    const alike = [...this.#alike].filter(([text]) => areas.has(areaOf(text)) && !none.has(text));
    const codes = new Map(sure);
    for (const [code, { places, messages, retryable }] of alike) {
      const known = codes.get(code);
      known?.places.push(...places);
      known?.messages.push(...messages);
      known?.retryable.push(...retryable);
      if (known === undefined) codes.set(code, { places, messages, retryable });
    }
    return codes;
  }

  walk(node: Node, place: Place): void {
    if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) {
      if (CODE.test(node.text)) this.#add(node.text, node, place, isGivenAsCode(place.above));
      this.#addMarks(node.text, node, place);
    } else if (isTemplateExpression(node)) {
      for (const code of this.#expanded(node, place)) this.#add(code, node, place, true);
      for (const text of textsOf(node)) this.#addMarks(text, node, place);
    }
    const within = { ...place, above: [...place.above, node] };
    node.forEachChild((child) => {
      this.walk(child, within);
    });
  }

  #addMarks(text: string, node: Node, place: Place): void {
    for (const [, code = ''] of text.matchAll(MARK)) this.#add(code, node, place, true);
  }

  /** The codes that a template gives: `${area}.bad_row` for each text that `area` can be by its type. */
  #expanded(node: TemplateExpression, { name, text, above }: Place): readonly string[] {
    const [span, ...others] = node.templateSpans;
    if (span === undefined || others.length > 0 || !isGivenAsCode(above)) return [];
    const [before, after] = [node.head.text, span.literal.text];
    if (!CODE.test(`${before}x${after}`)) return [];
    const type = this.#checker.getTypeAtLocation(span.expression);
    const members = type?.isUnionType() === true ? type.getTypes() : [type];
    return members.map((member) => {
      if (member?.isStringLiteralType() === true) return `${before}${member.value}${after}`;
      const what = text.slice(node.pos, node.end).trim();
      throw new Error(`${name}: what stands in ${what} can be any text. Give it a type of literals.`);
    });
  }

  #add(code: string, node: Node, { name, text, above }: Place, isSure: boolean): void {
    if (above.some(isComparison)) return;
    const codes = isSure ? this.#sure : this.#alike;
    const known = codes.get(code) ?? { places: [], messages: [], retryable: [] };
    codes.set(code, known);
    known.places.push(`${relative(this.#root, name)}:${text.slice(0, node.pos).split('\n').length}`);
    const made = fieldsAround(above);
    if (made === undefined) return;
    const message = propertyOf(made, 'message');
    if (message !== undefined) known.messages.push(textsOf(message));
    known.retryable.push(answerOf(propertyOf(made, 'retryable')));
  }
}

function answerOf(retryable: Node | undefined): 'yes' | 'no' | 'at times' {
  if (retryable === undefined || retryable.kind === SyntaxKind.FalseKeyword) return 'no';
  return retryable.kind === SyntaxKind.TrueKeyword ? 'yes' : 'at times';
}

/** Whether what stands there becomes what is called `code`, as it is or as one of several. */
function isGivenAsCode(above: readonly Node[]): boolean {
  const holder = above.findLast((node) => isPropertyAssignment(node) || isVariableDeclaration(node));
  return holder !== undefined && 'name' in holder && textOf(holder.name as Node | undefined) === 'code';
}

/** What is given to the `new MillraceError` around a node, where its `code` holds that node. */
function fieldsAround(above: readonly Node[]): ObjectLiteralExpression | undefined {
  const at = above.findLastIndex((node) => isNewExpression(node) && textOf(node.expression) === 'MillraceError');
  const fields = above[at + 1];
  return at !== -1 && fields !== undefined && isObjectLiteralExpression(fields) ? fields : undefined;
}

function isComparison(node: Node): boolean {
  if (!isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === SyntaxKind.EqualsEqualsEqualsToken || kind === SyntaxKind.ExclamationEqualsEqualsToken;
}

function propertyOf(object: ObjectLiteralExpression, name: string): Node | undefined {
  for (const property of object.properties) {
    if ('name' in property && textOf(property.name as Node | undefined) === name) {
      return isPropertyAssignment(property) ? property.initializer : property;
    }
  }
  return undefined;
}

function textOf(node: Node | undefined): string | undefined {
  return node !== undefined && 'text' in node ? String(node.text) : undefined;
}

/** The fixed parts of a text. */
function textsOf(node: Node): string[] {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (!isTemplateExpression(node)) return [];
  return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
}
