import { MillraceError } from '../errors.ts';
import { Frame } from '../frame/frame.ts';
import { checkOptionNames, type OptionKinds } from '../option-names.ts';
import { showArgument as shown } from '../schema/show-value.ts';

/** What a call of a loader must hold, whichever way it came past the compiler. */
export interface LoaderCall {
  /** `load.csv`. */
  readonly loader: string;
  readonly frame: unknown;
  readonly target: unknown;
  /** What a target is, where it must be a path: 'a file'. */
  readonly path?: string;
  /** Whether it can also be an `s3://` url. */
  readonly stores?: boolean;
  /** What a target can be, where it is no path: 'a url or a pg Pool'. */
  readonly connection?: string;
  readonly options: unknown;
  /** The names of all options. */
  readonly names: OptionKinds;
  readonly modes: readonly string[];
  /** Further options that must be strings. */
  readonly texts?: readonly string[];
}

/** Refuses a call without what the loader needs, before anything runs. */
export function checkCall(call: LoaderCall): void {
  const { loader, frame, target, path, stores = false, connection, options, names, modes, texts = [] } = call;
  const refuse = (code: string, message: string, details = {}): never => {
    throw new MillraceError({ code, message: `${loader}: ${message}`, details });
  };
  const modeChoices = modes.map((mode) => `'${mode}'`).join(' | ');
  const needed = [...texts.map((name) => `${name}: '..'`), `mode: ${modeChoices}`].join(', ');
  if (!(frame instanceof Frame)) refuse('load.frame', `${shown(frame)} is no frame. Give one, such as read.csv(..).`);
  if (path !== undefined && (typeof target !== 'string' || target === '')) {
    refuse('load.target', `the path is ${shown(target)}. Give the path of ${path}.`);
  }
  const scheme = path === undefined ? undefined : /^[a-z][a-z0-9+.-]+:\/\//i.exec(String(target))?.[0];
  const inStore = scheme?.toLowerCase() === 's3://' && stores;
  if (scheme !== undefined && !inStore) {
    const choices = `the path of ${path}${stores ? ', or an s3:// url' : ''}`;
    refuse('load.target', `the path is ${shown(target)}; ${scheme} is not supported. Give ${choices}.`);
  }
  if (path === undefined && (target === undefined || target === null)) {
    refuse('load.target', `the target is ${shown(target)}. Give ${connection ?? 'one'}.`);
  }
  if (typeof options !== 'object' || options === null) {
    refuse('load.option', `the options are ${shown(options)}. Give { ${needed} }.`);
  }
  checkOptionNames(options as object, names, loader, 'load.option');
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of texts) {
    if (typeof given[name] !== 'string') refuse('load.option', `${name} is ${shown(given[name])}. Give { ${needed} }.`);
  }
  if (stores && !inStore && given.s3 !== undefined) {
    refuse('load.option', `s3 is given, and ${shown(target)} is no s3:// url.`);
  }
  if (!modes.includes(given.mode as string)) {
    refuse('load.mode', `mode is ${shown(given.mode)}. Give one of ${modes.map((mode) => `'${mode}'`).join(', ')}.`, {
      mode: given.mode,
    });
  }
}
