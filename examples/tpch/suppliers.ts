import { fn, t } from '../../src/index.ts';
import type { Tables } from './tables.ts';

/** Questions about parts and who supplies them. */

/** Q2: who in Europe supplies each brass part of size 15 at the lowest cost; the hundred with the best balance. */
export const minimumCostSupplier = ({ region, nation, supplier, part, partsupp }: Tables) => {
  const european = nation.join(
    region.filter((r) => r.r_name.eq('EUROPE')),
    { on: { n_regionkey: 'r_regionkey' }, how: 'semi' },
  );
  return partsupp
    .join(
      part.filter((r) => r.p_size.eq(15).and(r.p_type.endsWith('BRASS'))),
      { on: { ps_partkey: 'p_partkey' } },
    )
    .join(supplier.join(european, { on: { s_nationkey: 'n_nationkey' } }), { on: { ps_suppkey: 's_suppkey' } })
    .withColumns((r) => ({ lowest: r.ps_supplycost.min().over({ partitionBy: 'ps_partkey' }) }))
    .filter((r) => r.ps_supplycost.eq(r.lowest))
    .rename({ ps_partkey: 'p_partkey' })
    .select('s_acctbal', 's_name', 'n_name', 'p_partkey', 'p_mfgr', 's_address', 's_phone', 's_comment')
    .sort({ desc: 's_acctbal' }, 'n_name', 's_name', 'p_partkey')
    .limit(100);
};

/** Q11: the parts that make up most of the value of Germany's stock. */
export const importantStock = ({ nation, supplier, partsupp }: Tables) =>
  partsupp
    .join(
      supplier.join(
        nation.filter((r) => r.n_name.eq('GERMANY')),
        { on: { s_nationkey: 'n_nationkey' }, how: 'semi' },
      ),
      { on: { ps_suppkey: 's_suppkey' }, how: 'semi' },
    )
    .groupBy('ps_partkey')
    .agg((r) => ({ value: r.ps_supplycost.mul(r.ps_availqty).sum() }))
    .withColumns((r) => ({ total: r.value.sum().over() }))
    .filter((r) => r.value.gt(r.total.mul(fn.lit('0.0001', t.decimal(5, 4)))))
    .select('ps_partkey', 'value')
    .sort({ desc: 'value' });

/** Q15: the suppliers of most revenue in one quarter. */
export const topSupplier = ({ supplier, lineitem }: Tables) => {
  const best = lineitem
    .filter((r) => r.l_shipdate.gte('1996-01-01').and(r.l_shipdate.lt('1996-04-01')))
    .groupBy('l_suppkey')
    .agg((r) => ({ total_revenue: r.l_extendedprice.mul(fn.lit(1).sub(r.l_discount)).sum() }))
    .withColumns((r) => ({ most: r.total_revenue.max().over() }))
    .filter((r) => r.total_revenue.eq(r.most));
  return supplier
    .join(best, { on: { s_suppkey: 'l_suppkey' } })
    .select('s_suppkey', 's_name', 's_address', 's_phone', 'total_revenue')
    .sort('s_suppkey');
};

/** Q16: how many suppliers without complaints can deliver parts of each kind. */
export const supplierRelationship = ({ supplier, part, partsupp }: Tables) =>
  partsupp
    .join(
      part.filter((r) =>
        r.p_brand
          .ne('Brand#45')
          .and(r.p_type.startsWith('MEDIUM POLISHED').not())
          .and(r.p_size.in([49, 14, 23, 45, 19, 3, 36, 9])),
      ),
      { on: { ps_partkey: 'p_partkey' } },
    )
    .join(
      supplier.filter((r) => r.s_comment.matches(/Customer.*Complaints/)),
      { on: { ps_suppkey: 's_suppkey' }, how: 'anti' },
    )
    .groupBy('p_brand', 'p_type', 'p_size')
    .agg((r) => ({ supplier_cnt: r.ps_suppkey.countDistinct() }))
    .sort({ desc: 'supplier_cnt' }, 'p_brand', 'p_type', 'p_size');

/** Q17: what a year would lose without very small orders of one part. */
export const smallQuantityOrders = ({ part, lineitem }: Tables) =>
  lineitem
    .join(
      part.filter((r) => r.p_brand.eq('Brand#23').and(r.p_container.eq('MED BOX'))),
      { on: { l_partkey: 'p_partkey' }, how: 'semi' },
    )
    .withColumns((r) => ({ average: r.l_quantity.mean().over({ partitionBy: 'l_partkey' }) }))
    .filter((r) => r.l_quantity.cast(t.float()).lt(r.average.mul(0.2)))
    .groupBy()
    .agg((r) => ({ sum: r.l_extendedprice.sum() }))
    .withColumns((r) => ({ avg_yearly: r.sum.div(7) }))
    .select('avg_yearly');

/** Q20: Canada's suppliers with more than half a year's need of some forest part in stock. */
export const partPromotion = ({ nation, supplier, part, partsupp, lineitem }: Tables) => {
  const forest = part.filter((r) => r.p_name.startsWith('forest'));
  const sold = lineitem
    .filter((r) => r.l_shipdate.gte('1994-01-01').and(r.l_shipdate.lt('1995-01-01')))
    .join(forest, { on: { l_partkey: 'p_partkey' }, how: 'semi' })
    .groupBy('l_partkey', 'l_suppkey')
    .agg((r) => ({ sold: r.l_quantity.sum() }));
  const stocked = partsupp
    .join(sold, { on: [{ ps_partkey: 'l_partkey' }, { ps_suppkey: 'l_suppkey' }] })
    .filter((r) => r.ps_availqty.mul(2).gt(r.sold));
  return supplier
    .join(
      nation.filter((r) => r.n_name.eq('CANADA')),
      { on: { s_nationkey: 'n_nationkey' }, how: 'semi' },
    )
    .join(stocked, { on: { s_suppkey: 'ps_suppkey' }, how: 'semi' })
    .select('s_name', 's_address')
    .sort('s_name');
};

/** Q21: Saudi Arabian suppliers who alone kept a finished order of several suppliers waiting. */
export const waitingSuppliers = ({ nation, supplier, orders, lineitem }: Tables) => {
  const suppliers = supplier.join(
    nation.filter((r) => r.n_name.eq('SAUDI ARABIA')),
    { on: { s_nationkey: 'n_nationkey' }, how: 'semi' },
  );
  const late = lineitem.filter((r) => r.l_receiptdate.gt(r.l_commitdate));
  return late
    .join(suppliers, { on: { l_suppkey: 's_suppkey' } })
    .join(
      orders.filter((r) => r.o_orderstatus.eq('F')),
      { on: { l_orderkey: 'o_orderkey' }, how: 'semi' },
    )
    .join(lineitem, { on: 'l_orderkey', where: (l, r) => l.l_suppkey.ne(r.l_suppkey), how: 'semi' })
    .join(late, { on: 'l_orderkey', where: (l, r) => l.l_suppkey.ne(r.l_suppkey), how: 'anti' })
    .groupBy('s_name')
    .agg(() => ({ numwait: fn.count() }))
    .sort({ desc: 'numwait' }, 's_name')
    .limit(100);
};
