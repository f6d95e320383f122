import { MillraceError } from '../errors.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import { paramSchemaOf } from '../schema/column-type.ts';
import { checkNumber, declared, PipelineBuilder } from './builder.ts';
import type { ParamsOf } from './context.ts';
import type { Hooks } from './events.ts';
import type { Graph, Node } from './graph.ts';
import { checkedParams } from './params.ts';
import { checkSchedule } from './schedule/schedule.ts';

/** What `pipeline` takes: params, schedule, and what holds for all of its steps. */
export interface PipelineOptions<S extends SchemaSpec = SchemaSpec> {
  /** What a run is told: the library's own columns, as `{ region: t.string(), limit: t.int().nullable() }`. */
  readonly params?: S;
  /** The params of a run that does not say them; a nullable one without a default is null. */
  readonly defaults?: Partial<ParamsOf<S>>;
  /**
   * Params whose values are hidden in logs, events and messages, and kept nowhere. A resumed run is given them again, or
   * has the default of then.
   */
  readonly secrets?: readonly string[];
  /** When it is due: a cron expression of five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. */
  readonly schedule?: string;
  /** The zone in which the schedule is read. Default `'UTC'`. */
  readonly timezone?: string;
  /** Whether intervals that ended while nothing ran are made up for. Default false. */
  readonly catchup?: boolean;
  /** From when on intervals are made up for; without it, from when it was first served. */
  readonly start?: Date;
  /** How many runs may be under way at the same time. Default 1. */
  readonly maxRuns?: number;
  /** How many steps run at the same time. Default 4. */
  readonly concurrency?: number;
  /** Places that steps share, by the name they give as `pool`: `{ warehouse: 2 }`. */
  readonly pools?: { readonly [name: string]: number };
  /** How often each step is tried again after an error that says a retry can help. Default 0. */
  readonly retries?: number;
  /** How long is waited between attempts, and how much of it all steps of a run may take together. */
  readonly retry?: StepRetry;
  /** Milliseconds that one attempt at a step may take. Default: no limit. */
  readonly timeout?: number;
  /** Whether frames are kept as Parquet: see the option of steps. */
  readonly checkpoint?: boolean | 'keep';
  /**
   * Names the code: what a step of other code gave is not handed on. Default: the text of the steps' functions, which another
   * compiler writes in another way, and which does not say what the functions call.
   */
  readonly version?: string;
  /** What is called at events of its runs. */
  readonly hooks?: Hooks;
  readonly description?: string;
}

/** Milliseconds. */
export interface StepRetry {
  /**
   * The longest wait before the second attempt, doubled with each further one. The wait is a random part of it. Default
   * 1,000.
   */
  readonly baseDelay?: number;
  /** The longest such wait. Default 60,000. */
  readonly maxDelay?: number;
  /** How many further attempts all steps of a run together may take, and how long the waits before them. */
  readonly budget?: { readonly retries?: number; readonly wait?: number };
}

/** A workflow: its steps and how they run. `P` are its params. */
export class Pipeline<out P = object> {
  declare readonly values: P;
  readonly name: string;
  readonly options: PipelineOptions;
  readonly params: SchemaSpec;
  /** @internal */
  readonly graph: Graph;
  /** Declares its steps with a builder; once more for each pipeline that it is a part of. @internal */
  readonly build: (p: PipelineBuilder<never>) => void;

