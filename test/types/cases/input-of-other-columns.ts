import type { Col, Frame, Int } from '../../../src/index.ts';
import { pipeline } from '../../../src/pipeline/index.ts';
import { sales } from '../sales.ts';

declare const clean: (frame: Frame<Col<'pieces', Int, never>>) => Frame<Col<'pieces', Int, never>>;

// Type '"sku"' is not assignable to type '"pieces"'
pipeline('daily', {}, (p) => {
  const raw = p.step('raw', () => sales.select('sku'));
  p.step('clean', { raw }, ({ raw }) => clean(raw));
});
