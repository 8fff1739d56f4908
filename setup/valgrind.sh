#!/usr/bin/env bash
# Usage: setup/valgrind.sh [TEST...]
# Runs the unit tests, the fuzz targets' corpus and the tests on one rank under valgrind's memcheck: reads and writes beyond
# their memory, decisions on memory that was never written, memory that is lost. Any of them fails; what MPI itself does
# wrong is listed in setup/valgrind.supp. TEST names tests of tests/program instead of the usual ones, which take some
# minutes. Tests on several ranks start their ranks as always, without valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
tests=("$@")
if [ ${#tests[@]} = 0 ]; then
    tests=(config_cli::plan config_cli::info config_cli::processes configs:: synth:: hostile_input::trials
        input_formats::double input_formats::selected input_formats::pythons
        resume::with_nothing resume::a_result_without resume::what_was_found)
fi
if ! command -v valgrind >/dev/null; then
    echo 'setup/valgrind.sh: no valgrind in PATH' >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

# memcheck takes no spaces in the words of SLEPIAN_TEST_UNDER, and tests change their folder
copy=$(mktemp "${TMPDIR:-/tmp}/slepian-valgrind.XXXXXX")
trap 'rm -f "$copy"' EXIT
cp setup/valgrind.supp "$copy"
memcheck="valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --num-callers=40 --suppressions=$copy"
# memcheck is some thirty times slower: fewer cases of each property
export PROPTEST_CASES=8

# binary OF...: builds tests and says where they are
binary() { "$cargo" test --locked --no-run "$@" 2>&1 | tee /dev/stderr | sed -n 's/.*Executable.*(\(.*\))/\1/p'; }
unit=$(binary --lib)
program=$(binary --test program)

echo 'unit tests under valgrind'
$memcheck "$unit" --quiet --test-threads=1
echo 'corpus of the fuzz targets under valgrind'
$memcheck "$program" --quiet --test-threads=1 corpus::
echo "program under valgrind: ${tests[*]}"
SLEPIAN_TEST_UNDER=$(echo $memcheck) "$program" --quiet "${tests[@]}"
