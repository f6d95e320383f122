import { sales } from '../sales.ts';

// Type 'NumericExpr<Int, never>' is not assignable to type 'AnyAggregate'.
// Type '"scalar"' is not assignable to type '"aggregate"'.
sales.groupBy('region').agg((r) => ({ quantity: r.quantity }));
