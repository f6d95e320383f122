import { type FrameOf, linearRegression, t } from '../../../src/index.ts';

const schema = { price: t.float(), region: t.string(), revenue: t.float() };
declare const sales: FrameOf<typeof schema>;
// Type '"prise"' is not assignable to type '"price" | "region"'. Did you mean '"price"'?
export const model = linearRegression(sales, { target: 'revenue', features: ['prise'] });
