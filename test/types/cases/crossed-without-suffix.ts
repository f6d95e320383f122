import { sales } from '../sales.ts';

// Property ''give a suffix, for both sides have'' is missing in type
// but required in type '{ readonly 'give a suffix, for both sides have': "sku"; }'.
sales.crossJoin(sales.select('sku'));
