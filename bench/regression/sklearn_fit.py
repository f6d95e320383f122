# The same model by scikit-learn, of columns in memory: sklearn_fit.py <in.parquet>
import json
import sys
import time

import pyarrow.parquet as pq
from sklearn.linear_model import LinearRegression

table = pq.read_table(sys.argv[1]).to_pandas()
x = table[["budget", "price", "visits", "rate"]].to_numpy()
y = table["revenue"].to_numpy()
start = time.perf_counter()
model = LinearRegression().fit(x, y)
ms = (time.perf_counter() - start) * 1000
print(json.dumps({"ms": ms, "rows": len(y), "notes": [" ".join(str(v) for v in [model.intercept_, *model.coef_])]}))
