import { didYouMean, MillraceError } from '../errors.ts';
import type { CheckReport } from '../frame/check-report.ts';
import type { StepContext } from './context.ts';
import type { MapNode, Node, NodeOptions } from './graph.ts';
import {
  type AnyFrame,
  type Checked,
  type Given,
  type GivenByTask,
  type Inputs,
  type Join,
  type JsonLike,
  type LoadedOf,
  type Report,
  Step,
  type Values,
} from './handles.ts';
import type { TakesParams } from './params.ts';
import type { Pipeline } from './pipeline.ts';
import type { StepKind } from './store/store.ts';

type Awaitable<T> = T | Promise<T>;

/** How one step runs; what is left out is the pipeline's. */
export interface StepOptions<I extends Inputs = Inputs, J extends Join = Join, P = object> {
  /** How often it is tried again after an error that says a retry can help. */
  readonly retries?: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout?: number;
  /**
   * Whether its frames are kept as Parquet until the run has succeeded, so that a run that is resumed need not run it again; `'keep'`:
   * after that, too. Default: wherever the run has a store.
   */
  readonly checkpoint?: boolean | 'keep';
  /** Where it gives false the step is skipped, and with it what waits for it. */
  readonly when?: (inputs: Values<I, J>, context: StepContext<P>) => Awaitable<boolean>;
  /** Which of its inputs it waits for. Default `'all'`. */
  readonly join?: J;
  /** The pool whose places it takes one of while it runs: see the pools of the pipeline. */
  readonly pool?: string;
}

/** What `p.check` takes besides the check. */
export interface CheckStepOptions<I extends Inputs = Inputs, J extends Join = Join, P = object>
  extends Omit<StepOptions<I, J, P>, 'checkpoint'> {
  /** Whether the run fails where the check does. Default `'fail'`. */
  readonly severity?: 'fail' | 'warn';
}

/** What `p.map` takes besides the items and what is done with each. */
export interface MapOptions<T, I extends Inputs = Inputs, J extends Join = Join, P = object>
  extends StepOptions<I, J, P> {
  /** What names the step of an item: `file[key]`. Default: the item where it is text or a number, else its place. */
  readonly key?: (item: T, index: number) => string;
}

type StepOf<I, J extends Join, P, R> = (inputs: Values<I, J>, context: StepContext<P>) => Awaitable<R>;
type FirstOf<P, R> = (context: StepContext<P>) => Awaitable<R>;

/** What a check gives: a frame whose checks are run, a report of rules, or whether it holds. */
export type CheckResult = AnyFrame | CheckReport | boolean;

type None = Readonly<Record<never, Step<never>>>;

/** What the function given to `pipeline()` declares its steps with. */
export class PipelineBuilder<out P> {
  declare readonly params: P;
  readonly #nodes: Node[];
  readonly #byHandle: Map<Step<unknown>, Node>;
  readonly #place: Place;

  /** The steps are added to `nodes`. @internal */
  constructor(nodes: Node[], byHandle: Map<Step<unknown>, Node> = new Map(), place: Place = { prefix: '', after: [] }) {
    this.#nodes = nodes;
    this.#byHandle = byHandle;
    this.#place = place;
  }

  /**
   * A step that gives a frame, frames or JSON; it is done when its frames are computed.
   *
   * @example
   * ```ts
   * import { t } from 'millrace';
   * import { pipeline, runPipeline } from 'millrace/pipeline';
   * const sales = pipeline('sales', {}, (p) => {
   *   const raw = p.step('extract', ({ read }) => read.rows([{ sku: 'a', sold: 2 }], { schema: { sku: t.string(), sold: t.int() } }));
   *   const many = p.step('many', { raw }, ({ raw }) => raw.filter((r) => r.sold.gt(1)));
   *   p.check('some', { many }, async ({ many }) => (await many.count()) > 0);
   * });
   * const run = await runPipeline(sales);
   * console.log(run.state); // succeeded
   * ```
   */
  step<R extends Given<R>>(name: string, run: FirstOf<P, R>, options?: StepOptions<None, 'all', P>): Step<R>;
  step<const I extends Inputs, R extends Given<R>, J extends Join = 'all'>(
    name: string,
    inputs: I,
    run: StepOf<I, J, P, R>,
    options?: StepOptions<I, J, P>,
  ): Step<R>;
  step(name: string, ...given: readonly unknown[]): Step<never> {
    return this.#add(name, 'step', given);
  }

