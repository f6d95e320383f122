import { fitScaler, scale } from '../../../src/index.ts';
import { sales } from '../sales.ts';

const scaler = await fitScaler(sales, { columns: ['price', 'quantity'], method: 'standard' });

// 'fitted columns that the frame lacks, or has as another dtype': "price"
scaler.apply(sales.drop('price'));

// 'columns that the frame lacks, or has as another dtype': "weigth"
sales.pipe(scale({ columns: ['weigth'], method: 'standard' }));
