import ts from 'typescript';

/**
 * Signatures as a person reads them: what follows the compiler's columns and nullability through a call is left out, for
 * the text beside it says the same, and types that stand for "a value that fits" are called that.
 */

/** What a name of the code is called here; `''` leaves it out of an intersection. */
const CALLED: Readonly<Record<string, string>> = {
  Frame: 'Frame',
  FrameOf: 'Frame',
  Materialized: 'Materialized',
  Table: 'Table',
  Grouped: 'Grouped',
  Cols: 'Columns',
  UnknownCols: 'Columns',
  LiteralOf: 'value',
  AnyLiteral: 'value',
  AnyScalar: 'Expr',
  AnyAggregate: 'Aggregate',
  AnyColumnType: 'ColumnType',
  SchemaSpec: 'Schema',
  Operand: 'number | Expr<number>',
  NumericExpr: 'Expr<number>',
  TextExpr: 'Expr<string>',
  BooleanExpr: 'Expr<boolean>',
  TemporalExpr: 'Expr<time>',
  NoOther: '',
  Fits: '',
  Alike: '',
  Having: '',
  ToldApart: '',
  OneDType: '',
  Row: 'Row',
  NamesOf: 'ColumnName',
  OrderItem: 'OrderBy',
  Postgres: 'url | Pool | PGlite',
  KnexLike: 'Knex',
};

/** A dtype by its name in the code, as it is written in a schema. */
const DTYPES: Readonly<Record<string, string>> = {
  Int: 'int',
  BigInteger: 'bigint',
  Float: 'float',
  Decimal: 'decimal',
  Text: 'string',
  Enum: 'string',
  Bool: 'boolean',
  Day: 'date',
  Timestamp: 'timestamp',
  Json: 'json',
  Binary: 'binary',
  List: 'list',
  Struct: 'struct',
  NumericDType: 'number',
  TemporalDType: 'time',
};

/** What carries a dtype and nullability: the dtype is shown where it is certain. */
const CARRIERS: ReadonlySet<string> = new Set([
  'Expr',
  'Scalar',
  'Aggregate',
  'WindowFunction',
  'ColumnType',
  'Category',
]);

/** Types that say something only to the compiler: their first argument is what a person gives. */
const SEE_THROUGH: ReadonlySet<string> = new Set(['NoInfer', 'Wide', 'Readonly', 'Comparable', 'Extract', 'Exclude']);

/** What a type parameter stands for, and the parameters that are in force there. */
interface Bound {
  readonly type: ts.TypeNode;
  readonly scope: Scope;
}

/** The type parameters in force. */
export type Scope = ReadonlyMap<string, Bound | undefined>;

export type Callable = ts.SignatureDeclaration;

/** A call as it is written: `frame.filter(predicate: (r: Columns) => Expr<boolean>): Frame`. */
export function signatureOf(name: string, declaration: Callable, around: Scope = new Map()): string {
  const scope = scopeOf(declaration.typeParameters, around);
  const parameters = declaration.parameters
    .filter((one) => one.name.getText() !== 'this')
    .map((one) => parameterOf(one, scope));
  const result = declaration.type === undefined ? '' : `: ${shown(declaration.type, scope)}`;
  const line = `${name}(${parameters.join(', ')})${result}`;
  if (line.length <= 70 && !line.includes('\n')) return line;
  return `${name}(\n${parameters.map((one) => `${indented(one)},\n`).join('')})${result}`;
}

/** Type parameters as what bounds them, or as what they were `given`. */
export function scopeOf(
  parameters: readonly ts.TypeParameterDeclaration[] | undefined,
  around: Scope = new Map(),
  given: readonly Bound[] = [],
): Scope {
  const scope = new Map(around);
  for (const [i, { name, constraint }] of (parameters ?? []).entries()) {
    scope.set(name.text, given[i] ?? (constraint === undefined ? undefined : { type: constraint, scope }));
  }
  return scope;
}

