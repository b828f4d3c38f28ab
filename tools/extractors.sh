#!/bin/sh
# Add to .venv the extractors that ours is measured against; without them the rest is measured.
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
    echo "Not all can be installed here, so they are left out: $log" >&2
fi
