import { sales } from '../sales.ts';

// Type 'Aggregate<Int, never, null>' is not assignable to type 'AnyScalar'.
// Type '"aggregate"' is not assignable to type '"scalar"'.
sales.withColumns((r) => ({ total: r.quantity.sum() }));
