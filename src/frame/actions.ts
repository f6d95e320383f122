import { PlanDiagram } from '../notebook/diagram.ts';
import { shownSchema } from '../notebook/schema.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { AnyCol, Row } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import { type CheckReport, checkReport } from './check-report.ts';
import type { CheckOptions, CheckRules } from './checks.ts';
import { derive } from './derive.ts';
import { type Description, description } from './describe.ts';
import type { Frame, Materialized, QuarantineCols } from './frame.ts';
import { Table } from './table.ts';

/** What runs a plan. */
export class Actions {
  readonly plan: Relation;
  readonly executor: Executor;

  constructor(plan: Relation, executor: Executor) {
    this.plan = plan;
    this.executor = executor;
  }

  /** The columns at run time. */
  get schema(): Schema {
    return shownSchema(outputSchema(this.plan));
  }

  /** Runs the plan and holds the result in memory, as columns: `(await sales.collect()).column('sku')`. */
  async collect<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Table<C>> {
    return new Table(await this.executor.collect(this.plan, options));
  }

  /** Runs the plan and gives its rows as plain objects: `for (const row of await sales.rows()) ..`. */
  async rows<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Row<C>[]> {
    return (await this.collect(options)).rows();
  }

  /** How many rows the plan gives: `await sales.count()`. */
  count(options: RunOptions = {}): Promise<number> {
    return this.executor.count(this.plan, options);
  }

  /** The first rows, for looking: `console.log(String(await sales.head(5)))`. */
  head<C extends AnyCol>(this: Frame<C>, count = 10, options: RunOptions = {}): Promise<Table<C>> {
    return this.limit(count).collect(options);
  }

  /**
   * What each column holds, a row a column: counts, the mean, the standard deviation, quartiles, the smallest, the
   * largest and the most frequent value. Counted are values, nulls and different values; quartiles are of numbers; the
   * smallest, the largest and the most frequent value (of several the smallest) are text. What a dtype does not have is
   * null.
   */
  async describe<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Table<Description>> {
    return new Table(await this.executor.collect(description(this.plan), options));
  }

  /** The result in tables of at most 122,880 rows, as they are asked for: `for await (const table of sales.batches()) ..`. */
  async *batches<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): AsyncGenerator<Table<C>> {
    const schema = outputSchema(this.plan);
    for await (const block of this.executor.stream(this.plan, options)) yield new Table({ schema, blocks: [block] });
  }

  /** Runs the plan once; the frame it gives reads the kept result. Dispose of it with `await using`. */
  async materialize<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Materialized<C>> {
    const { source, release } = await this.executor.materialize(this.plan, options);
    const frame = derive<C>(this, { kind: 'source', source });
    return Object.assign(frame, { [Symbol.asyncDispose]: release });
  }

  /**
   * The rows that readers, casts and checks of this plan rejected, each with its reason. `source` is the file, or the
   * verb of the cast or check of rows that were not read with their `origin`; `column` and `value` what did not fit, as text; `raw` the record as it stands in the
   * file, or the row that the verb was given, as JSON. A cast in a branch of `fn.when` or in `coalesce` rejects a row
   * only where its value is asked for.
   */
  quarantine(): Frame<QuarantineCols> {
    return derive(this, { kind: 'source', source: this.executor.quarantine(this.plan) });
  }

  /** Forgets what was read once and kept (an API's answer, a SQL result): the next run reads it again. */
  refresh(): Promise<void> {
    return this.executor.refresh(this.plan);
  }

  /** The steps of the plan, from its sources to its result; a notebook draws them. Nothing runs. */
  diagram(): PlanDiagram {
    return new PlanDiagram(this.plan);
  }

  /**
   * Looks at every rule, as `check` takes them, and tells which hold. It tells how many rows break one, and the first of
   * them. Unlike `check` it ends no run.
   */
  checkReport<C extends AnyCol>(
    this: Frame<C>,
    rules: CheckRules<C>,
    options: Omit<CheckOptions<C>, 'severity' | 'onWarning'> & RunOptions = {},
  ): Promise<CheckReport> {
    return checkReport(this, rules, options);
  }

  /** The plan and the SQL it compiles to. */
  explain(): Promise<string> {
    return this.executor.explain(this.plan);
  }
}
