import type { Model } from './model.ts';

/** Everything that a fitted model is, as plain data. What older JSON does not hold is NaN, null or empty. */
export type ModelData = Omit<Model, 'plot' | 'predict' | 'evaluate' | 'toJSON' | 'summary' | 'toString'>;
