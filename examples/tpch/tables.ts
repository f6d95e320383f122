import { type FrameOf, type Readers, t } from '../../src/index.ts';

/** The eight tables of the TPC-H benchmark: a wholesaler's orders, parts and suppliers. */

const money = t.decimal(15, 2);
/** Digits that a line's values have room in, so that what is computed of them stays small. */
const price = t.decimal(8, 2);
const rate = t.decimal(3, 2);

export const schemas = {
  region: { r_regionkey: t.int(), r_name: t.string() },
  nation: { n_nationkey: t.int(), n_name: t.string(), n_regionkey: t.int() },
  supplier: {
    s_suppkey: t.int(),
    s_name: t.string(),
    s_address: t.string(),
    s_nationkey: t.int(),
    s_phone: t.string(),
    s_acctbal: money,
    s_comment: t.string(),
  },
  customer: {
    c_custkey: t.int(),
    c_name: t.string(),
    c_address: t.string(),
    c_nationkey: t.int(),
    c_phone: t.string(),
    c_acctbal: money,
    c_mktsegment: t.string(),
    c_comment: t.string(),
  },
  part: {
    p_partkey: t.int(),
    p_name: t.string(),
    p_mfgr: t.string(),
    p_brand: t.string(),
    p_type: t.string(),
    p_size: t.int(),
    p_container: t.string(),
  },
  partsupp: { ps_partkey: t.int(), ps_suppkey: t.int(), ps_availqty: t.int(), ps_supplycost: price },
  orders: {
    o_orderkey: t.int(),
    o_custkey: t.int(),
    o_orderstatus: t.string(),
    o_totalprice: money,
    o_orderdate: t.date(),
    o_orderpriority: t.string(),
    o_shippriority: t.int(),
    o_comment: t.string(),
  },
  lineitem: {
    l_orderkey: t.int(),
    l_partkey: t.int(),
    l_suppkey: t.int(),
    l_quantity: t.decimal(4, 2),
    l_extendedprice: price,
    l_discount: rate,
    l_tax: rate,
    l_returnflag: t.string(),
    l_linestatus: t.string(),
    l_shipdate: t.date(),
    l_commitdate: t.date(),
    l_receiptdate: t.date(),
    l_shipinstruct: t.string(),
    l_shipmode: t.string(),
  },
};

export type Tables = { readonly [Name in keyof typeof schemas]: FrameOf<(typeof schemas)[Name]> };

/** The tables as Parquet files of one folder. */
export function parquetTables(read: Readers, folder: string): Tables {
  return {
    region: read.parquet(`${folder}/region.parquet`, { schema: schemas.region }),
    nation: read.parquet(`${folder}/nation.parquet`, { schema: schemas.nation }),
    supplier: read.parquet(`${folder}/supplier.parquet`, { schema: schemas.supplier }),
    customer: read.parquet(`${folder}/customer.parquet`, { schema: schemas.customer }),
    part: read.parquet(`${folder}/part.parquet`, { schema: schemas.part }),
    partsupp: read.parquet(`${folder}/partsupp.parquet`, { schema: schemas.partsupp }),
    orders: read.parquet(`${folder}/orders.parquet`, { schema: schemas.orders }),
    lineitem: read.parquet(`${folder}/lineitem.parquet`, { schema: schemas.lineitem }),
  };
}
