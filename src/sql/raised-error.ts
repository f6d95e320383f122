import { MillraceError } from '../errors.ts';
import type { DataType } from '../schema/dtype.ts';
import { quoteText } from './dialect.ts';

/**
 * SQL of an error's message, `[code] message`, the same of every engine: that `label`, of a value (SQL of its text), is not
 * as it should be (SQL of the reason). In front stand the dtype and how long the label and the value are, by which both are
 * found again, whatever they hold.
 */
export function failedCast(label: string, to: DataType, value: string, reason: string, quote: "'" | '' = "'"): string {
  const [before, after] = [quoteText(`[cast.failed] ${to.id} ${label.length} `), quoteText(` ${label}: ${quote}`)];
  return `${before} || length(${value}) || ${after} || ${value} || ${quoteText(`${quote} `)} || ${reason}`;
}

/** The error that a message of SQL tells; undefined of one that the engine itself gave. */
export function raisedError(text: string, cause: unknown): MillraceError | undefined {
  const [, code, message = ''] = /^\[([a-z]+\.[a-z_]+)\]\s*(.*)$/s.exec(text) ?? [];
  if (code === undefined) return undefined;
  const [front, dtype, ...lengths] = code === 'cast.failed' ? (/^(\w+) (\d+) (\d+) /.exec(message) ?? []) : [];
  if (front === undefined) return new MillraceError({ code, message, cause });
  const told = message.slice(front.length);
  const [ofLabel = 0, ofValue] = lengths.map(Number);
  const column = told.slice(0, ofLabel);
  // SQL counts characters, not the halves that some of them have here.
  const rest = [...told.slice(ofLabel + 2)];
  const length = Number(ofValue);
  const from = rest[0] === "'" && rest[length + 1] === "'" ? 1 : 0;
  const value = rest.slice(from, from + length).join('');
  return new MillraceError({ code, message: told, details: { column, value, dtype }, cause });
}
