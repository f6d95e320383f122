import { sales } from '../sales.ts';

// Argument of type '"quantitty"' is not assignable to parameter of type '"cost" | "day" | "invoice"
sales.select('quantitty');
