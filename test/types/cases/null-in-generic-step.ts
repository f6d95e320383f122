import type { AnyCol, Col, Frame, Text } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: <C extends AnyCol>(frame: Frame<C | Col<'sku', Text, never>>) => void;
// Types of property 'sku' are incompatible.
// Type 'null' is not assignable to type 'never'.
step(sales.select('sku', 'day'));
