import * as customers from './customers.ts';
import * as sales from './sales.ts';
import * as suppliers from './suppliers.ts';

/** The benchmark's twenty-two questions, by its numbers. */
export const queries = {
  1: sales.pricingSummary,
  2: suppliers.minimumCostSupplier,
  3: sales.shippingPriority,
  4: customers.orderPriority,
  5: sales.localSupplierVolume,
  6: sales.forecastRevenue,
  7: sales.volumeShipping,
  8: sales.marketShare,
  9: sales.productTypeProfit,
  10: customers.returnedItems,
  11: suppliers.importantStock,
  12: customers.shippingModes,
  13: customers.customerDistribution,
  14: sales.promotionEffect,
  15: suppliers.topSupplier,
  16: suppliers.supplierRelationship,
  17: suppliers.smallQuantityOrders,
  18: customers.largeVolumeCustomers,
  19: sales.discountedRevenue,
  20: suppliers.partPromotion,
  21: suppliers.waitingSuppliers,
  22: customers.salesOpportunity,
} as const;
