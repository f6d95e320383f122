import type { Field, Schema } from '../schema/dtype.ts';

/** The texts of a row's values, of which its share is a hash: joined by '|1', no two rows that differ have the same. */
export function shareTexts(columns: Schema, textOf: (field: Field) => string): string {
  return columns
    .map((field) => {
      const text = textOf(field);
      return `coalesce(${mayHoldBars(field) ? `replace(${text}, '|', '||')` : text}, '|0')`;
    })
    .join(', ');
}

function mayHoldBars({ dtype }: Field): boolean {
  return ['string', 'json', 'list', 'struct'].includes(dtype.id);
}
