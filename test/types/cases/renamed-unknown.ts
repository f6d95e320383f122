import { sales } from '../sales.ts';

// Type '"amount"' is not assignable to type '"amount" & NoColumn<"quantitty">'.
sales.rename({ sku: 'article', quantitty: 'amount' });
