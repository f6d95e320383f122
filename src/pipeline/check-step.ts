import { MillraceError } from '../errors.ts';
import type { RunOptions } from '../plan/source.ts';
import { showCount } from '../show-count.ts';
import { isFrame } from './frames.ts';
import type { Checked, FailedRule } from './handles.ts';

/** What a check found: of a frame by running its checks, of a report of rules, or a plain yes or no. */
export async function checkedValue(step: string, given: unknown, options: RunOptions): Promise<Checked> {
  if (isFrame(given)) {
    try {
      await given.count(options);
      return { ok: true, failures: [] };
    } catch (error) {
      const rule = brokenRule(error);
      if (rule === undefined) throw error;
      return { ok: false, failures: [rule] };
    }
  }
  if (typeof given === 'boolean') {
    return { ok: given, failures: given ? [] : [{ rule: step, failures: 1, rows: [] }] };
  }
  if (isReport(given)) {
    const failures = given.rules.filter(({ passed }) => !passed);
    return { ok: given.ok, failures: failures.map(({ rule, failures, rows }) => ({ rule, failures, rows })) };
  }
  throw new MillraceError({
    code: 'pipeline.value',
    message: `pipeline step ${JSON.stringify(step)}: a check gives a frame, what checkReport gives, true or false, and this one gave ${given === undefined ? 'nothing' : typeof given}.`,
    details: { step },
  });
}

/** The rule that a run was ended by. */
export function brokenRule(error: unknown): FailedRule | undefined {
  if (!(error instanceof MillraceError) || error.code !== 'check.failed') return undefined;
  const { rule, failures, rows } = error.details as Partial<FailedRule>;
  return { rule: String(rule), failures: failures ?? 0, rows: rows ?? [] };
}

/** What of a check does not hold: `: sku is given (2 rows)`; of one that gave a plain no there is nothing to add. */
export function brokenText(step: string, failures: readonly FailedRule[]): string {
  const told = failures.flatMap(({ rule, failures: rows }) =>
    rule === step ? [] : [`${rule} (${showCount(rows, 'row')})`],
  );
  return told.length === 0 ? '' : `: ${told.join(', ')}`;
}

/** The end of a check that does not hold. */
export function checkFailed(step: string, failures: readonly FailedRule[]): MillraceError {
  return new MillraceError({
    code: 'pipeline.check_failed',
    message: `pipeline check ${JSON.stringify(step)} does not hold${brokenText(step, failures)}.`,
    details: { step, failures },
  });
}

function isReport(
  given: unknown,
): given is { readonly ok: boolean; readonly rules: readonly (FailedRule & { readonly passed: boolean })[] } {
  return typeof given === 'object' && given !== null && 'ok' in given && 'rules' in given && Array.isArray(given.rules);
}
