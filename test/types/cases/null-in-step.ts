import type { Col, Frame, Text } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: (frame: Frame<Col<'sku', Text, never>>) => void;
// Type 'Col<"sku", Text, null>' is not assignable to type 'Col<"sku", Text, never>'.
// Type 'null' is not assignable to type 'never'.
step(sales.select('sku'));
