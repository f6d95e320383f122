#!/usr/bin/env bash
# Executes every notebook without a screen, on the built package, with Deno's TypeScript kernel. A cell that fails
# fails the run. Needs Node and npm ci; Jupyter's nbconvert is used where it is installed and else fetched:
# into a Python environment in a temporary folder, or by apt-get.
# With a folder as argument, the executed notebooks are left there.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
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

nbconvert() { jupyter nbconvert "$@"; }
if ! nbconvert --version > /dev/null 2>&1; then
  echo 'There is no Jupyter here: getting nbconvert.'
  if python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet nbconvert; then
    export PATH="$work/python/bin:$PATH"
  else
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends jupyter-nbconvert
  fi
fi

npm run --silent build

for notebook in notebooks/*.ipynb; do
  echo "$notebook"
  nbconvert --to notebook --execute --ExecutePreprocessor.timeout=300 --log-level=WARN \
    --output-dir "$executed" "$notebook"
done
echo 'All notebooks ran.'
