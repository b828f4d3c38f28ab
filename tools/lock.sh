#!/bin/sh
# Write the lock files from pyproject.toml: all platforms, Python 3.11 and later, with hashes.
# Uses only the public package index. The files contain no address.
set -eu
cd "$(dirname "$0")/.."

for name in $(env | sed -n 's/^\(UV_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done

compile() { # FILE OPTIONS...
    file=$1
    shift
    .venv/bin/uv --no-config --quiet pip compile pyproject.toml --universal --python-version 3.11 \
        --upgrade --generate-hashes --no-annotate --no-header "$@" --output-file "$file.new" >/dev/null
    { echo "# Written by: make lock" && cat "$file.new"; } >"$file"
    rm "$file.new"
}

compile requirements-dev.lock --all-extras --group dev --group postgres-server
compile requirements.lock --constraint requirements-dev.lock
compile requirements-fleet.lock --extra fleet --constraint requirements-dev.lock
