import { sales } from '../sales.ts';

// Type 'NumericExpr<Int, never>' is not assignable to type 'Scalar<Bool, null>'.
sales.filter((r) => r.quantity);
