# The clean job in pandas: python clean/pandas_clean.py <in.csv> <out.parquet> [pyarrow]
# read_csv has two parsers worth measuring: its default, and pyarrow's.
import sys

import pandas as pd

source, target = sys.argv[1:3]
engine = sys.argv[3] if len(sys.argv) > 3 else "c"
sales = pd.read_csv(
    source,
    engine=engine,
    dtype={"id": "int64", "quantity": "float64", "unit_price": "float64", "discount": "float64", "revenue": "float64"},
    parse_dates=["sold_at"],
)
for name in ("region", "product"):
    sales[name] = sales[name].str.strip().str.lower()
for name in ("quantity", "discount"):
    sales[name] = sales[name].fillna(sales[name].mean())
sales = sales[sales["revenue"] > 0].drop_duplicates("id", keep="first")
sales["year"] = sales["sold_at"].dt.year
sales["month"] = sales["sold_at"].dt.month
sales["day"] = sales["sold_at"].dt.day
sales = sales.sort_values(["region", "revenue"], ascending=[True, False], kind="stable")
sales.to_parquet(target, compression="zstd", index=False)
