#!/usr/bin/env bash
# Usage: setup/mpiexec.sh RANKS COMMAND...
# Starts COMMAND on this machine, on any number of ranks. MPIEXEC names another launcher (with arguments, if need be).
set -euo pipefail
ranks=$1
shift
read -ra launcher <<<"${MPIEXEC:-mpiexec}"
if ! command -v "${launcher[0]}" >/dev/null 2>&1; then
    echo "setup/mpiexec.sh: ${launcher[0]} not found: make deps, load the MPI module, or set MPIEXEC" >&2
    exit 127
fi
# Only Open MPI counts slots and refuses more ranks; MPICH does not know the flags. Bound ranks share a core when
# there are more of them than cores, or when two jobs run side by side: on one machine the kernel places them better.
case "$("${launcher[@]}" --version 2>/dev/null || true)" in
    *'Open MPI'* | *OpenRTE*) launcher+=(--oversubscribe --bind-to none) ;;
esac
exec "${launcher[@]}" -n "$ranks" "$@"
