import { MillraceError } from '../errors.ts';

/** An error about files as one that calls them what the user does. */
export function calledAs(error: unknown, paths: readonly string[], names: readonly string[] | undefined): unknown {
  if (names === undefined || !(error instanceof MillraceError)) return error;
  const called = (text: string): string =>
    paths.reduce((told, path, i) => told.replaceAll(path, names[i] ?? path), text);
  const details = Object.entries(error.details).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.map((item) => (typeof item === 'string' ? called(item) : item))];
    return [name, typeof value === 'string' ? called(value) : value];
  });
  const { code, retryable, cause } = error;
  return new MillraceError({
    code,
    message: called(error.message),
    retryable,
    details: Object.fromEntries(details),
    cause,
  });
}