  /** A step that loads: it gives the report of a loader, of which the figures are kept and handed on. */
  load<R extends Report>(name: string, run: FirstOf<P, R>, options?: StepOptions<None, 'all', P>): Step<LoadedOf<R>>;
  load<const I extends Inputs, R extends Report, J extends Join = 'all'>(
    name: string,
    inputs: I,
    run: StepOf<I, J, P, R>,
    options?: StepOptions<I, J, P>,
  ): Step<LoadedOf<R>>;
  load(name: string, ...given: readonly unknown[]): Step<never> {
    return this.#add(name, 'load', given);
  }

  /** A check: one that fails, fails the run, unless its severity is `'warn'`. Take it as an input to wait for it. */
  check(name: string, run: FirstOf<P, CheckResult>, options?: CheckStepOptions<None, 'all', P>): Step<Checked>;
  check<const I extends Inputs, J extends Join = 'all'>(
    name: string,
    inputs: I,
    run: StepOf<I, J, P, CheckResult>,
    options?: CheckStepOptions<I, J, P>,
  ): Step<Checked>;
  check(name: string, ...given: readonly unknown[]): Step<never> {
    return this.#add(name, 'check', given);
  }

  /** Any work; what it gives is JSON or nothing. */
  task<R extends GivenByTask<R>>(name: string, run: FirstOf<P, R>, options?: StepOptions<None, 'all', P>): Step<R>;
  task<const I extends Inputs, R extends GivenByTask<R>, J extends Join = 'all'>(
    name: string,
    inputs: I,
    run: StepOf<I, J, P, R>,
    options?: StepOptions<I, J, P>,
  ): Step<R>;
  task(name: string, ...given: readonly unknown[]): Step<never> {
    return this.#add(name, 'task', given);
  }

  /**
   * A step an item of a list, which is made when its inputs are there. `list` gives it, `run` is called with each of its
   * items. The steps are named `file[key]`; what they give is handed on as a list in the order of the items.
   */
  map<const I extends Inputs, T extends JsonLike<T>, R extends Given<R>, J extends Join = 'all'>(
    name: string,
    inputs: I,
    list: StepOf<I, J, P, readonly T[]>,
    run: (item: T, inputs: Values<I, J>, context: StepContext<P>) => Awaitable<R>,
    options: MapOptions<T, I, J, P> = {},
  ): Step<R[]> {
    const { key = keyOf, ...others } = options;
    const map: MapNode = {
      item: (item, values, context) => run(item as T, values as Values<I, J>, context as StepContext<P>),
      key: (item, index) => key(item as T, index),
    };
    return this.#add(name, 'map', [inputs, list, others], map, String(run));
  }

  /** Steps whose names begin with the group's: `staging/extract`. */
  group<R>(name: string, build: (p: PipelineBuilder<P>) => R): R {
    const prefix = `${this.#named(name)}/`;
    return build(new PipelineBuilder<P>(this.#nodes, this.#byHandle, { ...this.#place, prefix }));
  }

  /**
   * The steps of another pipeline, named `child/extract`, with its retries, timeout and checkpoints. It is done when all
   * of them have ended and none has failed.
   */
  pipeline<Q>(
    name: string,
    child: Pipeline<Q>,
    options: {
      /** What it waits for. */
      readonly after?: readonly Step<unknown>[];
      /** Its params: their values, or how they follow from those of this pipeline. */
      readonly params?: Partial<Q> | ((params: P) => Partial<Q>);
    } = {},
  ): Step<undefined> {
    const full = this.#named(name);
    const given = options.params ?? {};
    const outer = this.#place.params;
    const params = (run: object): object => {
      const around = outer === undefined ? run : outer(run);
      const own = typeof given === 'function' ? given(around as P) : given;
      return child.checkedParams(own);
    };
    const after = [...this.#place.after, ...(options.after ?? []).map((handle) => this.#nodeOf(full, handle))];
    const from = this.#nodes.length;
    child.build(
      new PipelineBuilder<never>(this.#nodes, this.#byHandle, {
        prefix: `${full}/`,
        after,
        params,
        child,
        defaults: { ...this.#place.defaults, ...defaultsOf(child.options) },
      }),
    );
    const inside = this.#nodes.slice(from);
    return this.#push({
      name: full,
      kind: 'pipeline',
      inputs: [],
      after: inside.length === 0 ? after : inside,
      join: 'ended',
      options: {},
      run: () => undefined,
      code: '',
    });
  }

  #add(
    name: string,
    kind: Exclude<StepKind, 'item'>,
    given: readonly unknown[],
    map?: MapNode,
    code = '',
  ): Step<never> {
    const [inputs, run, options = {}] = (typeof given[0] === 'function' ? [{}, ...given] : given) as readonly [
      Inputs,
      (...given: readonly unknown[]) => unknown,
      (NodeOptions & { join?: Join }) | undefined,
    ];
    const full = this.#named(name);
    if (typeof run !== 'function') {
      throw declared(
        full,
        `its ${kind === 'map' ? 'list' : 'work'} is no function. Give one such as ({ raw }) => clean(raw).`,
      );
    }
    const nodes = Object.entries(inputs).map(([input, handle]) => ({
      name: input,
      node: this.#nodeOf(`${full}, input ${JSON.stringify(input)}`, handle),
    }));
    const { join = 'all', ...others } = options;
    const isFirst = typeof given[0] === 'function';
    return this.#push({
      name: full,
      kind,
      inputs: nodes,
      after: nodes.length === 0 ? this.#place.after : [],
      join,
      options: { ...this.#place.defaults, ...others },
      run: isFirst ? (_, context) => run(context) : run,
      code: `${run}${code}`,
      ...(map === undefined ? {} : { map }),
      ...(this.#place.params === undefined ? {} : { params: this.#place.params }),
      ...(this.#place.child === undefined ? {} : { child: this.#place.child }),
    });
  }

  #push(node: Node): Step<never> {
    checkOptions(node);
    this.#nodes.push(Object.freeze(node));
    const handle = new Step<never>(node.name);
    this.#byHandle.set(handle, node);
    return handle;
  }

