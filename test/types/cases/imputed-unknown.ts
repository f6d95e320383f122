import { sales } from '../sales.ts';

// Type '"mean"' is not assignable to type '"mean" & NoColumn<"quantitty">'.
sales.impute({ quantitty: 'mean', stock: 'mean' });
