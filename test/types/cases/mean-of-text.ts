import { sales } from '../sales.ts';

// Property 'mean' does not exist on type 'TextExpr<string, never>'.
sales.groupBy('region').agg((r) => ({ mean: r.invoice.mean() }));
