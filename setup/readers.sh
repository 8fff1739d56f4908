#!/usr/bin/env bash
# Usage: setup/readers.sh SLEPIAN
# Lets xarray and the real Syncopy open what SLEPIAN writes, each in an environment of its own under target/, and lets
# SLEPIAN read what other libraries write: each script in tests/readers/formats/.
# Says so and succeeds when such an environment cannot be made here (no Python with venv, no PyPI).
set -euo pipefail
cd "$(dirname "$0")/.."
slepian=$1
skip() { printf 'readers: SKIPPED %s: %s\n' "$1" "$2"; }

. setup/venv.sh

if ! python=$(find_python); then
    skip 'xarray, Syncopy and formats' 'no Python 3.10 to 3.13 with venv here (Debian: apt-get install python3-venv)'
    exit 0
fi
mkdir -p target

# all at once: most of the time is waiting for downloads
install xarray target/readers-venv tests/readers/requirements-xarray.txt &
xarray=$!
install Syncopy target/syncopy-venv tests/readers/requirements-syncopy.txt &
syncopy=$!
install formats target/formats-venv tests/readers/requirements-formats.txt &
formats=$!

status=0
read_with() {
    local name=$1 venv=$2 script=$3 installed=0
    wait "$4" || installed=$?
    case $installed in
        0)
            echo "readers: $name"
            timeout 1200 "$venv/bin/python" "$script" "$slepian" || status=1
            ;;
        2) skip "$name" 'its packages cannot be downloaded here (PyPI not reached)' ;;
        3) skip "$name" 'no environment can be made here' ;;
        *) status=1 ;;
    esac
}
read_with xarray target/readers-venv tests/readers/xarray_opens.py "$xarray"
read_with Syncopy target/syncopy-venv tests/readers/syncopy_opens.py "$syncopy"
for script in tests/readers/formats/*.py; do
    read_with "formats: $(basename "$script" .py)" target/formats-venv "$script" "$formats"
done
exit "$status"
