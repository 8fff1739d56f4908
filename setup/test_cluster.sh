#!/usr/bin/env bash
# Usage: setup/test_cluster.sh
# Starts a throwaway Slurm, runs the tests of tests/cluster in it and ends it. Needs root, for network namespaces.
set -euo pipefail
cargo=${CARGO:-cargo}
if [ "$(id -u)" != 0 ]; then
    echo 'test-cluster: skipped: it needs root, for network namespaces'
    exit 0
fi
if ! unshare -n true 2>/dev/null; then
    echo 'test-cluster: skipped: this machine allows no network namespaces'
    exit 0
fi
"$cargo" test --locked --test cluster --no-run
folder=$(mktemp -d "${TMPDIR:-/tmp}/slepian-slurm.XXXXXX")
chmod 755 "$folder"
trap 'tests/cluster/slurm.sh down "$folder"; rm -rf "$folder"' EXIT
tests/cluster/slurm.sh up "$folder"
# shellcheck source=/dev/null
. "$folder/environment"
arguments=(--test-threads=1) # some take a node away
if [ "${MPI:-}" = mpich ]; then
    echo 'test-cluster: the tests of the queue alone are left to the other MPI'
    arguments+=(--skip queue::)
fi
# the limit is far above what they take
timeout 1200 "$cargo" test --locked --test cluster -- "${arguments[@]}"
