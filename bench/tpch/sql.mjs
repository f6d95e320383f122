// The twenty-two questions of TPC-H as SQL written by hand, by their numbers; `examples/tpch` asks the same of frames.
const revenue = 'l_extendedprice * (1 - l_discount)';

export const sql = {
  1: `select l_returnflag, l_linestatus, sum(l_quantity) sum_qty, sum(l_extendedprice) sum_base_price,
        sum(${revenue}) sum_disc_price, sum(${revenue} * (1 + l_tax)) sum_charge,
        avg(l_quantity) avg_qty, avg(l_extendedprice) avg_price, avg(l_discount) avg_disc, count(*) count_order
      from lineitem where l_shipdate <= date '1998-09-02'
      group by all order by l_returnflag, l_linestatus`,
  2: `with offers as (
        select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment, ps_supplycost
        from part, partsupp, supplier, nation, region
        where p_partkey = ps_partkey and s_suppkey = ps_suppkey and s_nationkey = n_nationkey and n_regionkey = r_regionkey
          and p_size = 15 and p_type like '%BRASS' and r_name = 'EUROPE')
      select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment from offers o
      where ps_supplycost = (select min(ps_supplycost) from offers x where x.p_partkey = o.p_partkey)
      order by s_acctbal desc, n_name, s_name, p_partkey limit 100`,
  3: `select l_orderkey, o_orderdate, o_shippriority, sum(${revenue}) revenue
      from customer, orders, lineitem
      where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
        and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
      group by all order by revenue desc, o_orderdate limit 10`,
  4: `select o_orderpriority, count(*) order_count from orders
      where o_orderdate >= date '1993-07-01' and o_orderdate < date '1993-10-01'
        and exists (select 1 from lineitem where l_orderkey = o_orderkey and l_commitdate < l_receiptdate)
      group by all order by o_orderpriority`,
  5: `select n_name, sum(${revenue}) revenue
      from customer, orders, lineitem, supplier, nation, region
      where c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = s_nationkey
        and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'ASIA'
        and o_orderdate >= date '1994-01-01' and o_orderdate < date '1995-01-01'
      group by all order by revenue desc`,
  6: `select sum(l_extendedprice * l_discount) revenue from lineitem
      where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
        and l_discount between 0.05 and 0.07 and l_quantity < 24`,
  7: `select s.n_name supp_nation, c.n_name cust_nation, year(l_shipdate) l_year, sum(${revenue}) revenue
      from supplier, lineitem, orders, customer, nation s, nation c
      where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey
        and s_nationkey = s.n_nationkey and c_nationkey = c.n_nationkey
        and (s.n_name, c.n_name) in (('FRANCE', 'GERMANY'), ('GERMANY', 'FRANCE'))
        and l_shipdate between date '1995-01-01' and date '1996-12-31'
      group by all order by supp_nation, cust_nation, l_year`,
  8: `select year(o_orderdate) o_year,
        cast(sum(case when s.n_name = 'BRAZIL' then ${revenue} else 0 end) as double) / cast(sum(${revenue}) as double) mkt_share
      from part, supplier, lineitem, orders, customer, nation c, nation s, region
      where p_partkey = l_partkey and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey
        and c_nationkey = c.n_nationkey and c.n_regionkey = r_regionkey and r_name = 'AMERICA' and s_nationkey = s.n_nationkey
        and o_orderdate between date '1995-01-01' and date '1996-12-31' and p_type = 'ECONOMY ANODIZED STEEL'
      group by all order by o_year`,
  9: `select n_name nation, year(o_orderdate) o_year, sum(${revenue} - ps_supplycost * l_quantity) sum_profit
      from part, supplier, lineitem, partsupp, orders, nation
      where s_suppkey = l_suppkey and ps_suppkey = l_suppkey and ps_partkey = l_partkey and p_partkey = l_partkey
        and o_orderkey = l_orderkey and s_nationkey = n_nationkey and p_name like '%green%'
      group by all order by nation, o_year desc`,
  10: `select c_custkey, c_name, sum(${revenue}) revenue, c_acctbal, n_name, c_address, c_phone, c_comment
      from customer, orders, lineitem, nation
      where c_custkey = o_custkey and l_orderkey = o_orderkey and c_nationkey = n_nationkey and l_returnflag = 'R'
        and o_orderdate >= date '1993-10-01' and o_orderdate < date '1994-01-01'
      group by all order by revenue desc limit 20`,
  11: `with stock as (
        select ps_partkey, sum(ps_supplycost * ps_availqty) as value from partsupp, supplier, nation
        where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'GERMANY' group by all)
      select * from stock where value > (select sum(value) * 0.0001 from stock) order by value desc`,
  12: `select l_shipmode, count(*) filter (o_orderpriority in ('1-URGENT', '2-HIGH')) high_line_count,
        count(*) filter (o_orderpriority not in ('1-URGENT', '2-HIGH')) low_line_count
      from orders, lineitem
      where o_orderkey = l_orderkey and l_shipmode in ('MAIL', 'SHIP') and l_commitdate < l_receiptdate
        and l_shipdate < l_commitdate and l_receiptdate >= date '1994-01-01' and l_receiptdate < date '1995-01-01'
      group by all order by l_shipmode`,
  13: `select c_count, count(*) custdist from (
        select c_custkey, count(o_orderkey) c_count from customer
        left join orders on c_custkey = o_custkey and o_comment not like '%special%requests%' group by all)
      group by all order by custdist desc, c_count desc`,
  14: `select 100 * cast(sum(case when p_type like 'PROMO%' then ${revenue} else 0 end) as double) / cast(sum(${revenue}) as double) promo_revenue
      from lineitem, part
      where l_partkey = p_partkey and l_shipdate >= date '1995-09-01' and l_shipdate < date '1995-10-01'`,
  15: `with revenues as (
        select l_suppkey, sum(${revenue}) total_revenue from lineitem
        where l_shipdate >= date '1996-01-01' and l_shipdate < date '1996-04-01' group by all)
      select s_suppkey, s_name, s_address, s_phone, total_revenue from supplier, revenues
      where s_suppkey = l_suppkey and total_revenue = (select max(total_revenue) from revenues) order by s_suppkey`,
  16: `select p_brand, p_type, p_size, count(distinct ps_suppkey) supplier_cnt from partsupp, part
      where p_partkey = ps_partkey and p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%'
        and p_size in (49, 14, 23, 45, 19, 3, 36, 9)
        and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%')
      group by all order by supplier_cnt desc, p_brand, p_type, p_size`,
  17: `select sum(l_extendedprice) / 7.0 avg_yearly from lineitem, part
      where p_partkey = l_partkey and p_brand = 'Brand#23' and p_container = 'MED BOX'
        and l_quantity < (select 0.2 * avg(l_quantity) from lineitem where l_partkey = p_partkey)`,
  18: `select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) sum_qty
      from customer, orders, lineitem
      where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 300)
        and c_custkey = o_custkey and o_orderkey = l_orderkey
      group by all order by o_totalprice desc, o_orderdate limit 100`,
  19: `select sum(${revenue}) revenue from lineitem, part
      where p_partkey = l_partkey and l_shipmode in ('AIR', 'AIR REG') and l_shipinstruct = 'DELIVER IN PERSON' and p_size >= 1
        and (p_brand = 'Brand#12' and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') and l_quantity between 1 and 11 and p_size <= 5
          or p_brand = 'Brand#23' and p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') and l_quantity between 10 and 20 and p_size <= 10
          or p_brand = 'Brand#34' and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') and l_quantity between 20 and 30 and p_size <= 15)`,
  20: `select s_name, s_address from supplier, nation
      where s_nationkey = n_nationkey and n_name = 'CANADA' and s_suppkey in (
        select ps_suppkey from partsupp
        where ps_partkey in (select p_partkey from part where p_name like 'forest%')
          and ps_availqty > (select 0.5 * sum(l_quantity) from lineitem
            where l_partkey = ps_partkey and l_suppkey = ps_suppkey
              and l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'))
      order by s_name`,
  21: `select s_name, count(*) numwait from supplier, lineitem l, orders, nation
      where s_suppkey = l.l_suppkey and o_orderkey = l.l_orderkey and o_orderstatus = 'F' and l.l_receiptdate > l.l_commitdate
        and exists (select 1 from lineitem x where x.l_orderkey = l.l_orderkey and x.l_suppkey <> l.l_suppkey)
        and not exists (select 1 from lineitem x where x.l_orderkey = l.l_orderkey and x.l_suppkey <> l.l_suppkey
          and x.l_receiptdate > x.l_commitdate)
        and s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'
      group by all order by numwait desc, s_name limit 100`,
  22: `with rich as (
        select substr(c_phone, 1, 2) cntrycode, c_acctbal, c_custkey from customer
        where substr(c_phone, 1, 2) in ('13', '31', '23', '29', '30', '18', '17') and c_acctbal > 0)
      select cntrycode, count(*) numcust, sum(c_acctbal) totacctbal from rich
      where c_acctbal > (select avg(c_acctbal) from rich) and not exists (select 1 from orders where o_custkey = c_custkey)
      group by all order by cntrycode`,
};
