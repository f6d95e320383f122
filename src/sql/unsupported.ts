import { MillraceError } from '../errors.ts';

/** What an engine cannot do as the others do it: told when the plan is compiled. */
export function unsupported(engine: string, operation: string, what: string, instead = ''): MillraceError {
  return new MillraceError({
    code: 'compile.unsupported',
    message: `${engine} cannot do ${what} as the other engines do.${instead === '' ? '' : ` ${instead}`}`,
    details: { operation, engine },
  });
}
