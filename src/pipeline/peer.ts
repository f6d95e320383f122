import { MillraceError } from '../errors.ts';

/** The error of a package that only some pipelines need, and that is not installed. */
export function missingPeer(name: string, what: string, cause: unknown): MillraceError {
  return new MillraceError({
    code: 'pipeline.peer',
    message: `${what} needs the package ${name}, which is not installed. Install it: npm install ${name}`,
    details: { package: name },
    cause,
  });
}
