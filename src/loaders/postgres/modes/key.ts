import { didYouMean, MillraceError } from '../../../errors.ts';
import { listOf } from '../../../frame/functions/order.ts';
import type { Schema } from '../../../schema/dtype.ts';
import { CALLER } from './mode.ts';

/** Refuses a mode that matches rows without the columns to match them by. */
export function checkKeyOption(
  { mode, key }: { readonly mode: string; readonly key?: string | readonly string[] },
  schema: Schema,
): void {
  const names = schema.map((f) => f.name);
  const columns = listOf<string>(key ?? []);
  if (columns.length === 0) {
    throw new MillraceError({
      code: 'load.key',
      message: `${CALLER}: mode '${mode}' needs a key: the columns that tell rows apart. The columns are ${names.join(', ')}.`,
    });
  }
  const unknown = columns.find((column) => !names.includes(column));
  if (unknown === undefined) return;
  throw new MillraceError({
    code: 'load.key',
    message: `${CALLER}: the frame has no column ${JSON.stringify(unknown)} to be a key.${didYouMean(unknown, names)} Its columns are ${names.join(', ')}.`,
    details: { column: unknown, columns: names },
  });
}
