import { sales } from '../sales.ts';

// Type 'Aggregate<Int, never>' is not assignable to type 'AnyScalar'.
// Type '"empty" | "group"' is not assignable to type 'null'.
sales.withColumns((r) => ({ total: r.quantity.sum() }));
