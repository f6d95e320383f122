import type { AnyCol, Col, Day, Frame } from '../../../src/index.ts';
import { sales } from '../sales.ts';

declare const step: <C extends AnyCol>(frame: Frame<C | Col<'day', Day, never>>) => void;
// Property 'day' is missing in type '{ readonly quantity: Col<"quantity", Int, never>; }'
step(sales.select('quantity'));
