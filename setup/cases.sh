#!/usr/bin/env bash
# Usage: setup/cases.sh CASES SLEPIAN
# Runs CASES/spectra/run.py and CASES/recordings/run.py, cases after public reports, with SLEPIAN. The packages that they
# need are installed into target/cases-venv, their files are written into target/cases; a line after each counts its cases.
# Prints a line and succeeds when PyPI cannot be reached; fails when a case does not pass, or none ran.
set -euo pipefail
cases=$(cd "$1" && pwd)
slepian=$(realpath "$2")
cd "$(dirname "$0")/.."
export SLEPIAN=$slepian SPECTRA_WORK=$PWD/target/cases/spectra

. setup/venv.sh

if ! python=$(find_python); then
    echo 'cases: no Python 3.10 to 3.13 with venv here (Debian: apt-get install python3-venv)' >&2
    exit 1
fi
mkdir -p "$SPECTRA_WORK"

installed=0
install_with_dependencies cases target/cases-venv "$cases/requirements.txt" || installed=$?
if [ "$installed" = 2 ]; then
    echo 'cases: SKIPPED, their packages cannot be downloaded here (PyPI not reached)'
    exit 0
fi
[ "$installed" = 0 ] || exit 1

python=$PWD/target/cases-venv/bin/python
log=target/cases/spectra.log
status=0
"$python" "$cases/spectra/run.py" 2>&1 | tee "$log" || status=$?
passed=$(grep -c '^PASS ' "$log" || true)
failed=$(grep -cE '^(FAIL|ERR) ' "$log" || true)
echo "$passed passed, $failed failed"
# the count of the cases' own stands at the end only when all of them ran
[ "$status" = 0 ] && [ "$passed" -gt 0 ] && [ "$failed" = 0 ] && grep -qx "0 of $passed not passed" "$log" || exit 1

# the generators write beside themselves
rm -rf target/cases/recordings
cp -r "$cases/recordings" target/cases/recordings
chmod -R u+w target/cases/recordings
log=$PWD/target/cases/recordings.log
status=0
(cd target/cases/recordings && SLEPIAN_DATA="$cases/../data" "$python" run.py) 2>&1 | tee "$log" || status=$?
passed=$(grep -c '^pass ' "$log" || true)
[ "$status" = 0 ] && [ "$passed" -gt 0 ] && [ "$(tail -n 1 "$log")" = "$passed passed, 0 failed" ]
