import { sales } from '../sales.ts';

// 'months' does not exist in type
sales.select('day', 'price').asofJoin(sales.select('day', 'region'), { on: 'day', tolerance: { months: 1 } });
