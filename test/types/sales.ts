import { type FrameOf, t } from '../../src/index.ts';

/** A frame to write types against; nothing here runs. */
export const schema = {
  invoice: t.string(),
  sku: t.string().nullable(),
  quantity: t.int(),
  stock: t.int().nullable(),
  price: t.decimal(12, 2),
  cost: t.decimal(12, 2).nullable(),
  weight: t.float(),
  region: t.enum(['north', 'south']),
  day: t.date(),
  sold_at: t.timestamp().nullable(),
  paid: t.boolean(),
};

export type Sales = FrameOf<typeof schema>;
export declare const sales: Sales;
