import { sales } from '../sales.ts';

// Type 'NumericExpr<Int, never>' is not assignable to type
// 'aggregate it; of keys alone, in withColumns after'
export const grouped = sales.groupBy('region').agg((r) => ({ quantity: r.quantity }));
