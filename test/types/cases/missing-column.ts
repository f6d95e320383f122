import type { Col, Frame, Int, Text } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: (frame: Frame<Col<'quantity', Int, never> | Col<'sku', Text, null>>) => void;
// Property 'sku' is missing in type '{ readonly quantity: Col<"quantity", Int, never>; }'
step(sales.select('quantity'));
