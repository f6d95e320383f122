import { type Col, type Frame, type Int, t } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: (frame: Frame<Col<'quantity', Int, never>>) => void;
// Type 'Col<"quantity", Float, never>' is not assignable to type 'Col<"quantity", Int, never>'.
step(sales.select('quantity').cast({ quantity: t.float() }));
