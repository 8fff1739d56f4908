#!/usr/bin/env bash
# Usage: RANKS=8 jobscripts/workstation.sh study.toml [--set TABLE.KEY=VALUE ...]
# One machine, no batch system: a rank on every core, or on RANKS of them.
#
# Ctrl-C, or `kill` with the process number of this script, stops the job when every rank has ended its trial; a second one
# stops it at once. What is done is kept: the same command goes on with it. Exit code 75: stopped, work is left.

# Where MPI and HDF5 come from modules, those the program was built with:
# module load gcc openmpi hdf5-mpi

set -euo pipefail

slepian=${SLEPIAN:-target/release/slepian}
ranks=${RANKS:-$(nproc)}

# HDF5 locks the files it opens; network file systems without locks would fail the job at its first file.
export HDF5_USE_FILE_LOCKING=BEST_EFFORT

# Each for Open MPI 4, then 5; other MPIs ignore them. It counts cores, nproc counts hardware threads: without the first
# it refuses the second half of them. It binds ranks to the first cores: without the second two jobs share those.
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none

# In the background, because bash runs traps only between commands and in `wait`; in a session of its own, because the
# terminal would send Ctrl-C to the launcher as well, which then ends its ranks at once.
setsid ${MPIEXEC:-mpiexec} -n "$ranks" "$slepian" run --resume "$@" &
launcher=$!

# of all signals that ask for an end, launchers pass USR1 alone on to the ranks and leave them their time
trap 'kill -USR1 "$launcher" || :' USR1 INT TERM
# a trap ends `wait` early; only the last one, with the launcher gone, gives its exit code
while kill -0 "$launcher" 2>/dev/null; do wait "$launcher" || true; done
code=0
wait "$launcher" || code=$?

# 0 may mean finished or stopped: 75 says that work is left
[ "$code" != 0 ] || "$slepian" status --exit-code "$@" || code=$?
exit "$code"
