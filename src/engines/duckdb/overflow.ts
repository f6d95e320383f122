import { MillraceError } from '../../errors.ts';
import { describeExpression } from '../../plan/describe.ts';
import type { Expression } from '../../plan/expression.ts';
import type { Relation } from '../../plan/relation.ts';
import { expressionsOf } from '../../plan/walk.ts';
import { describeDType } from '../../schema/dtype.ts';
import { OUT_OF_RANGE } from './errors.ts';

/** The functions that the engine's words for an operation may stand for. */
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  addition: ['add', 'sum'],
  subtraction: ['sub'],
  multiplication: ['mul', 'from_epoch'],
  date: ['date_add', 'from_epoch', 'series'],
  negation: ['neg'],
  sum: ['sum'],
  cast: ['cast', 'sum', 'add', 'sub', 'mul', 'neg', 'abs', 'round', 'floor', 'ceil'],
};

/** How many expressions an error shows. */
const SHOWN = 5;

/** An error of arithmetic that left its range, as one that names the expressions which may have done so. */
export function explainOverflow(error: MillraceError, plan: Relation): MillraceError {
  const operation = operationOf(error);
  const functions = FUNCTIONS[operation ?? ''];
  if (functions === undefined) return error;
  const places = new Set<string>();
  for (const { place, expression } of expressionsOf(plan)) {
    if (expression.dtype.id === 'float' || !functions.includes(functionOf(expression) ?? '')) continue;
    places.add(`${place}: ${describeExpression(expression, 2)}, ${describeDType(expression.dtype)}`);
  }
  if (places.size === 0) return error;
  const shown = [...places].slice(0, SHOWN).map((place) => (places.size === 1 ? place : `\n  ${place}`));
  const where = `${places.size === 1 ? '' : 'one of'}${shown.join('')}${places.size > SHOWN ? '\n  ..' : ''}`;
  return new MillraceError({
    code: 'run.overflow',
    message: `A result is out of the range of its dtype (${reasonOf(error)}). ${operation === 'date' ? 'Add fewer units' : 'Cast a side to t.float(), or a decimal to one of fewer digits after the point,'} in ${where}`,
    details: { places: [...places] },
    cause: error.cause,
  });
}

function functionOf(node: Expression): string | undefined {
  if (node.kind === 'cast') return node.input.dtype.id === 'string' ? undefined : 'cast';
  return node.kind === 'call' || node.kind === 'aggregate' ? node.fn : undefined;
}

function operationOf(error: MillraceError): string | undefined {
  if (!error.code.startsWith('run.')) return;
  const reason = reasonOf(error);
  // Whole numbers have 64 bits, but for the days and months of an interval.
  if (/INT32|(Date|[Tt]imestamp|Interval) .*range/.test(reason)) return 'date';
  if (!OUT_OF_RANGE.test(reason)) return /^Overflow in (\w+) of/.exec(reason)?.[1];
  return /source column sum\(/.test(reason) ? 'sum' : 'cast';
}

/** What the engine said first; the SQL it shows after that is none of the user's. */
function reasonOf(error: MillraceError): string {
  const text = error.cause instanceof Error ? error.cause.message : error.message;
  const [first = ''] = text.replace(/^[\w ]+ Error: /, '').split(/\n|!$|\. You might/);
  return first;
}
