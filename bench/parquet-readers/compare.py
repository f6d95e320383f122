"""What pyarrow and Polars find in a Parquet file, as JSON: python compare.py <file>"""

import json
import math
import sys

import polars
import pyarrow
import pyarrow.parquet

path = sys.argv[1]


def double(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def plain(value):
    return str(value)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def items(value):
    return json.dumps([None if item is None else str(item) for item in value], separators=(",", ":"))


def fields(value):
    n, text = value["n"], value["text"]
    return json.dumps([None if n is None else str(n), text], separators=(",", ":"), ensure_ascii=False)


def truth(value):
    return "true" if value else "false"


def decimal(value):
    return format(value, "f")


TOLD = {
    "float": double,
    "boolean": truth,
    "binary": bytes.hex,
    "json": text,
    "list": items,
    "struct": fields,
    "decimal_4_1": decimal,
    "decimal_12_2": decimal,
    "decimal_38_10": decimal,
}


def told(columns):
    return {
        name: [None if value is None else TOLD.get(name, plain)(value) for value in values]
        for name, values in columns.items()
    }


table = pyarrow.parquet.read_table(path)
arrow = {}
for name in table.column_names:
    column = table[name]
    if pyarrow.types.is_timestamp(column.type):
        assert str(column.type) == "timestamp[us, tz=UTC]", column.type
        column = column.cast(pyarrow.int64())
    if pyarrow.types.is_date32(column.type):
        column = column.cast(pyarrow.int32())
    arrow[name] = [value if not hasattr(value, "as_py") else value.as_py() for value in column.to_pylist()]

frame = polars.read_parquet(path)
other = {}
for name in frame.columns:
    column = frame[name]
    if column.dtype in (polars.Date, polars.Datetime("us", "UTC")):
        column = column.to_physical()
    other[name] = column.to_list()

json.dump(
    [
        {"reader": f"pyarrow {pyarrow.__version__}", "found": told(arrow)},
        {"reader": f"Polars {polars.__version__}", "found": told(other)},
    ],
    sys.stdout,
)
