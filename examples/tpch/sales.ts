import { fn } from '../../src/index.ts';
import type { Tables } from './tables.ts';

/** Questions about what was sold: prices, revenue and profit. */

/** Q1: quantities and prices of all lines shipped until ninety days before the end, by state. */
export const pricingSummary = ({ lineitem }: Tables) =>
  lineitem
    .filter((r) => r.l_shipdate.lte('1998-09-02'))
    .withColumns((r) => ({ discounted: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)) }))
    .groupBy('l_returnflag', 'l_linestatus')
    .agg((r) => ({
      sum_qty: r.l_quantity.sum(),
      sum_base_price: r.l_extendedprice.sum(),
      sum_disc_price: r.discounted.sum(),
      sum_charge: r.discounted.mul(fn.lit(1).add(r.l_tax)).sum(),
      avg_qty: r.l_quantity.mean(),
      avg_price: r.l_extendedprice.mean(),
      avg_disc: r.l_discount.mean(),
      count_order: fn.count(),
    }))
    .sort('l_returnflag', 'l_linestatus');

/** Q3: the ten unshipped orders of one market that are worth most. */
export const shippingPriority = ({ customer, orders, lineitem }: Tables) =>
  lineitem
    .filter((r) => r.l_shipdate.gt('1995-03-15'))
    .join(
      orders
        .filter((r) => r.o_orderdate.lt('1995-03-15'))
        .join(
          customer.filter((r) => r.c_mktsegment.eq('BUILDING')),
          { on: { o_custkey: 'c_custkey' }, how: 'semi' },
        ),
      { on: { l_orderkey: 'o_orderkey' } },
    )
    .groupBy('l_orderkey', 'o_orderdate', 'o_shippriority')
    .agg((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }))
    .sort({ desc: 'revenue' }, 'o_orderdate')
    .limit(10);

/** Q5: revenue within each nation of Asia in 1994, where customer and supplier are of the same nation. */
export const localSupplierVolume = ({ region, nation, supplier, customer, orders, lineitem }: Tables) => {
  const asia = nation.join(
    region.filter((r) => r.r_name.eq('ASIA')),
    { on: { n_regionkey: 'r_regionkey' }, how: 'semi' },
  );
  const suppliers = supplier.join(asia, { on: { s_nationkey: 'n_nationkey' } });
  const bought = orders
    .filter((r) => r.o_orderdate.gte('1994-01-01').and(r.o_orderdate.lt('1995-01-01')))
    .join(customer.join(asia, { on: { c_nationkey: 'n_nationkey' }, how: 'semi' }), { on: { o_custkey: 'c_custkey' } });
  return lineitem
    .join(bought, { on: { l_orderkey: 'o_orderkey' } })
    .join(suppliers, { on: [{ l_suppkey: 's_suppkey' }, { c_nationkey: 's_nationkey' }] })
    .groupBy('n_name')
    .agg((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }))
    .sort({ desc: 'revenue' });
};

/** Q6: what would have been earned without small discounts on small orders. */
export const forecastRevenue = ({ lineitem }: Tables) =>
  lineitem
    .filter((r) =>
      r.l_shipdate
        .gte('1994-01-01')
        .and(r.l_shipdate.lt('1995-01-01'))
        .and(r.l_discount.between('0.05', '0.07'))
        .and(r.l_quantity.lt(24)),
    )
    .groupBy()
    .agg((r) => ({ revenue: r.l_extendedprice.mul(r.l_discount).sum() }));

/** Q7: trade between France and Germany by direction and year. */
export const volumeShipping = ({ nation, supplier, customer, orders, lineitem }: Tables) => {
  const two = nation.filter((r) => r.n_name.in(['FRANCE', 'GERMANY'])).select('n_nationkey', 'n_name');
  const suppliers = supplier
    .join(two.rename({ n_name: 'supp_nation' }), { on: { s_nationkey: 'n_nationkey' } })
    .select('s_suppkey', 'supp_nation');
  const customers = customer
    .join(two.rename({ n_name: 'cust_nation' }), { on: { c_nationkey: 'n_nationkey' } })
    .select('c_custkey', 'cust_nation');
  return lineitem
    .filter((r) => r.l_shipdate.between('1995-01-01', '1996-12-31'))
    .join(suppliers, { on: { l_suppkey: 's_suppkey' } })
    .join(orders.join(customers, { on: { o_custkey: 'c_custkey' } }), { on: { l_orderkey: 'o_orderkey' } })
    .filter((r) => r.supp_nation.ne(r.cust_nation))
    .withColumns((r) => ({ l_year: r.l_shipdate.year() }))
    .groupBy('supp_nation', 'cust_nation', 'l_year')
    .agg((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }))
    .sort('supp_nation', 'cust_nation', 'l_year');
};

