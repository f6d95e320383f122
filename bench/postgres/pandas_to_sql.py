# DataFrame.to_sql of a frame that is already in memory: python postgres/pandas_to_sql.py <url> <orders.parquet> <orders.csv>
import json
import sys
import time

import pandas as pd
from sqlalchemy import create_engine, text

url, parquet = sys.argv[1:3]
ddl = open(__file__.replace("pandas_to_sql.py", "table.mjs")).read().split("`")[1]
orders = pd.read_parquet(parquet)
engine = create_engine(url.replace("postgres://", "postgresql+psycopg2://", 1))
with engine.begin() as connection:
    for statement in ddl.split(";"):
        connection.execute(text(statement))
start = time.perf_counter()
orders.to_sql("orders", engine, if_exists="append", index=False, chunksize=10_000)
ms = (time.perf_counter() - start) * 1000
with engine.begin() as connection:
    rows = connection.execute(text("select count(*) from orders")).scalar()
print(json.dumps({"ms": ms, "rows": rows}))
