import type { Col, Frame, Text } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: (frame: Frame<Col<'sku', Text, null>>) => Frame<Col<'sku', Text, null>>;
// Type 'Col<"day", Day, never>' is not assignable to type 'Col<"sku", Text, null>'.
step(sales.select('sku', 'day'));