/** Q8: Brazil's share of the sales of one kind of part in America, by year. */
export const marketShare = ({ region, nation, supplier, customer, part, orders, lineitem }: Tables) => {
  const american = nation.join(
    region.filter((r) => r.r_name.eq('AMERICA')),
    { on: { n_regionkey: 'r_regionkey' }, how: 'semi' },
  );
  const customers = customer.join(american, { on: { c_nationkey: 'n_nationkey' }, how: 'semi' });
  return lineitem
    .join(
      part.filter((r) => r.p_type.eq('ECONOMY ANODIZED STEEL')),
      { on: { l_partkey: 'p_partkey' }, how: 'semi' },
    )
    .join(
      orders
        .filter((r) => r.o_orderdate.between('1995-01-01', '1996-12-31'))
        .join(customers, { on: { o_custkey: 'c_custkey' }, how: 'semi' }),
      { on: { l_orderkey: 'o_orderkey' } },
    )
    .join(supplier.join(nation, { on: { s_nationkey: 'n_nationkey' } }), { on: { l_suppkey: 's_suppkey' } })
    .withColumns((r) => ({
      o_year: r.o_orderdate.year(),
      volume: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)),
    }))
    .withColumns((r) => ({ brazilian: fn.when(r.n_name.eq('BRAZIL'), r.volume).else(0) }))
    .groupBy('o_year')
    .agg((r) => ({ brazilian: r.brazilian.sum(), all: r.volume.sum() }))
    .withColumns((r) => ({ mkt_share: r.brazilian.div(r.all) }))
    .select('o_year', 'mkt_share')
    .sort('o_year');
};

/** Q9: profit on parts whose name holds a colour, by nation and year. */
export const productTypeProfit = ({ nation, supplier, part, partsupp, orders, lineitem }: Tables) => {
  const green = part.filter((r) => r.p_name.contains('green'));
  const supplied = partsupp.join(green, { on: { ps_partkey: 'p_partkey' }, how: 'semi' });
  return lineitem
    .join(green, { on: { l_partkey: 'p_partkey' }, how: 'semi' })
    .join(supplied, { on: [{ l_partkey: 'ps_partkey' }, { l_suppkey: 'ps_suppkey' }] })
    .join(supplier.join(nation, { on: { s_nationkey: 'n_nationkey' } }), { on: { l_suppkey: 's_suppkey' } })
    .join(orders, { on: { l_orderkey: 'o_orderkey' } })
    .withColumns((r) => ({
      o_year: r.o_orderdate.year(),
      amount: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sub(r.ps_supplycost.mul(r.l_quantity)),
    }))
    .rename({ n_name: 'nation' })
    .groupBy('nation', 'o_year')
    .agg((r) => ({ sum_profit: r.amount.sum() }))
    .sort('nation', { desc: 'o_year' });
};

/** Q14: the share of revenue, in percent, that promoted parts brought in one month. */
export const promotionEffect = ({ part, lineitem }: Tables) =>
  lineitem
    .filter((r) => r.l_shipdate.gte('1995-09-01').and(r.l_shipdate.lt('1995-10-01')))
    .join(part, { on: { l_partkey: 'p_partkey' } })
    .withColumns((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)) }))
    .withColumns((r) => ({ promoted: fn.when(r.p_type.startsWith('PROMO'), r.revenue).else(0) }))
    .groupBy()
    .agg((r) => ({ promoted: r.promoted.sum(), all: r.revenue.sum() }))
    .withColumns((r) => ({ promo_revenue: r.promoted.mul(100).div(r.all) }))
    .select('promo_revenue');

/** Q19: revenue from three kinds of small boxes, each with its own brand, quantity and size, delivered by air in person. */
export const discountedRevenue = ({ part, lineitem }: Tables) =>
  lineitem
    .filter((r) => r.l_shipmode.in(['AIR', 'AIR REG']).and(r.l_shipinstruct.eq('DELIVER IN PERSON')))
    .join(
      part.filter((r) => r.p_size.gte(1)),
      { on: { l_partkey: 'p_partkey' } },
    )
    .filter((r) => {
      const kind = (brand: string, containers: readonly string[], quantity: number, size: number) =>
        r.p_brand
          .eq(brand)
          .and(r.p_container.in(containers))
          .and(r.l_quantity.between(quantity, quantity + 10))
          .and(r.p_size.lte(size));
      return kind('Brand#12', ['SM CASE', 'SM BOX', 'SM PACK', 'SM PKG'], 1, 5)
        .or(kind('Brand#23', ['MED BAG', 'MED BOX', 'MED PKG', 'MED PACK'], 10, 10))
        .or(kind('Brand#34', ['LG CASE', 'LG BOX', 'LG PACK', 'LG PKG'], 20, 15));
    })
    .groupBy()
    .agg((r) => ({ revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }));
