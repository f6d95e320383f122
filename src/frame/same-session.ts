import { MillraceError } from '../errors.ts';
import type { Executor } from '../plan/source.ts';

/** The scratch tables of another session would be looked for in this one, which may have others of their names. */
export function refuseOther(
  frame: { readonly executor: Executor },
  other: { readonly executor: Executor },
  verb: string,
): void {
  if (other?.executor === frame.executor) return;
  if (other?.executor === undefined) {
    throw new MillraceError({
      code: 'plan.argument',
      message: `${verb} was given what is no frame. Give another frame.`,
    });
  }
  throw new MillraceError({
    code: 'plan.session',
    message: `${verb}: the two frames belong to different sessions. Read both with the same session.`,
  });
}
