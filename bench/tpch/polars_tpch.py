# The questions of TPC-H in Polars: python tpch/polars_tpch.py <folder> <times | answers> [memory]
# Lazily over the files, or over tables in memory that were read from them before.
import json
import statistics
import sys
import time
from datetime import date

import polars as pl
from polars import col, lit

folder, times = sys.argv[1:3]
in_memory = sys.argv[3:] == ["memory"]
names = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")


read = {name: pl.read_parquet(f"{folder}/{name}.parquet").lazy() for name in names} if in_memory else {}


def open_tables():
    return read if in_memory else {name: pl.scan_parquet(f"{folder}/{name}.parquet") for name in names}


def decimal(text):
    return lit(text).cast(pl.Decimal(15, 2))


def number(name):
    # Polars rounds a product of decimals to their own digits, so what is multiplied is a float.
    return col(name).cast(pl.Float64)


earned = number("l_extendedprice") * (1 - number("l_discount"))


def within(name, start, end):
    """From the first day until before the second."""
    return (col(name) >= date.fromisoformat(start)) & (col(name) < date.fromisoformat(end))


def q1(t):
    return (
        t["lineitem"]
        .filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            sum_qty=col("l_quantity").sum(),
            sum_base_price=col("l_extendedprice").sum(),
            sum_disc_price=earned.sum(),
            sum_charge=(earned * (1 + number("l_tax"))).sum(),
            avg_qty=col("l_quantity").mean(),
            avg_price=col("l_extendedprice").mean(),
            avg_disc=col("l_discount").mean(),
            count_order=pl.len(),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q2(t):
    suppliers = (
        t["region"]
        .filter(col("r_name") == "EUROPE")
        .join(t["nation"], left_on="r_regionkey", right_on="n_regionkey")
        .join(t["supplier"], left_on="n_nationkey", right_on="s_nationkey")
    )
    offers = (
        t["part"]
        .filter((col("p_size") == 15) & col("p_type").str.ends_with("BRASS"))
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(suppliers, left_on="ps_suppkey", right_on="s_suppkey")
    )
    cheapest = offers.group_by("p_partkey").agg(ps_supplycost=col("ps_supplycost").min())
    return (
        offers.join(cheapest, on=["p_partkey", "ps_supplycost"])
        .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
        .sort("s_acctbal", "n_name", "s_name", "p_partkey", descending=[True, False, False, False])
        .head(100)
    )


def q3(t):
    day = date(1995, 3, 15)
    return (
        t["customer"]
        .filter(col("c_mktsegment") == "BUILDING")
        .join(t["orders"].filter(col("o_orderdate") < day), left_on="c_custkey", right_on="o_custkey")
        .join(t["lineitem"].filter(col("l_shipdate") > day), left_on="o_orderkey", right_on="l_orderkey")
        .group_by(col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(revenue=earned.sum())
        .sort("revenue", "o_orderdate", descending=[True, False])
        .head(10)
    )


def q4(t):
    late = t["lineitem"].filter(col("l_commitdate") < col("l_receiptdate"))
    return (
        t["orders"]
        .filter(within("o_orderdate", "1993-07-01", "1993-10-01"))
        .join(late, left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .group_by("o_orderpriority")
        .agg(order_count=pl.len())
        .sort("o_orderpriority")
    )


def q5(t):
    return (
        t["region"]
        .filter(col("r_name") == "ASIA")
        .join(t["nation"], left_on="r_regionkey", right_on="n_regionkey")
        .join(t["customer"], left_on="n_nationkey", right_on="c_nationkey")
        .join(
            t["orders"].filter(within("o_orderdate", "1994-01-01", "1995-01-01")),
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .join(t["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(t["supplier"], left_on=["l_suppkey", "n_nationkey"], right_on=["s_suppkey", "s_nationkey"])
        .group_by("n_name")
        .agg(revenue=earned.sum())
        .sort("revenue", descending=True)
    )


def q6(t):
    return (
        t["lineitem"]
        .filter(
            within("l_shipdate", "1994-01-01", "1995-01-01")
            & (col("l_discount") >= decimal("0.05"))
            & (col("l_discount") <= decimal("0.07"))
            & (col("l_quantity") < 24)
        )
        .select(revenue=(number("l_extendedprice") * number("l_discount")).sum())
    )


def q7(t):
    two = t["nation"].filter(col("n_name").is_in(["FRANCE", "GERMANY"])).select("n_nationkey", "n_name")
    buyers = t["customer"].join(two, left_on="c_nationkey", right_on="n_nationkey").rename({"n_name": "cust_nation"})
    sellers = t["supplier"].join(two, left_on="s_nationkey", right_on="n_nationkey").rename({"n_name": "supp_nation"})
    return (
        buyers.join(t["orders"], left_on="c_custkey", right_on="o_custkey")
        .join(
            t["lineitem"].filter(within("l_shipdate", "1995-01-01", "1997-01-01")),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .join(sellers, left_on="l_suppkey", right_on="s_suppkey")
        .filter(col("supp_nation") != col("cust_nation"))
        .group_by("supp_nation", "cust_nation", l_year=col("l_shipdate").dt.year())
        .agg(revenue=earned.sum())
        .sort("supp_nation", "cust_nation", "l_year")
    )


def q8(t):
    america = t["region"].filter(col("r_name") == "AMERICA")
    nations = t["nation"].join(america, left_on="n_regionkey", right_on="r_regionkey", how="semi")
    return (
        t["part"]
        .filter(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(
            t["orders"].filter(within("o_orderdate", "1995-01-01", "1997-01-01")),
            left_on="l_orderkey",
            right_on="o_orderkey",
        )
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(nations, left_on="c_nationkey", right_on="n_nationkey", how="semi")
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(t["nation"].select("n_nationkey", seller="n_name"), left_on="s_nationkey", right_on="n_nationkey")
        .group_by(o_year=col("o_orderdate").dt.year())
        .agg(mkt_share=earned.filter(col("seller") == "BRAZIL").sum() / earned.sum())
        .sort("o_year")
    )


def q9(t):
    profit = earned - number("ps_supplycost") * number("l_quantity")
    return (
        t["part"]
        .filter(col("p_name").str.contains("green", literal=True))
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(t["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(t["lineitem"], left_on=["p_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .group_by(nation="n_name", o_year=col("o_orderdate").dt.year())
        .agg(sum_profit=profit.sum())
        .sort("nation", "o_year", descending=[False, True])
    )


def q10(t):
    shown = ["c_custkey", "c_name", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"]
    return (
        t["customer"]
        .join(
            t["orders"].filter(within("o_orderdate", "1993-10-01", "1994-01-01")),
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .join(t["lineitem"].filter(col("l_returnflag") == "R"), left_on="o_orderkey", right_on="l_orderkey")
        .join(t["nation"], left_on="c_nationkey", right_on="n_nationkey")
        .group_by(shown)
        .agg(revenue=earned.sum())
        .sort("revenue", descending=True)
        .head(20)
    )


def q11(t):
    stock = (
        t["nation"]
        .filter(col("n_name") == "GERMANY")
        .join(t["supplier"], left_on="n_nationkey", right_on="s_nationkey")
        .join(t["partsupp"], left_on="s_suppkey", right_on="ps_suppkey")
        .with_columns(value=number("ps_supplycost") * col("ps_availqty"))
    )
    least = stock.select(least=col("value").sum() * 0.0001)
    return (
        stock.group_by("ps_partkey")
        .agg(value=col("value").sum())
        .join(least, how="cross")
        .filter(col("value") > col("least"))
        .select("ps_partkey", "value")
        .sort("value", descending=True)
    )


def q12(t):
    urgent = col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        t["orders"]
        .join(
            t["lineitem"].filter(
                col("l_shipmode").is_in(["MAIL", "SHIP"])
                & (col("l_commitdate") < col("l_receiptdate"))
                & (col("l_shipdate") < col("l_commitdate"))
                & within("l_receiptdate", "1994-01-01", "1995-01-01")
            ),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .group_by("l_shipmode")
        .agg(high_line_count=urgent.sum(), low_line_count=(~urgent).sum())
        .sort("l_shipmode")
    )


def q13(t):
    ordinary = t["orders"].filter(~col("o_comment").str.contains("special.*requests"))
    return (
        t["customer"]
        .join(ordinary, left_on="c_custkey", right_on="o_custkey", how="left")
        .group_by("c_custkey")
        .agg(c_count=col("o_orderkey").count())
        .group_by("c_count")
        .agg(custdist=pl.len())
        .sort("custdist", "c_count", descending=True)
    )


def q14(t):
    return (
        t["lineitem"]
        .filter(within("l_shipdate", "1995-09-01", "1995-10-01"))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .select(promo_revenue=100 * earned.filter(col("p_type").str.starts_with("PROMO")).sum() / earned.sum())
    )


def q15(t):
    revenues = (
        t["lineitem"]
        .filter(within("l_shipdate", "1996-01-01", "1996-04-01"))
        .group_by("l_suppkey")
        .agg(total_revenue=earned.sum())
    )
    return (
        t["supplier"]
        .join(revenues, left_on="s_suppkey", right_on="l_suppkey")
        .filter(col("total_revenue") == col("total_revenue").max())
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
    )


def q16(t):
    blamed = t["supplier"].filter(col("s_comment").str.contains("Customer.*Complaints"))
    return (
        t["part"]
        .filter(
            (col("p_brand") != "Brand#45")
            & ~col("p_type").str.starts_with("MEDIUM POLISHED")
            & col("p_size").is_in([49, 14, 23, 45, 19, 3, 36, 9])
        )
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(blamed, left_on="ps_suppkey", right_on="s_suppkey", how="anti")
        .group_by("p_brand", "p_type", "p_size")
        .agg(supplier_cnt=col("ps_suppkey").n_unique())
        .sort("supplier_cnt", "p_brand", "p_type", "p_size", descending=[True, False, False, False])
    )


def q17(t):
    boxes = t["part"].filter((col("p_brand") == "Brand#23") & (col("p_container") == "MED BOX")).select("p_partkey")
    lines = boxes.join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
    averages = lines.group_by("p_partkey").agg(small=0.2 * col("l_quantity").mean())
    return (
        lines.join(averages, on="p_partkey")
        .filter(number("l_quantity") < col("small"))
        .select(avg_yearly=pl.when(pl.len() > 0).then(col("l_extendedprice").sum().cast(pl.Float64) / 7))
    )


def q18(t):
    large = t["lineitem"].group_by("l_orderkey").agg(sum_qty=col("l_quantity").sum()).filter(col("sum_qty") > 300)
    return (
        t["orders"]
        .join(large, left_on="o_orderkey", right_on="l_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .select("c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum_qty")
        .rename({"o_custkey": "c_custkey"})
        .sort("o_totalprice", "o_orderdate", descending=[True, False])
        .head(100)
    )


def q19(t):
    def kind(brand, size, containers, least):
        return (
            (col("p_brand") == brand)
            & col("p_container").is_in(containers)
            & col("l_quantity").is_between(least, least + 10)
            & col("p_size").is_between(1, size)
        )

    return (
        t["lineitem"]
        .filter(col("l_shipmode").is_in(["AIR", "AIR REG"]) & (col("l_shipinstruct") == "DELIVER IN PERSON"))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .filter(
            kind("Brand#12", 5, ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1)
            | kind("Brand#23", 10, ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10)
            | kind("Brand#34", 15, ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20)
        )
        .select(revenue=earned.sum())
    )


def q20(t):
    sold = (
        t["lineitem"]
        .filter(within("l_shipdate", "1994-01-01", "1995-01-01"))
        .group_by("l_partkey", "l_suppkey")
        .agg(sold=col("l_quantity").sum())
    )
    stocked = (
        t["partsupp"]
        .join(
            t["part"].filter(col("p_name").str.starts_with("forest")),
            left_on="ps_partkey",
            right_on="p_partkey",
            how="semi",
        )
        .join(sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .filter(2 * col("ps_availqty") > col("sold"))
    )
    return (
        t["supplier"]
        .join(
            t["nation"].filter(col("n_name") == "CANADA"),
            left_on="s_nationkey",
            right_on="n_nationkey",
            how="semi",
        )
        .join(stocked, left_on="s_suppkey", right_on="ps_suppkey", how="semi")
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(t):
    late = t["lineitem"].filter(col("l_receiptdate") > col("l_commitdate"))
    several = (
        t["lineitem"].group_by("l_orderkey").agg(suppliers=col("l_suppkey").n_unique()).filter(col("suppliers") > 1)
    )
    guilty = late.group_by("l_orderkey").agg(late=col("l_suppkey").n_unique()).filter(col("late") == 1)
    return (
        late.join(several, on="l_orderkey", how="semi")
        .join(guilty, on="l_orderkey", how="semi")
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(
            t["nation"].filter(col("n_name") == "SAUDI ARABIA"),
            left_on="s_nationkey",
            right_on="n_nationkey",
            how="semi",
        )
        .join(t["orders"].filter(col("o_orderstatus") == "F"), left_on="l_orderkey", right_on="o_orderkey", how="semi")
        .group_by("s_name")
        .agg(numwait=pl.len())
        .sort("numwait", "s_name", descending=[True, False])
        .head(100)
    )


def q22(t):
    chosen = (
        t["customer"]
        .with_columns(cntrycode=col("c_phone").str.slice(0, 2), balance=number("c_acctbal"))
        .filter(col("cntrycode").is_in(["13", "31", "23", "29", "30", "18", "17"]))
    )
    average = chosen.filter(col("balance") > 0).select(average=col("balance").mean())
    return (
        chosen.join(average, how="cross")
        .filter(col("balance") > col("average"))
        .join(t["orders"], left_on="c_custkey", right_on="o_custkey", how="anti")
        .group_by("cntrycode")
        .agg(numcust=pl.len(), totacctbal=col("c_acctbal").sum())
        .sort("cntrycode")
    )


questions = {n: globals()[f"q{n}"] for n in range(1, 23)}

if times == "answers":
    answers = {n: ask(open_tables()).collect().to_dicts() for n, ask in questions.items()}
    print(json.dumps(answers, default=str))
else:
    parts, rows = {}, 0
    for n, ask in questions.items():
        taken = []
        for _ in range(int(times)):
            start = time.perf_counter()
            answer = ask(open_tables()).collect().rows()
            taken.append(1000 * (time.perf_counter() - start))
        parts[n] = statistics.median_high(taken)
        rows += len(answer)
    print(json.dumps({"ms": sum(parts.values()), "rows": rows, "parts": parts}))
