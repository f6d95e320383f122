import { isDeepStrictEqual } from 'node:util';
import { fromJs } from '../schema/from-js.ts';
import { paramValue, revivedValue } from './param-value.ts';
import { checkedParams, type TakesParams, wrong } from './params.ts';

type Params = Readonly<Record<string, unknown>>;

const HIDDEN = '***';

/** The params of a step without those that are secret; `child` is the pipeline within, where the step is of one. */
export function openParams(pipeline: TakesParams, child: TakesParams | undefined, params: object): Params {
  const secrets = [pipeline, child].flatMap((one) => one?.options.secrets ?? []);
  return Object.fromEntries(Object.entries(params).filter(([name]) => !secrets.includes(name)));
}

/** What tells the loads of a step apart: a secret names no data, and a default is code. */
export function loadParams(pipeline: TakesParams, child: TakesParams | undefined, params: object): Params {
  return notDefault(child ?? pipeline, openParams(pipeline, child, params));
}

/** Params as they are written down: of a secret alone that it was given. */
export function keptParams(pipeline: TakesParams, params: object): Params {
  const given = Object.keys(notDefault(pipeline, params)).filter((name) => pipeline.options.secrets?.includes(name));
  return { ...openParams(pipeline, undefined, params), ...Object.fromEntries(given.map((name) => [name, HIDDEN])) };
}

/** Params as they were before JSON kept them; secrets are those that are given again, else the defaults of now. */
export function revivedParams(pipeline: TakesParams, kept: Params, given: Params = {}): Params {
  const { secrets = [] } = pipeline.options;
  for (const name of Object.keys(given)) {
    if (!secrets.includes(name) && Object.hasOwn(pipeline.params, name))
      throw wrong(pipeline.name, name, 'the run has its own; secrets alone are given again. Run it anew.');
  }
  const missing = secrets.find((name) => Object.hasOwn(kept, name) && given[name] === undefined);
  if (missing !== undefined) {
    const why = 'the run was given this secret, and secrets are not kept.';
    throw wrong(
      pipeline.name,
      missing,
      `${why} Give it again: --param ${missing}=..., in code params: { ${missing} }.`,
    );
  }
  const revived = Object.entries(openParams(pipeline, undefined, kept)).map(([name, value]) => {
    const type = pipeline.params[name];
    return [name, type === undefined ? value : revivedValue(value, type.dtype)];
  });
  return checkedParams(pipeline, { ...Object.fromEntries(revived), ...given });
}

/** Those of some params that are secret. */
export function secretParams({ options }: TakesParams, params: object = {}): Params {
  return Object.fromEntries(Object.entries(params).filter(([name]) => options.secrets?.includes(name)));
}

function notDefault({ params: types, options }: TakesParams, params: object): Params {
  const defaults: Params = { ...options.defaults };
  const isDefault = ([name, value]: readonly [string, unknown]): boolean => {
    const [type, usual = null] = [types[name], defaults[name]];
    const fits = type !== undefined && usual !== null && fromJs(usual, type.dtype) !== undefined;
    return isDeepStrictEqual(value, fits ? paramValue(usual, type.dtype) : usual);
  };
  return Object.fromEntries(Object.entries(params).filter((one) => !isDefault(one)));
}