function parameterOf(parameter: ts.ParameterDeclaration, scope: Scope): string {
  const rest = parameter.dotDotDotToken === undefined ? '' : '...';
  const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
  const name = ts.isIdentifier(parameter.name) ? parameter.name.text : 'options';
  const type = parameter.type === undefined ? '' : `: ${shown(parameter.type, scope, rest !== '')}`;
  const standard = parameter.initializer?.getText();
  const note = standard === undefined || standard === '{}' ? '' : ` = ${standard}`;
  return `${rest}${name}${isOptional && note === '' ? '?' : ''}${type}${note}`;
}

/** A type as it is shown; of `rest` parameters that are bound by a list, the list. */
export function shown(type: ts.TypeNode, scope: Scope = new Map(), rest = false): string {
  if (ts.isParenthesizedTypeNode(type)) return shown(type.type, scope, rest);
  if (ts.isTypeReferenceNode(type)) return reference(type, scope, rest);
  if (ts.isTypeOperatorNode(type)) {
    if (type.operator === ts.SyntaxKind.KeyOfKeyword) return 'string';
    return shown(type.type, scope, rest);
  }
  if (ts.isArrayTypeNode(type)) {
    const item = shown(type.elementType, scope);
    return / \| | => | & /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (ts.isUnionTypeNode(type)) {
    // A list of literals beside their one is the same choice.
    return unique(type.types.map((one) => bracketed(one, shown(one, scope)))).join(' | ');
  }
  if (ts.isIntersectionTypeNode(type)) {
    const parts = unique(type.types.map((one) => bracketed(one, shown(one, scope, rest)))).filter(
      (one) => one !== '' && one !== 'unknown' && one !== '{}',
    );
    return parts.join(' & ');
  }
  if (ts.isIndexedAccessTypeNode(type)) {
    return indexed(type, scope);
  }
  if (ts.isFunctionTypeNode(type)) {
    const inner = scopeOf(type.typeParameters, scope);
    const parameters = type.parameters.map((one) => parameterOf(one, inner)).join(', ');
    return `(${parameters}) => ${shown(type.type, inner)}`;
  }
  if (ts.isTypeLiteralNode(type)) return literalType(type, scope);
  if (ts.isMappedTypeNode(type)) {
    const optional = type.questionToken === undefined ? '' : '?';
    return `{ [column]${optional}: ${type.type === undefined ? 'unknown' : shown(type.type, scope)} }`;
  }
  if (ts.isConditionalTypeNode(type)) return shown(type.trueType, scope);
  if (ts.isTupleTypeNode(type)) {
    const items = type.elements.map((one) => shown(one, scope));
    // A list of one or more.
    const [first, second] = type.elements;
    if (items.length === 2 && second !== undefined && ts.isRestTypeNode(second) && items[1] === `...${items[0]}[]`) {
      return first === undefined ? '' : `${bracketed(first, items[0] ?? '')}[]`;
    }
    return `[${items.join(', ')}]`;
  }
  if (ts.isRestTypeNode(type)) return `...${shown(type.type, scope)}`;
  if (ts.isNamedTupleMember(type)) return shown(type.type, scope);
  if (ts.isTypeQueryNode(type)) return type.exprName.getText();
  if (ts.isTemplateLiteralTypeNode(type)) return 'string';
  return type.getText().replaceAll(/\s+/g, ' ');
}

function reference(type: ts.TypeReferenceNode, scope: Scope, rest: boolean): string {
  const name = type.typeName.getText();
  const [first, second] = type.typeArguments ?? [];
  if (scope.has(name)) return parameterShown(name, scope, rest);
  if (name === 'Promise' && first !== undefined) return `Promise<${shown(first, scope)}>`;
  if (name === 'AsyncGenerator' || name === 'AsyncIterable') {
    return first === undefined ? name : `${name}<${shown(first, scope)}>`;
  }
  if (name === 'OneOrMore' && first !== undefined) {
    const one = shown(first, scope);
    return `${one} | ${one.includes(' ') ? `(${one})` : one}[]`;
  }
  if ((name === 'Omit' || name === 'Pick') && first !== undefined) return shown(first, scope);
  if (name === 'Partial' && first !== undefined) return shown(first, scope);
  if ((name === 'Record' || name === 'ReadonlyMap') && first !== undefined && second !== undefined) {
    return `${name.replace('Readonly', '')}<${shown(first, scope)}, ${shown(second, scope)}>`;
  }
  if (SEE_THROUGH.has(name) && first !== undefined) return shown(first, scope, rest);
  if (CARRIERS.has(name)) {
    const dtype = first === undefined ? undefined : dtypeOf(first, scope);
    return `${name === 'Scalar' ? 'Expr' : name}${dtype === undefined ? '' : `<${dtype}>`}`;
  }
  return CALLED[name] ?? DTYPES[name] ?? name;
}

/** A type parameter as what it stands for. */
function parameterShown(name: string, scope: Scope, rest: boolean): string {
  const bound = scope.get(name);
  if (bound === undefined) return name;
  if (rest && ts.isTupleTypeNode(bound.type)) return 'value[]';
  // What is bound by itself ends here.
  return shown(bound.type, bound.scope === scope ? new Map([...scope, [name, undefined]]) : bound.scope, rest);
}

function dtypeOf(type: ts.TypeNode, scope: Scope): string | undefined {
  if (ts.isUnionTypeNode(type)) {
    const all = type.types.map((one) => dtypeOf(one, scope));
    return all.includes(undefined) ? undefined : all.join(' | ');
  }
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const name = type.typeName.getText();
  if (name === 'List') {
    const [item] = type.typeArguments ?? [];
    const inner = item === undefined ? undefined : dtypeOf(item, scope);
    return inner === undefined ? 'list' : `list<${inner}>`;
  }
  const bound = scope.get(name);
  if (bound !== undefined) return dtypeOf(bound.type, new Map([...bound.scope, [name, undefined]]));
  const [first] = type.typeArguments ?? [];
  if ((name === 'NoInfer' || name === 'Wide') && first !== undefined) return dtypeOf(first, scope);
  return DTYPES[name];
}

/** `C['k']` is the name of a column. */
function indexed(type: ts.IndexedAccessTypeNode, scope: Scope): string {
  const key = type.indexType.getText();
  if (/\['d'\]\['id'\]$/.test(type.getText())) return 'DTypeName';
  if (key === "'k'") return 'ColumnName';
  if (key === "'js'") return 'value';
  if (key === "'d'") return 'dtype';
  return key === 'number' ? shown(type.objectType, scope) : type.getText();
}

/** An object: on one line where it is short and says all, else a line a member. */
function literalType(type: ts.TypeLiteralNode, scope: Scope): string {
  const members = type.members.filter((one) => !(ts.isPropertySignature(one) && isNever(one.type)));
  const lines = members.map((one) => memberOf(one, scope));
  const line = `{ ${lines.join('; ')} }`;
  if (line.length <= 60 && !line.includes('\n')) return lines.length === 0 ? '{}' : line;
  return `{\n${lines.map((one) => `${indented(one)};\n`).join('')}}`;
}

function isNever(type: ts.TypeNode | undefined): boolean {
  return type !== undefined && ['never', 'undefined'].includes(type.getText());
}

export function memberOf(member: ts.TypeElement, scope: Scope): string {
  if (ts.isIndexSignatureDeclaration(member)) {
    return `[${member.parameters[0]?.name.getText() ?? 'name'}]: ${shown(member.type, scope)}`;
  }
  const optional = member.questionToken === undefined ? '' : '?';
  const name = member.name?.getText() ?? '';
  if (ts.isMethodSignature(member)) return signatureOf(`${name}${optional}`, member, scope);
  const type = (member as ts.PropertySignature).type;
  return `${name}${optional}${type === undefined ? '' : `: ${shown(type, scope)}`}`;
}

function bracketed(type: ts.TypeNode, text: string): string {
  const inner = ts.isParenthesizedTypeNode(type) ? type.type : type;
  return ts.isFunctionTypeNode(inner) ? `(${text})` : text;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
