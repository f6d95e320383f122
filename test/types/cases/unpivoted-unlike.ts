import { sales } from '../sales.ts';

// the columns have different dtypes
sales.unpivot({ columns: ['quantity', 'sku'], names: 'of', values: 'value' });
