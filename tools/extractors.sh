#!/bin/sh
# Install the extractors that the benchmark compares with ours into .venv. They are optional.
set -eu
cd "$(dirname "$0")/.."
key=$(cksum pyproject.toml)
done=.venv/installed-extractors
if [ "$(cat "$done" 2>/dev/null)" = "$key" ]; then exit 0; fi

echo "Installing other extractors into .venv ..." >&2
log=.venv/extractors.log
if .venv/bin/python -m pip install --upgrade "pip>=25.1" >"$log" 2>&1 &&
    .venv/bin/python -m pip install --only-binary :all: --group bench >>"$log" 2>&1; then
    echo "$key" >"$done"
else
    echo "Not all extractors can be installed here; the benchmark omits them: $log" >&2
fi
