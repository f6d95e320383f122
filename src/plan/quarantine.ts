import type { Schema } from '../schema/dtype.ts';

/** The columns of rejected rows, wherever they are kept. */
export const QUARANTINE: Schema = [
  { name: 'source', dtype: { id: 'string' }, nullable: false },
  { name: 'line', dtype: { id: 'int' }, nullable: true },
  { name: 'column', dtype: { id: 'string' }, nullable: true },
  { name: 'value', dtype: { id: 'string' }, nullable: true },
  { name: 'reason', dtype: { id: 'string' }, nullable: false },
  { name: 'raw', dtype: { id: 'string' }, nullable: true },
];
