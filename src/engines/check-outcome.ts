import { MillraceError } from '../errors.ts';
import type { CheckWarning } from '../plan/relation.ts';
import { jsonText } from '../schema/show-value.ts';
import { showCount } from '../show-count.ts';
import type { Step } from '../sql/program.ts';

/** Tells of a rule that rows break: a warning, or the end of the run. */
export function tellBroken(step: Step & { kind: 'check' }, warning: CheckWarning): void {
  const message = checkMessage(warning, step);
  if (step.node.severity !== 'warn')
    throw new MillraceError({ code: 'check.failed', message, details: { ...warning } });
  if (step.node.onWarning === undefined) process.stderr.write(`millrace: ${message}\n`);
  else step.node.onWarning(warning);
}

function checkMessage(warning: CheckWarning, { text, whole }: Step & { kind: 'check' }): string {
  const { failures } = warning;
  const rows = showCount(failures, 'row');
  if (whole) return `check ${text}: there ${failures === 1 ? 'is' : 'are'} ${rows}.`;
  const shown = warning.rows.map((row) => `  ${jsonText(row)}`);
  return `check ${text}: ${rows} ${failures === 1 ? 'does' : 'do'} not hold it, such as\n${shown.join('\n')}`;
}
