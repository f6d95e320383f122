#!/usr/bin/env bash
# Executes every notebook without a screen, on the built package, with Deno's TypeScript kernel. A cell that fails
# fails the run. Needs Node and npm ci; Jupyter's nbclient is used where it is installed and else fetched:
# into a Python environment in a temporary folder, or by apt-get.
# What comes out is compared with what is kept, by shape (outputs.mjs). With --keep it is kept instead.
# With a folder as argument, the executed notebooks are left there.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keep=false
if [ "${1:-}" = --keep ]; then keep=true && shift; fi
executed=${1:-$work/executed}

# Nothing of Jupyter or Deno is kept in the user's home.
export JUPYTER_DATA_DIR="$work/data" JUPYTER_CONFIG_DIR="$work/config" JUPYTER_RUNTIME_DIR="$work/runtime"
export IPYTHONDIR="$work/ipython" DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1
mkdir -p "$JUPYTER_RUNTIME_DIR" "$JUPYTER_DATA_DIR/kernels/deno" "$executed"

# `deno jupyter --install` writes to the user's home whatever is asked of it, so the kernel is described here.
node --input-type=module > "$JUPYTER_DATA_DIR/kernels/deno/kernel.json" <<'KERNEL'
import { resolve } from 'node:path';
const argv = [resolve('node_modules/.bin/deno'), 'jupyter', '--kernel', '--conn', '{connection_file}'];
console.log(JSON.stringify({ argv, display_name: 'Deno', language: 'typescript' }));
KERNEL

python=python3
if ! "$python" -c 'import nbclient, nbformat' > /dev/null 2>&1; then
  echo 'There is no nbclient here: getting it.'
  if python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet nbclient; then
    python="$work/python/bin/python"
  else
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends python3-nbclient
  fi
fi

npm run --silent build

export NO_COLOR=1
for notebook in notebooks/*.ipynb; do
  echo "$notebook"
  result="$executed/$(basename "$notebook")"
  "$python" notebooks/execute.py "$notebook" "$result"
  if $keep; then
    node notebooks/outputs.mjs keep "$result" "$notebook"
  else
    node notebooks/outputs.mjs check "$notebook" "$result"
  fi
done
echo 'All notebooks ran.'
