import { escapeHtml, showAs } from '../notebook/preview.ts';
import { ruleName } from '../plan/describe.ts';
import type { CheckWarning } from '../plan/relation.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import { jsonText } from '../schema/show-value.ts';
import { showCount } from '../show-count.ts';
import { type CheckOptions, type CheckRules, check } from './checks.ts';
import { derive } from './derive.ts';
import type { Frame } from './frame.ts';

/** What became of a rule. */
export interface CheckedRule {
  /** `quantity: between`. */
  readonly rule: string;
  readonly passed: boolean;
  /** How many rows break it; of a rule about their count, how many there are. */
  readonly failures: number;
  /** The first rows that break it. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Which rules hold, in the order in which they were given. */
export class CheckReport {
  /** Whether every rule holds. */
  readonly ok: boolean;
  readonly rules: readonly CheckedRule[];

  constructor(rules: readonly CheckedRule[]) {
    this.rules = rules;
    this.ok = rules.every(({ passed }) => passed);
    Object.freeze(this);
  }

  /** A line a rule. */
  toString(): string {
    const width = Math.max(...this.rules.map(({ rule }) => rule.length), 0);
    const lines = this.rules.map(({ rule, passed, failures, rows }) =>
      passed ? `pass  ${rule}` : `FAIL  ${rule.padEnd(width)}  ${counted(rule, failures)}${sample(rows)}`,
    );
    return [...lines, this.#summary()].join('\n');
  }

  /** A table, a row a rule. */
  toHtml(): string {
    const cell = (text: string, tag = 'td'): string => `<${tag} style="text-align: left">${escapeHtml(text)}</${tag}>`;
    const rows = this.rules.map(
      ({ rule, passed, failures, rows: broken }) =>
        `<tr>${cell(passed ? '✓ pass' : '✗ fail')}${cell(rule)}${cell(passed ? '' : `${counted(rule, failures)}${sample(broken)}`)}</tr>`,
    );
    const head = `<thead><tr>${['', 'rule', 'rows that break it'].map((text) => cell(text, 'th')).join('')}</tr></thead>`;
    return `<table>\n${head}\n<tbody>${rows.join('\n')}</tbody>\n</table>\n<p><small>${escapeHtml(this.#summary())}</small></p>`;
  }

  #summary(): string {
    const failed = this.rules.filter(({ passed }) => !passed).length;
    const all = `${this.rules.length} ${this.rules.length === 1 ? 'rule' : 'rules'}`;
    return failed === 0 ? `${all}, all hold` : `${failed} of ${all} broken`;
  }
}

showAs(CheckReport, (shown) => ({ 'text/html': shown.toHtml(), 'text/plain': shown.toString() }));

/** Runs the rules as warnings, and tells of every one. */
export async function checkReport<C extends AnyCol>(
  frame: Frame<C>,
  rules: CheckRules<C>,
  { signal, onProgress, ...options }: Omit<CheckOptions<C>, 'severity' | 'onWarning'> & RunOptions,
): Promise<CheckReport> {
  const warnings: CheckWarning[] = [];
  const onWarning = (warning: CheckWarning): void => void warnings.push(warning);
  const checked = check(frame, rules, { ...options, severity: 'warn', onWarning });
  const run = { signal, ...(onProgress === undefined ? {} : { onProgress }) };
  await derive(frame, checked).count(run);
  return new CheckReport(
    checked.rules.map((rule): CheckedRule => {
      const name = ruleName(rule);
      const at = warnings.findIndex((warning) => warning.rule === name);
      const [warning] = at === -1 ? [] : warnings.splice(at, 1);
      if (warning === undefined) return { rule: name, passed: true, failures: 0, rows: [] };
      return { rule: name, passed: false, failures: warning.failures, rows: warning.rows };
    }),
  );
}

function counted(rule: string, failures: number): string {
  const rows = showCount(failures, 'row');
  return rule === 'row_count' ? `there are ${rows}` : rows;
}

/** The first row that breaks a rule, on one line. */
function sample([row]: CheckedRule['rows']): string {
  if (row === undefined) return '';
  const text = jsonText(row);
  return `, such as ${text.length <= 100 ? text : `${text.slice(0, 99)}…`}`;
}
