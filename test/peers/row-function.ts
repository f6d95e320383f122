/** A row function of a peer, as a tree: what `d => op.mean(d.a) + 1` says, without running it. */
export type Node =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** A column of the row; of the second row, where `side` is 1. */
  | { readonly kind: 'column'; readonly side: number; readonly name: string }
  | { readonly kind: 'row'; readonly side: number }
  /** A function by the last part of its name: `op.mean` and `mean` are the same. */
  | { readonly kind: 'call'; readonly fn: string; readonly args: readonly Node[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'unary'; readonly op: string; readonly operand: Node }
  | { readonly kind: 'conditional'; readonly test: Node; readonly yes: Node; readonly otherwise: Node }
  | { readonly kind: 'index'; readonly of: Node; readonly at: Node }
  | { readonly kind: 'template'; readonly parts: readonly Node[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Node])[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'arrow'; readonly body: Node }
  /** Every aggregate inside looks at these rows around the current one. */
  | { readonly kind: 'framed'; readonly rows: readonly [number | null, number | null]; readonly body: Node };

type Scope = ReadonlyMap<string, Node>;

/** The body of a row function, or of a bare expression, in which a name is a column. */
export function rowFunction(source: string): Node {
  const parser = new Parser(source, new Map());
  const node = parser.whole();
  if (node.kind === 'name') return { kind: 'column', side: 0, name: node.name };
  return node.kind === 'arrow' ? node.body : node;
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?|[A-Za-z_$][\w$]*|"(?:[^"\\]|\\.)*"|`[^`]*`)|(=>|===|!==|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]))/y;

/** From the loosest binding to the tightest. */
const BINARY: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['===', '!==', '==', '!='],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', null],
]);

class Parser {
  readonly #source: string;
  readonly #tokens: string[] = [];
  #at = 0;
  #scope: Scope;

  constructor(source: string, scope: Scope) {
    this.#source = source;
    this.#scope = scope;
    const text = source.trim();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const from = TOKEN.lastIndex;
      const found = TOKEN.exec(text);
      if (found === null) throw new Error(`cannot read ${JSON.stringify(text.slice(from))} in ${source}`);
      this.#tokens.push(found[0].trim());
    }
  }

  whole(): Node {
    const node = this.#expression();
    if (this.#at < this.#tokens.length) throw new Error(`unexpected ${this.#peek()} in ${this.#source}`);
    return node;
  }

  #peek(offset = 0): string {
    return this.#tokens[this.#at + offset] ?? '';
  }

  #next(): string {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #takes(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw new Error(`expected ${token}, not ${this.#peek()}, in ${this.#source}`);
  }

  #expression(): Node {
    if (this.#isArrow()) return this.#arrow();
    const test = this.#binary(0);
    if (!this.#takes('?')) return test;
    const yes = this.#expression();
    this.#expect(':');
    return { kind: 'conditional', test, yes, otherwise: this.#expression() };
  }

  #isArrow(): boolean {
    if (this.#peek() !== '(') return this.#peek(1) === '=>';
    const close = this.#tokens.indexOf(')', this.#at);
    return this.#tokens[close + 1] === '=>';
  }

  #arrow(): Node {
    const outside = this.#scope;
    const scope = new Map(outside);
    const parenthesized = this.#takes('(');
    for (let side = 0; !this.#takes('=>'); ) {
      const token = this.#next();
      if (token === '{') {
        for (let name = this.#next(); name !== '}'; name = this.#next()) {
          if (name !== ',') scope.set(name, { kind: 'column', side, name });
        }
      } else if (token === ',') {
        side += 1;
      } else if (!(token === ')' && parenthesized)) {
        scope.set(token, { kind: 'row', side });
      }
    }
    this.#scope = scope;
    const body = this.#expression();
    this.#scope = outside;
    return { kind: 'arrow', body };
  }

  #binary(level: number): Node {
    const ops = BINARY[level];
    if (ops === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (ops.includes(this.#peek())) {
      const op = this.#next();
      left = { kind: 'binary', op, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #unary(): Node {
    for (const op of ['!', '-']) if (this.#takes(op)) return { kind: 'unary', op, operand: this.#unary() };
    return this.#postfix(this.#primary());
  }

  #primary(): Node {
    const token = this.#next();
    if (token === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (token === '[') return { kind: 'array', items: this.#list(']') };
    if (token === '{') return this.#object();
    if (token.startsWith('"')) return { kind: 'literal', value: JSON.parse(token) as string };
    if (token.startsWith('`')) return this.#template(token.slice(1, -1));
    if (/^\d/.test(token)) return { kind: 'literal', value: Number(token) };
    const word = WORDS.get(token);
    if (word !== undefined) return { kind: 'literal', value: word };
    if (!/^[A-Za-z_$]/.test(token)) throw new Error(`unexpected ${token} in ${this.#source}`);
    return this.#scope.get(token) ?? { kind: 'name', name: token };
  }

  #postfix(start: Node): Node {
    let node = start;
    for (;;) {
      if (this.#takes('.')) node = this.#member(node, this.#next());
      else if (this.#takes('[')) {
        const at = this.#expression();
        this.#expect(']');
        node = at.kind === 'literal' && typeof at.value === 'string' ? this.#member(node, at.value) : index(node, at);
      } else if (this.#takes('(')) {
        node = this.#call(node, this.#list(')'));
      } else return node;
    }
  }

  #member(of: Node, name: string): Node {
    if (of.kind === 'row') return { kind: 'column', side: of.side, name };
    if (of.kind === 'name') return { kind: 'name', name };
    throw new Error(`cannot read .${name} in ${this.#source}`);
  }

  /** A function over all rows, `rows.map(d => ..)`, says the same as the one over each row. */
  #call(callee: Node, args: readonly Node[]): Node {
    const own = args.filter((arg) => arg.kind !== 'row').map((arg) => (arg.kind === 'arrow' ? arg.body : arg));
    const [first] = own;
    if (callee.kind === 'column' && callee.name === 'map' && first !== undefined) return first;
    if (callee.kind !== 'name') throw new Error(`cannot call ${callee.kind} in ${this.#source}`);
    return { kind: 'call', fn: callee.name, args: own };
  }

  #list(close: string): Node[] {
    const items: Node[] = [];
    while (!this.#takes(close)) {
      items.push(this.#expression());
      this.#takes(',');
    }
    return items;
  }

  #object(): Node {
    const entries: (readonly [string, Node])[] = [];
    while (!this.#takes('}')) {
      const token = this.#next();
      this.#expect(':');
      entries.push([token.startsWith('"') ? (JSON.parse(token) as string) : token, this.#expression()]);
      this.#takes(',');
    }
    return { kind: 'object', entries };
  }

  #template(text: string): Node {
    const parts = text
      .split(/\$\{([^}]*)\}/)
      .map((part, i): Node => (i % 2 === 0 ? { kind: 'literal', value: part } : new Parser(part, this.#scope).whole()));
    return { kind: 'template', parts: parts.filter((part) => part.kind !== 'literal' || part.value !== '') };
  }
}

function index(of: Node, at: Node): Node {
  return { kind: 'index', of, at };
}
