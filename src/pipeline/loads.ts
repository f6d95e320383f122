import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { MillraceError } from '../errors.ts';
import { LOAD_CHANNEL, type LoadEnd } from '../loaders/load-channel.ts';
import type { LoadReport } from '../loaders/report.ts';
import type { AllLoaded, Loaded } from './handles.ts';

/** The loads that the work under way has committed, whatever it calls to load. */
const FOLLOWED = new AsyncLocalStorage<LoadEnd[]>();
let isSubscribed = false;

/** Runs work, and adds to `loads` each load that it commits. */
export function followed<R>(loads: LoadEnd[], work: () => R): R {
  if (!isSubscribed) {
    isSubscribed = true;
    subscribe(LOAD_CHANNEL, (load) => void FOLLOWED.getStore()?.push(load as LoadEnd));
  }
  return FOLLOWED.run(loads, work);
}

/** What a load gave: reports, and what is handed on of them. */
export interface LoadedValue {
  readonly value: unknown;
  readonly reports: readonly LoadReport[];
}

export async function loadedValue(step: string, given: unknown): Promise<LoadedValue> {
  if (isReport(given)) return { value: loadedOf(given), reports: [given] };
  if (isAll(given)) {
    await given.close();
    const targets = Object.entries(given.targets);
    const failed = targets.find(([, outcome]) => !outcome.ok)?.[1];
    if (failed?.ok === false) throw failed.error;
    return named(targets.flatMap(([name, outcome]) => (outcome.ok ? [[name, outcome.report] as const] : [])));
  }
  const entries = typeof given === 'object' && given !== null ? Object.entries(given as object) : [];
  if (entries.length > 0 && entries.every((entry): entry is [string, LoadReport] => isReport(entry[1]))) {
    return named(entries);
  }
  throw new MillraceError({
    code: 'pipeline.value',
    message: `pipeline step ${JSON.stringify(step)}: a load gives the report of a loader, and this one gave ${given === undefined ? 'nothing' : typeof given}. Return that, or declare it with p.task.`,
    details: { step },
  });
}

function named(entries: readonly (readonly [string, LoadReport])[]): LoadedValue {
  return {
    value: Object.fromEntries(entries.map(([name, report]) => [name, loadedOf(report)])),
    reports: entries.map(([, report]) => report),
  };
}

function loadedOf(report: LoadReport): Loaded {
  const { runId, rows, changes, schemaChange, alreadyLoaded, repeatable, bytes, seconds } = report;
  return {
    runId,
    rows,
    ...(changes === undefined ? {} : { changes }),
    ...(schemaChange === undefined ? {} : { schemaChange }),
    alreadyLoaded,
    repeatable,
    bytes,
    seconds,
  };
}

function isReport(given: unknown): given is LoadReport {
  return typeof given === 'object' && given !== null && 'runId' in given && 'rows' in given && 'alreadyLoaded' in given;
}

function isAll(given: unknown): given is AllLoaded {
  return typeof given === 'object' && given !== null && 'targets' in given && 'retryAll' in given;
}
