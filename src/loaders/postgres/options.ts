import { MillraceError } from '../../errors.ts';
import type { Relation } from '../../plan/relation.ts';
import type { Schema } from '../../schema/dtype.ts';
import { showValue } from '../../schema/show-value.ts';
import { checkExpectations, type Expectations, ruleOption } from '../expectations.ts';
import { fingerprint } from '../fingerprint.ts';
import { checkDefinition } from './definition.ts';
import { SCHEMA_CONTRACTS } from './evolve.ts';
import type { PostgresOptions } from './load-postgres.ts';
import { CALLER } from './modes/mode.ts';
import { MODES, modeOf } from './modes.ts';
import { conditionOf } from './slice.ts';
import { refuseLongName, tableName } from './table-name.ts';
import type { Load } from './write.ts';

/** A load whose options are right, as far as that can be told before anything runs. */
export function checkedLoad(options: PostgresOptions<string>, schema: Schema, plan: Relation): Load {
  const { table, quarantineTable, loadId, concurrent = 'wait', schemaContract = 'freeze', create, expect } = options;
  if (loadId === '') {
    throw new MillraceError({
      code: 'load.load_id',
      message: `${CALLER}: loadId is "". Give the load a name of its own, such as 'sales-2024-05-01', or leave it out.`,
    });
  }
  for (const { name } of schema) refuseLongName(name);
  const mode = modeOf(options);
  const { onEmpty = mode.onEmpty?.(options) ?? 'load' } = options;
  checkChoice('concurrent', concurrent, ['wait', 'refuse']);
  checkChoice('onEmpty', onEmpty, ['load', 'fail']);
  checkChoice('schemaContract', schemaContract, SCHEMA_CONTRACTS);
  for (const name of ['timeout', 'statementTimeout', 'lockTimeout'] as const) checkTimeout(name, options[name]);
  refuseForeignOptions(options);
  if (create !== undefined) {
    checkDefinition(
      create,
      schema.map((f) => f.name),
    );
  }
  if (expect !== undefined) {
    checkExpectations(CALLER, expect as Expectations<never>, (name, rule) => {
      conditionOf(rule, schema, undefined, ruleOption(name));
    });
  }
  mode.check?.(options, schema);
  for (const { name } of mode.shape(schema, options).own ?? []) refuseLongName(name);
  return {
    options,
    schema,
    name: tableName(table),
    rejectsName: quarantineTable === undefined ? undefined : tableName(quarantineTable),
    named: loadId === undefined ? undefined : { loadId, fingerprint: fingerprint(plan), start: performance.now() },
    concurrent,
    onEmpty,
    contract: schemaContract,
    create,
    limits: { statementTimeout: options.statementTimeout, lockTimeout: options.lockTimeout },
    expect: expect as Expectations<never> | undefined,
  };
}

function checkTimeout(name: string, timeout: unknown): void {
  if (timeout === undefined || (Number.isInteger(timeout) && Number(timeout) > 0 && Number(timeout) < 2 ** 31)) return;
  throw new MillraceError({
    code: 'load.option',
    message: `${CALLER}: ${name} is ${showValue(timeout)}. Give a whole number of milliseconds, such as 60000.`,
    details: { [name]: timeout },
  });
}

function checkChoice(name: string, given: unknown, choices: readonly string[]): void {
  if (choices.includes(given as string)) return;
  throw new MillraceError({
    code: 'load.option',
    message: `${CALLER}: ${name} is ${JSON.stringify(given)}. Give one of ${choices.map((choice) => `'${choice}'`).join(', ')}.`,
    details: { [name]: given },
  });
}

/** An option of another mode would be passed over, and the load be another than the one that is meant. */
function refuseForeignOptions(options: PostgresOptions<string>): void {
  const modes = Object.entries(MODES).map(([mode, { takes }]) => ({ mode, takes: Object.keys(takes) }));
  const own = modes.find(({ mode }) => mode === options.mode)?.takes ?? [];
  for (const name of new Set(modes.flatMap(({ takes }) => takes))) {
    if (own.includes(name) || (options as unknown as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    const others = modes.filter(({ takes }) => takes.includes(name)).map(({ mode }) => `'${mode}'`);
    throw new MillraceError({
      code: name === 'key' ? 'load.key' : 'load.option',
      message: `${CALLER}: ${name} was given, and mode is '${options.mode}', which has no such option. Leave it out, or load with mode ${others.join(' or ')}.`,
      details: { option: name, mode: options.mode },
    });
  }
}
