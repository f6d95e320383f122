#!/usr/bin/env bash
# Makes the Python environments of the peers, outside the repository: current pandas and others, and pandas 2 alone. Prints its python.
set -euo pipefail
home="${MILLRACE_BENCH_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-bench}"
mkdir -p "$home"
[ -x "$home/venv/bin/python" ] || python3 -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pandas pyarrow polars scikit-learn statsmodels sqlalchemy psycopg2-binary tpchgen-cli >&2
[ -x "$home/venv-pandas2/bin/python" ] || python3 -m venv "$home/venv-pandas2"
"$home/venv-pandas2/bin/python" -m pip install --quiet --disable-pip-version-check 'pandas<3' pyarrow >&2
echo "$home/venv/bin/python"
