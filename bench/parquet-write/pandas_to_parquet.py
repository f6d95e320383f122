# A DataFrame to one Parquet file: python parquet-write/pandas_to_parquet.py <orders.parquet> <out.parquet> [compression]
import json
import os
import sys
import time

import pandas as pd

parquet, output = sys.argv[1:3]
compression = sys.argv[3] if len(sys.argv) > 3 else "snappy"
if os.path.exists(output):
    os.remove(output)
orders = pd.read_parquet(parquet)
start = time.perf_counter()
orders.to_parquet(output, compression=compression)
ms = (time.perf_counter() - start) * 1000
print(json.dumps({"ms": ms, "rows": len(orders)}))
