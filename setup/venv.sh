# shellcheck shell=bash
# Sourced: virtual environments under target/, for the programs that read our files and those we are timed against.

# neither the user's own packages nor their settings for installing belong into the environments
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

# the first Python that runs, has venv, and finds wheels for the pinned versions
find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.10; do
        if "$name" -c 'import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

unreachable='ConnectionError|ConnectTimeout|ConnectTimeoutError|NewConnectionError|ReadTimeout|Read timed out|ProxyError|SSLError'
unreachable+='|name resolution|Network is unreachable|Connection refused|Connection reset|Max retries exceeded|Could not fetch URL'

# install NAME VENV REQUIREMENTS: 0 ready, 2 no network, 3 no environment. Wants $python from find_python, and all packages
# with their versions in REQUIREMENTS, some of which run on more Pythons than they say
install() { install_by_pip "$@" --ignore-requires-python --no-deps; }

# the same of packages without versions, with all that they need
install_with_dependencies() { install_by_pip "$@"; }

install_by_pip() {
    local name=$1 venv=$2 requirements=$3 log=$2.log
    shift 3
    if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/installed.txt"; then return 0; fi
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >"$log" 2>&1; then
        cat "$log"
        return 3
    fi
    if "$venv/bin/python" -m pip install -q --only-binary :all: --retries 2 "$@" -r "$requirements" >"$log" 2>&1; then
        cp "$requirements" "$venv/installed.txt"
        return 0
    fi
    tail -n 5 "$log"
    if grep -qE "$unreachable" "$log"; then return 2; fi
    echo "$name: pip could not install $requirements (log: $log)" >&2
    return 1
}
