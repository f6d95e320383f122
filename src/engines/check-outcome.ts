import { MillraceError } from '../errors.ts';
import type { CheckWarning } from '../plan/relation.ts';
import type { Step } from '../sql/program.ts';

/** Tells of a rule that rows break: a warning, or the end of the run. */
export function tellBroken(step: Step & { kind: 'check' }, warning: CheckWarning): void {
  const message = checkMessage(warning, step.whole);
  if (step.node.severity !== 'warn')
    throw new MillraceError({ code: 'check.failed', message, details: { ...warning } });
  if (step.node.onWarning === undefined) process.stderr.write(`millrace: ${message}\n`);
  else step.node.onWarning(warning);
}

function checkMessage(warning: CheckWarning, whole: boolean): string {
  if (whole) return `check ${warning.rule}: there are ${warning.failures} rows.`;
  const shown = warning.rows.map(
    (row) => `  ${JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`,
  );
  return `check ${warning.rule}: ${warning.failures} rows do not hold it, among them\n${shown.join('\n')}`;
}
