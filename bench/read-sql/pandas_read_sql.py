# The same table by pandas: python read-sql/pandas_read_sql.py <url>
import json
import sys
import time

import pandas as pd
from sqlalchemy import create_engine

engine = create_engine(sys.argv[1].replace("postgres://", "postgresql+psycopg2://", 1))
with engine.connect() as connection:
    start = time.perf_counter()
    orders = pd.read_sql("select * from orders", connection)
    ms = (time.perf_counter() - start) * 1000
print(json.dumps({"ms": ms, "rows": len(orders)}))
