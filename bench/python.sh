#!/usr/bin/env bash
# Makes the Python environment of the peers, outside the repository. Prints its python.
set -euo pipefail
home="${MILLRACE_BENCH_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-bench}"
mkdir -p "$home"
[ -x "$home/venv/bin/python" ] || python3 -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pandas pyarrow polars scikit-learn sqlalchemy psycopg2-binary tpchgen-cli >&2
echo "$home/venv/bin/python"
