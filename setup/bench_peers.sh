#!/usr/bin/env bash
# Usage: setup/bench_peers.sh
# Makes ready what Slepian is timed against: Python environments and FFTW's program, all under target/.
# Prints a line per competitor, NAME and why it cannot be had (nothing when it is ready), with a tab between.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/bench
. setup/venv.sh

python_peer() {
    local name=$1 status=0 reason=
    if [ -z "$python" ]; then
        reason='no Python 3.10 to 3.13 with venv here'
    else
        install "$@" >&2 || status=$?
        case $status in
            0) ;;
            2) reason='its packages cannot be downloaded here' ;;
            3) reason='no environment can be made here' ;;
            *) reason="pip could not install $3" ;;
        esac
    fi
    printf '%s\t%s\n' "$name" "$reason"
}

has_fftw() { printf '#include <fftw3.h>\nint main(void) { fftwf_cleanup(); }\n' | cc -x c -o /dev/null - -lfftw3f 2>/dev/null; }

install_fftw() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo)
    fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 libfftw3-dev >target/bench/fftw.log 2>&1
}

# FFTW is under the GPL: this program is for timing only, and the product never links with it
fftw_peer() {
    local reason=
    if ! has_fftw && ! install_fftw; then
        reason='no FFTW in single precision here (Debian: apt-get install libfftw3-dev)'
    elif ! cc -std=gnu11 -O3 -march=native -ffast-math -o target/bench/fftw benches/peers/fftw.c -lfftw3f -lm \
        2>target/bench/fftw.log; then
        reason='benches/peers/fftw.c does not compile here (log: target/bench/fftw.log)'
    fi
    printf 'FFTW\t%s\n' "$reason"
}

python=$(find_python || true)
# all at once: most of the time is waiting for downloads
python_peer peers target/bench-venv benches/requirements-peers.txt &
python_peer Syncopy target/syncopy-venv tests/readers/requirements-syncopy.txt &
fftw_peer &
wait
