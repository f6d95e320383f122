# The groupby questions in Polars, from a frame to a frame: python h2o/polars_h2o.py <file> <times | answers>
import json
import statistics
import sys
import time

import polars as pl
from polars import col

file, times = sys.argv[1:3]

questions = {
    1: lambda x: x.group_by("id1").agg(col("v1").sum()),
    2: lambda x: x.group_by("id1", "id2").agg(col("v1").sum()),
    3: lambda x: x.group_by("id3").agg(col("v1").sum(), col("v3").mean()),
    4: lambda x: x.group_by("id4").agg(col("v1", "v2", "v3").mean()),
    5: lambda x: x.group_by("id6").agg(col("v1", "v2", "v3").sum()),
    6: lambda x: x.group_by("id4", "id5").agg(median_v3=col("v3").median(), sd_v3=col("v3").std()),
    7: lambda x: x.group_by("id3").agg(range_v1_v2=col("v1").max() - col("v2").min()),
    8: lambda x: x.group_by("id6").agg(col("v3").top_k(2)).explode("v3"),
    9: lambda x: x.group_by("id2", "id4").agg(r2=pl.corr("v1", "v2") ** 2),
    10: lambda x: x.group_by("id1", "id2", "id3", "id4", "id5", "id6").agg(col("v3").sum(), count=pl.len()),
}

x = pl.read_parquet(file)
if times == "answers":
    print(json.dumps({n: ask(x.lazy()).collect().to_dicts() for n, ask in questions.items()}))
else:
    parts, rows = {}, 0
    for n, ask in questions.items():
        taken = []
        for _ in range(int(times)):
            start = time.perf_counter()
            answer = ask(x.lazy()).collect()
            taken.append(1000 * (time.perf_counter() - start))
        parts[n] = statistics.median_high(taken)
        rows += len(answer)
        del answer
    print(json.dumps({"ms": sum(parts.values()), "rows": rows, "parts": parts}))
