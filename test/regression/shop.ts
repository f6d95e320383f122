import { MillraceError, type Model, type Readers, t } from '../../src/index.ts';

/** The rows of a shop by formulas, and what tests ask of a model of them. */

export async function errorOf(action: () => unknown): Promise<MillraceError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const terms = (model: Pick<Model, 'coefficients'>): string[] => model.coefficients.map((c) => c.term);

const SIZES = ['small', 'medium', 'large'] as const;
export const shopRows = Array.from({ length: 90 }, (_, i) => ({
  id: i,
  day: new Date(Date.UTC(2024, 0, 1 + i * 3)).toISOString().slice(0, 10),
  at: new Date(Date.UTC(2024, 0, 1, (i * 5) % 24, i % 60)),
  region: ['north', 'south', 'west'][(i * 7) % 3] ?? '',
  size: SIZES[(i * 5 + (i >> 3)) % 3] ?? 'small',
  vip: (i * 11) % 7 < 3,
  stars: 1 + ((i * 13) % 5),
  budget: ((i * 37) % 101) / 4 + 1,
  note: i % 10 === 3 ? null : i % 4,
  revenue: ((i * 53) % 97) * 1.5 + i,
}));
export const schema = {
  id: t.int(),
  day: t.date(),
  at: t.timestamp(),
  region: t.string(),
  size: t.enum(SIZES),
  vip: t.boolean(),
  stars: t.int(),
  budget: t.float(),
  note: t.int().nullable(),
  revenue: t.float(),
};
export const shopOf = (read: Readers) => read.rows(shopRows, { schema });