  /** @internal */
  constructor(name: string, options: PipelineOptions, build: (p: PipelineBuilder<never>) => unknown) {
    this.name = name;
    this.options = options;
    this.params = options.params ?? {};
    this.build = (p) => {
      const result = build(p);
      if (result instanceof Promise)
        throw declared(
          name,
          'the function that declares its steps is async. Declare the steps at once, and wait within them.',
        );
    };
    checkPipeline(this);
    const nodes: Node[] = [];
    try {
      this.build(new PipelineBuilder<never>(nodes));
    } catch (error) {
      const isOfStep =
        error instanceof MillraceError && error.code === 'pipeline.declaration' && error.details.name !== name;
      if (isOfStep) error.message = error.message.replace('pipeline: ', `pipeline: ${name}, step `);
      throw error;
    }
    if (nodes.length === 0)
      throw declared(name, "it has no steps. Declare one, such as p.step('extract', ({ read }) => read.csv(path)).");
    for (const {
      name: step,
      options: { pool },
    } of nodes) {
      if (pool === undefined || options.pools?.[pool] !== undefined) continue;
      throw declared(
        step,
        `there is no pool ${JSON.stringify(pool)}. Name its places in the pipeline: pools: { ${pool}: 2 }.`,
      );
    }
    this.graph = Object.freeze({ nodes: Object.freeze(nodes) });
    Object.freeze(this);
  }

  /** JavaScript values as its params, the defaults beside them. @internal */
  checkedParams(given: object): Readonly<Record<string, unknown>> {
    return checkedParams(this, given);
  }
}

/**
 * Declares a workflow: steps whose dependencies are the handles passed to them. So it has no circles, and what goes from
 * step to step is typed. It is a value: `runPipeline` runs it, and so does the command line, of a file's default export.
 *
 * @example
 * ```ts
 * import { load, t } from 'millrace';
 * import { pipeline, runPipeline } from 'millrace/pipeline';
 *
 * const daily = pipeline('daily-sales', { params: { region: t.string() }, schedule: '0 6 * * *', retries: 3 }, (p) => {
 *   const raw = p.step('extract', ({ read }) =>
 *     read.rows([{ region: 'north', sold: 3 }, { region: 'south', sold: 4 }], { schema: { region: t.string(), sold: t.int() } }),
 *   );
 *   const own = p.step('own', { raw }, ({ raw }, { params }) => raw.filter((r) => r.region.eq(params.region)));
 *   p.load('lake', { own }, ({ own }, { loadId }) => load.parquet(own, 'warehouse/daily', { mode: 'append', loadId }));
 * });
 * const run = await runPipeline(daily, { params: { region: 'north' } });
 * console.log(run.state, run.step('lake')?.rows?.out); // succeeded 1
 * ```
 *
 * Errors: `pipeline.declaration` names the step and what is wrong with it; `pipeline.schedule` and `pipeline.timezone`.
 */
export function pipeline<const S extends SchemaSpec = Record<never, never>>(
  name: string,
  options: PipelineOptions<S>,
  build: (p: PipelineBuilder<ParamsOf<S>>) => void,
): Pipeline<ParamsOf<S>> {
  return new Pipeline<ParamsOf<S>>(name, options as PipelineOptions, build as (p: PipelineBuilder<never>) => void);
}

function checkPipeline({ name, options }: Pipeline<unknown>): void {
  if (typeof name !== 'string' || !/^[\w][\w.-]*$/.test(name)) {
    throw declared(
      String(name),
      'the name of a pipeline has letters, digits, -, _ and . alone, for files and commands bear it.',
    );
  }
  paramSchemaOf(options.params ?? {});
  checkSchedule(options.schedule, options.timezone);
  const unknown = options.secrets?.find((secret) => !Object.hasOwn(options.params ?? {}, secret));
  if (unknown !== undefined)
    throw declared(name, `secrets names the param ${JSON.stringify(unknown)}, which is not one.`);
  checkNumber(name, 'retries', options.retries, 0);
  checkNumber(name, 'timeout', options.timeout, 1);
  checkNumber(name, 'concurrency', options.concurrency, 1);
  checkNumber(name, 'maxRuns', options.maxRuns, 1);
  for (const [pool, places] of Object.entries(options.pools ?? {})) checkNumber(name, `pools.${pool}`, places, 1);
}

/** Whether something is a pipeline, as a file may export one. */
export function isPipeline(value: unknown): value is Pipeline<unknown> {
  return value instanceof Pipeline;
}
