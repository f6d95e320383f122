import { sales } from '../sales.ts';

// Type '"west"' is not assignable to type '"north" | "south"'.
sales.pivot({ names: 'region', values: 'quantity', columns: ['north', 'west'], aggregate: 'sum', index: ['sku'] });