  #named(name: string): string {
    if (typeof name !== 'string' || !/^[^\s/[\]](?:[^/[\]]*[^\s/[\]])?$/.test(name) || hasControls(name)) {
      throw declared(
        String(name),
        'a name is text without /, [ and ], which stand between the names of groups and items, without blanks around it and in one line.',
      );
    }
    const full = `${this.#place.prefix}${name}`;
    if (this.#nodes.some((node) => node.name === full))
      throw declared(full, 'another step has this name. Give each its own.');
    return full;
  }

  #nodeOf(who: string, handle: unknown): Node {
    const node = this.#byHandle.get(handle as Step<unknown>);
    if (node !== undefined) return node;
    throw declared(
      who,
      handle instanceof Step
        ? `${JSON.stringify(handle.name)} is a step of another pipeline. Take the handles that p.step and the others gave here.`
        : 'what it is to wait for is no step. Give what p.step and the others gave.',
    );
  }
}

/** Where steps are declared: in which groups, in which sub-pipeline. */
interface Place {
  readonly prefix: string;
  readonly after: readonly Node[];
  readonly params?: (outer: object) => object;
  readonly child?: TakesParams;
  /** What the steps of a sub-pipeline do that do not say otherwise. */
  readonly defaults?: NodeOptions;
}

/** What of a pipeline's options is each step's. */
function defaultsOf({ retries, timeout, checkpoint }: NodeOptions): NodeOptions {
  return {
    ...(retries === undefined ? {} : { retries }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

const OPTIONS = ['retries', 'timeout', 'checkpoint', 'when', 'join', 'pool', 'severity', 'key'];

function checkOptions({ name, options, join }: Node): void {
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined) {
    throw declared(
      name,
      `there is no option ${JSON.stringify(unknown)}.${didYouMean(unknown, OPTIONS)} The options are ${OPTIONS.join(', ')}.`,
    );
  }
  if (!['all', 'any', 'done', 'ended'].includes(join)) {
    throw declared(name, `join is ${JSON.stringify(join)}. Give 'all', 'any' or 'done'.`);
  }
  checkNumber(name, 'retries', options.retries, 0);
  checkNumber(name, 'timeout', options.timeout, 1);
}

/** Refuses what is no whole number in the range of the timers. */
export function checkNumber(name: string, option: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) < 2 ** 31)) return;
  throw declared(name, `${option} is ${JSON.stringify(value)}. Give a whole number, at least ${least}.`);
}

/** Whether there are characters that no line and no database has in it, such as the end of a line. */
export function hasControls(name: string): boolean {
  return /\p{Cc}/u.test(name);
}

function keyOf(item: unknown, index: number): string {
  return typeof item === 'string' || typeof item === 'number' ? String(item) : String(index);
}

export function declared(name: string, what: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.declaration',
    message: `pipeline: ${name}: ${what}`,
    details: { name },
  });
}
