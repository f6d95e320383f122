import { sales } from '../sales.ts';

// Argument of type '"west"' is not assignable to parameter of type '"north" | "south" | Scalar
sales.filter((r) => r.region.eq('west'));
