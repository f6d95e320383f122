import { fn, t } from '../../src/index.ts';
import type { Tables } from './tables.ts';

/** Questions about orders and those who placed them. */

/** Q4: how many orders of one quarter had a late line, by priority. */
export const orderPriority = ({ orders, lineitem }: Tables) =>
  orders
    .filter((r) => r.o_orderdate.gte('1993-07-01').and(r.o_orderdate.lt('1993-10-01')))
    .join(
      lineitem.filter((r) => r.l_commitdate.lt(r.l_receiptdate)),
      { on: { o_orderkey: 'l_orderkey' }, how: 'semi' },
    )
    .groupBy('o_orderpriority')
    .agg(() => ({ order_count: fn.count() }))
    .sort('o_orderpriority');

/** Q10: the twenty customers who sent back most of one quarter's orders. */
export const returnedItems = ({ nation, customer, orders, lineitem }: Tables) => {
  const lost = lineitem
    .filter((r) => r.l_returnflag.eq('R'))
    .join(
      orders.filter((r) => r.o_orderdate.gte('1993-10-01').and(r.o_orderdate.lt('1994-01-01'))),
      { on: { l_orderkey: 'o_orderkey' } },
    )
    .groupBy('o_custkey')
    .agg((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }));
  return customer
    .join(lost, { on: { c_custkey: 'o_custkey' } })
    .join(nation, { on: { c_nationkey: 'n_nationkey' } })
    .select('c_custkey', 'c_name', 'revenue', 'c_acctbal', 'n_name', 'c_address', 'c_phone', 'c_comment')
    .sort({ desc: 'revenue' })
    .limit(20);
};

/** Q12: late lines of two ways of shipping in one year, by whether the order was urgent. */
export const shippingModes = ({ orders, lineitem }: Tables) =>
  lineitem
    .filter((r) =>
      r.l_shipmode
        .in(['MAIL', 'SHIP'])
        .and(r.l_commitdate.lt(r.l_receiptdate))
        .and(r.l_shipdate.lt(r.l_commitdate))
        .and(r.l_receiptdate.gte('1994-01-01'))
        .and(r.l_receiptdate.lt('1995-01-01')),
    )
    .join(orders, { on: { l_orderkey: 'o_orderkey' } })
    .withColumns((r) => ({ urgent: r.o_orderpriority.in(['1-URGENT', '2-HIGH']) }))
    .groupBy('l_shipmode')
    .agg((r) => ({ high_line_count: r.urgent.countTrue(), low_line_count: r.urgent.not().countTrue() }))
    .sort('l_shipmode');

/** Q13: how many customers have how many orders, special requests left out. */
export const customerDistribution = ({ customer, orders }: Tables) =>
  customer
    .join(
      orders
        .filter((r) => r.o_comment.matches(/special.*requests/s).not())
        .groupBy('o_custkey')
        .agg(() => ({ c_count: fn.count() })),
      { on: { c_custkey: 'o_custkey' }, how: 'left' },
    )
    .withColumns((r) => ({ c_count: r.c_count.coalesce(0) }))
    .groupBy('c_count')
    .agg(() => ({ custdist: fn.count() }))
    .sort({ desc: 'custdist' }, { desc: 'c_count' });

/** Q18: the hundred largest orders of more than 300 pieces. */
export const largeVolumeCustomers = ({ customer, orders, lineitem }: Tables) => {
  const large = lineitem
    .groupBy('l_orderkey')
    .agg((r) => ({ sum_qty: r.l_quantity.sum() }))
    .filter((r) => r.sum_qty.gt(300));
  return orders
    .join(large, { on: { o_orderkey: 'l_orderkey' } })
    .join(customer, { on: { o_custkey: 'c_custkey' } })
    .rename({ o_custkey: 'c_custkey' })
    .select('c_name', 'c_custkey', 'o_orderkey', 'o_orderdate', 'o_totalprice', 'sum_qty')
    .sort({ desc: 'o_totalprice' }, 'o_orderdate')
    .limit(100);
};

/** Q22: customers of seven country codes with more than the average balance who never ordered. */
export const salesOpportunity = ({ customer, orders }: Tables) =>
  customer
    .withColumns((r) => ({ cntrycode: r.c_phone.slice(0, 2) }))
    .filter((r) => r.cntrycode.in(['13', '31', '23', '29', '30', '18', '17']).and(r.c_acctbal.gt(0)))
    .withColumns((r) => ({ average: r.c_acctbal.mean().over() }))
    .filter((r) => r.c_acctbal.cast(t.float()).gt(r.average))
    .join(orders, { on: { c_custkey: 'o_custkey' }, how: 'anti' })
    .groupBy('cntrycode')
    .agg((r) => ({ numcust: fn.count(), totacctbal: r.c_acctbal.sum() }))
    .sort('cntrycode');
