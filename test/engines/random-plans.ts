import { type AnyCol, type Frame, fn, type Readers, t } from '../../src/index.ts';

/** Well-typed plans over generated tables, each made from its seed alone, so that two engines can be asked the same. */

type Id = 'int' | 'float' | 'decimal' | 'string' | 'boolean' | 'date' | 'timestamp';

/** What any column expression offers; which of its methods are there depends on its dtype, which the generator keeps track of. */
interface Loose {
  readonly [method: string]: (...args: unknown[]) => Loose;
}
type Columns = Readonly<Record<string, Loose>>;

/** A frame whose columns the compiler does not know. */
interface LooseFrame {
  readonly schema: readonly {
    readonly name: string;
    readonly dtype: { readonly id: string };
    readonly nullable: boolean;
  }[];
  readonly [verb: string]: unknown;
}

/** Numbers from 0 to 1 that a seed gives (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const VALUES: { readonly [K in Id]: readonly unknown[] } = {
  int: [0, 1, -1, 2, 7, 100, -100, 9007199254740991, -9007199254740991, 2147483647],
  float: [0, -0, 1.5, -2.25, 0.1, 1e-300, 1e300, -1e300, 1 / 3],
  decimal: ['0.00', '1.05', '-1.05', '0.50', '2.50', '99999999.99', '-99999999.99'],
  string: ['', ' ', 'a', 'A', 'b', 'ab', 'aß', 'É', 'é', '中文', '😀', ' x ', "it's", '10', '%', '\\', 'a\tb', 'Zz'],
  boolean: [true, false],
  date: ['2024-02-29', '2023-12-31', '2024-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '2024-03-31'],
  timestamp: [
    '2024-02-29T23:59:59.999Z',
    '1970-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2024-03-31T01:30:00Z',
  ],
};

const SCHEMA = {
  i: t.int().nullable(),
  j: t.int(),
  f: t.float().nullable(),
  g: t.float(),
  d: t.decimal(10, 2).nullable(),
  s: t.string().nullable(),
  u: t.string(),
  b: t.boolean().nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
};

const IDS = ['int', 'float', 'decimal', 'string', 'boolean', 'date', 'timestamp'] as const;

class Generator {
  readonly #next: () => number;
  readonly #read: Readers;
  #names = 0;
  /** What was done, for people. */
  readonly steps: string[] = [];

  constructor(seed: number, read: Readers) {
    this.#next = numbers(seed);
    this.#read = read;
  }

  #below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T;
  }

  #name(): string {
    this.#names += 1;
    return `n${this.#names}`;
  }

  table(): LooseFrame {
    const rows = Array.from({ length: this.#below(25) }, () =>
      Object.fromEntries(
        Object.entries(SCHEMA).map(([name, type]) => {
          const isNull = type.isNullable && this.#next() < 0.2;
          return [name, isNull ? null : this.#pick(VALUES[type.dtype.id as Id])];
        }),
      ),
    );
    return this.#read.rows(rows, { schema: SCHEMA }) as unknown as LooseFrame;
  }

  #columns(frame: LooseFrame, id: Id): string[] {
    return frame.schema.filter((field) => field.dtype.id === id).map((field) => field.name);
  }

  /** An expression of a dtype. */
  #expression(frame: LooseFrame, r: Columns, id: Id, depth: number): Loose {
    const names = this.#columns(frame, id);
    const column = (): Loose => (names.length === 0 ? this.#literal(id) : (r[this.#pick(names)] as Loose));
    if (depth === 0 || this.#next() < 0.25) return column();
    const of = (other: Id): Loose => this.#expression(frame, r, other, depth - 1);
    const common = [
      () => (fn.when(of('boolean') as never, of(id) as never) as unknown as { else(value: Loose): Loose }).else(of(id)),
      () => call(of(id), 'coalesce', of(id)),
    ];
    const made: { readonly [K in Id]: readonly (() => Loose)[] } = {
      int: [
        () => call(of('int'), 'add', this.#below(10)),
        () => call(of('int'), 'sub', this.#below(10)),
        () => call(of('int'), 'neg'),
        () => call(of('int'), 'abs'),
        () => call(of('int'), 'mod', 1 + this.#below(9)),
        () => call(of('string'), 'length'),
        () => call(of('date'), 'year'),
        () => call(of('date'), 'month'),
        () => call(of('date'), 'weekday'),
        () => call(of('timestamp'), 'hour'),
        () => call(of('date'), 'diff', of('date'), this.#pick(['day', 'month', 'year'])),
      ],
      float: [
        () => call(of('int'), 'div', of('int')),
        () => call(of('float'), 'abs'),
        () => call(of('float'), 'neg'),
        () => call(of('float'), 'round', this.#below(3)),
        () => call(of('float'), 'floor'),
        () => call(of('float'), this.#pick(['mul', 'add', 'sub']), of('float')),
        () => call(of('decimal'), 'div', 3),
        () => call(of('int'), 'cast', t.float()),
      ],
      decimal: [
        () => call(of('decimal'), 'neg'),
        () => call(of('decimal'), 'abs'),
        () => call(of('decimal'), 'round', this.#below(3)),
      ],
      string: [
        () => call(of('string'), 'trim'),
        () => call(of('string'), 'lower'),
        () => call(of('string'), 'upper'),
        () => call(of('string'), 'slice', this.#below(3) - 1, this.#pick([1, 2, -1])),
        () => call(of('string'), 'replace', 'a', 'x'),
        () => call(of('string'), 'append', of('string')),
        () => call(of('int'), 'cast', t.string()),
        () => call(of('date'), 'cast', t.string()),
      ],
      boolean: [
        () => call(of('int'), this.#pick(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']), of('int')),
        () => call(of('float'), this.#pick(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']), of('float')),
        () => call(of('decimal'), this.#pick(['eq', 'gt', 'lte']), of('decimal')),
        () => call(of('string'), this.#pick(['eq', 'ne', 'gt', 'lte']), of('string')),
        () => call(of('date'), this.#pick(['eq', 'gt', 'lte']), of('date')),
        () => call(of('string'), this.#pick(['contains', 'startsWith', 'endsWith']), this.#pick(['a', '', 'é', '%'])),
        () => call(of('string'), 'matches', this.#pick([/^a/, /\d+/, /[a-z]$/])),
        () => call(of(this.#pick(['int', 'string', 'float'] as const)), this.#pick(['isNull', 'isNotNull'])),
        () => call(of('boolean'), this.#pick(['and', 'or']), of('boolean')),
        () => call(of('boolean'), 'not'),
      ],
      date: [
        () => call(of('date'), 'truncate', this.#pick(['month', 'year', 'week'])),
        () => call(of('timestamp'), 'date'),
      ],
      timestamp: [() => call(of('timestamp'), 'truncate', this.#pick(['hour', 'day', 'month']))],
    };
    return this.#pick([...made[id], ...common])();
  }

  /** What is computed of aggregates and of keys: an expression of them as if they were columns. */
  #aggregated(frame: LooseFrame, r: Columns, keys: readonly string[], id: Id): Loose {
    const ofGroups = Object.fromEntries(
      frame.schema.map(({ name, dtype }) => {
        const column = r[name] as Loose;
        if (keys.includes(name) && this.#next() < 0.5) return [name, column];
        return [name, call(column, dtype.id === 'boolean' ? this.#pick(['any', 'all']) : this.#pick(['min', 'max']))];
      }),
    );
    const made = (): Loose => this.#expression(frame, ofGroups, id, 2);
    const many = call(fn.count() as unknown as Loose, 'gt', 1);
    return (fn.when(many as never, made() as never) as unknown as { else(value: Loose): Loose }).else(made());
  }

  #literal(id: Id): Loose {
    const types = {
      int: t.int(),
      float: t.float(),
      decimal: t.decimal(10, 2),
      string: t.string(),
      boolean: t.boolean(),
      date: t.date(),
      timestamp: t.timestamp(),
    };
    const finite = VALUES[id].filter((value) => typeof value !== 'number' || Number.isFinite(value));
    return fn.lit(this.#pick(finite), types[id] as never) as unknown as Loose;
  }

  #step(frame: LooseFrame, ordered: boolean): { readonly frame: LooseFrame; readonly ordered: boolean } {
    const names = frame.schema.map((field) => field.name);
    const some = (): string[] => names.filter(() => this.#next() < 0.5);
    const did = (words: string, next: LooseFrame, order = ordered) => {
      this.steps.push(words);
      return { frame: next, ordered: order };
    };
    const verb = this.#below(12);
    switch (verb) {
      case 0:
        return did(
          'filter',
          run(frame, 'filter', (r: Columns) => this.#expression(frame, r, 'boolean', 2)),
        );
      case 1:
      case 2: {
        const id = this.#pick(IDS);
        const name = this.#name();
        return did(
          `withColumns ${name}: ${id}`,
          run(frame, 'withColumns', (r: Columns) => ({ [name]: this.#expression(frame, r, id, 3) })),
        );
      }
      case 3: {
        const kept = some();
        if (kept.length === 0) return { frame, ordered };
        return did(`select ${kept}`, run(frame, 'select', ...kept));
      }
      case 4: {
        const keys = names
          .filter(() => this.#next() < 0.3)
          .map((name) => this.#pick([name, { desc: name }, { asc: name, nulls: 'first' }]));
        if (keys.length === 0) return { frame, ordered };
        return did(`sort ${JSON.stringify(keys)}`, run(frame, 'sort', ...keys), true);
      }
      case 5:
        return did('limit', run(frame, 'limit', this.#below(20), this.#below(3)));
      case 6: {
        const by = some();
        if (by.length === 0 || !ordered) return { frame, ordered };
        return did(`dedupe ${by}`, run(frame, 'dedupe', { by, keep: this.#pick(['first', 'last']) }));
      }
      case 7: {
        const keys = names.filter(() => this.#next() < 0.2);
        const [ints, floats, texts, decimals] = [
          this.#columns(frame, 'int'),
          this.#columns(frame, 'float'),
          this.#columns(frame, 'string'),
          this.#columns(frame, 'decimal'),
        ];
        const grouped = run(frame, 'groupBy', ...keys);
        const made = run(grouped, 'agg', (r: Columns) => {
          const aggregates: Record<string, Loose> = { [this.#name()]: fn.count() as unknown as Loose };
          const add = (from: readonly string[], methods: readonly string[]): void => {
            for (const name of from.slice(0, 2)) aggregates[this.#name()] = call(r[name] as Loose, this.#pick(methods));
          };
          add(ints, ['sum', 'mean', 'min', 'max', 'count', 'countDistinct', 'median']);
          add(floats, ['min', 'max', 'count', 'countDistinct']);
          add(texts, ['min', 'max', 'countDistinct']);
          add(decimals, ['sum', 'mean', 'max', 'median']);
          for (const id of IDS) {
            if (this.#next() < 0.2) aggregates[this.#name()] = this.#aggregated(frame, r, keys, id);
          }
          return aggregates;
        });
        return did(`groupBy ${keys}`, made, false);
      }
      case 8: {
        const other = this.table();
        const key = this.#pick(['i', 's', 'd', 'day'] as const);
        if (!names.includes(key) || frame.schema.find((f) => f.name === key)?.dtype.id !== SCHEMA[key].dtype.id)
          return { frame, ordered };
        const how = this.#pick(['inner', 'left', 'right', 'full', 'semi', 'anti']);
        const narrow = run(run(other, 'select', key, 'j'), 'rename', { j: this.#name() });
        return did(`join ${how} on ${key}`, run(frame, 'join', narrow, { on: [key], how, suffix: '_r' }), false);
      }
      case 9: {
        const ints = this.#columns(frame, 'int');
        if (ints.length === 0 || !ordered) return { frame, ordered };
        const [name, made] = [this.#pick(ints), this.#name()];
        const by = this.#pick(names);
        const window = (r: Columns): Loose =>
          this.#pick([
            () => call(call(r[name] as Loose, 'lag'), 'over', { orderBy: [by] }),
            () => call(call(r[name] as Loose, this.#pick(['min', 'max', 'count'])), 'over', { partitionBy: [by] }),
            () => call(fn.rowNumber() as unknown as Loose, 'over', { partitionBy: [by], orderBy: [{ desc: name }] }),
            () => call(fn.rank() as unknown as Loose, 'over', { orderBy: [name] }),
          ])();
        return did(
          `window ${made}`,
          run(frame, 'withColumns', (r: Columns) => ({ [made]: window(r) })),
        );
      }
      case 10: {
        const texts = this.#columns(frame, 'string');
        if (texts.length === 0) return { frame, ordered };
        return did('fillNulls', run(frame, 'fillNulls', { [this.#pick(texts)]: 'none' }));
      }
      default: {
        const share = this.#pick([0.3, 0.7]);
        // The share of a row is that of its bits, which sums of floats do not repeat.
        const groups = frame.schema.filter((field) => field.dtype.id !== 'float').map((field) => field.name);
        if (groups.length === 0) return { frame, ordered };
        return did(`sample ${share}`, run(frame, 'sample', { share, seed: this.#below(9), groups }));
      }
    }
  }

  plan(most: number): { readonly frame: Frame<AnyCol>; readonly ordered: boolean } {
    let state = { frame: this.table(), ordered: true };
    const steps = 1 + this.#below(6);
    for (let i = 0; i < Math.min(steps, most); i++) state = this.#step(state.frame, state.ordered);
    return { frame: state.frame as unknown as Frame<AnyCol>, ordered: state.ordered };
  }
}

function call(receiver: Loose, method: string, ...args: unknown[]): Loose {
  const found = receiver[method];
  if (found === undefined) throw new Error(`no method ${method}`);
  return found.call(receiver, ...args);
}

function run(frame: LooseFrame, verb: string, ...args: unknown[]): LooseFrame {
  return (frame[verb] as (...args: unknown[]) => LooseFrame).call(frame, ...args);
}

/** The plan of a seed, read in a session; `most` steps of it, to find the one in which engines part. */
export function randomPlan(
  seed: number,
  read: Readers,
  most = Number.POSITIVE_INFINITY,
): { readonly frame: Frame<AnyCol>; readonly ordered: boolean; readonly steps: readonly string[] } {
  const generator = new Generator(seed, read);
  return { ...generator.plan(most), steps: generator.steps };
}
