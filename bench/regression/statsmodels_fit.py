# The same model by statsmodels, with the standard errors: statsmodels_fit.py <in.parquet>
import json
import sys
import time

import pyarrow.parquet as pq
import statsmodels.api as sm

table = pq.read_table(sys.argv[1]).to_pandas()
x = sm.add_constant(table[["budget", "price", "visits", "rate"]].to_numpy())
y = table["revenue"].to_numpy()
start = time.perf_counter()
model = sm.OLS(y, x).fit()
errors = model.bse
ms = (time.perf_counter() - start) * 1000
print(json.dumps({"ms": ms, "rows": len(y), "notes": [" ".join(str(v) for v in model.params)]}))
