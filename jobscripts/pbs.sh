#!/usr/bin/env bash
# Usage: qsub jobscripts/pbs.sh   (after a look at every line: no two PBS sites are alike)
# MPI's own launcher starts the ranks on the hosts that PBS gives. OpenPBS and PBS Professional.
#
# The job survives its time limit: some minutes before it the ranks are asked to stop, what they have done is kept, and the
# script is submitted again until the result is there. Whatever else ends it, submit it again: it goes on.

#PBS -N slepian
#PBS -j oe
#PBS -l select=2:ncpus=32:mpiprocs=32:mem=64gb
#PBS -l walltime=1:00:00

# The modules the program was built with, under your site's names:
# module load gcc openmpi hdf5-mpi

set -euo pipefail

cd "${PBS_O_WORKDIR:-.}"
slepian=target/release/slepian
max_restarts=${MAX_RESTARTS:-20}
# this script, as it is submitted again; and seconds after which the ranks are asked to stop
script=jobscripts/pbs.sh
stop_after=3300

# see slurm_mpirun.sbatch for the reasons
export HDF5_USE_FILE_LOCKING=BEST_EFFORT

mpirun "$slepian" run --resume --set 'parallel.peer_timeout="120 s"' "$@" &
launcher=$!

# PBS gives no warning of its own: a clock does, and ends with the job
if [ -n "$stop_after" ]; then
    (sleep "$stop_after" && kill -USR1 "$launcher") &
    clock=$!
    trap 'kill "$clock" 2>/dev/null || :' EXIT
fi
code=0
wait "$launcher" || code=$?

[ "$code" != 0 ] || "$slepian" status --exit-code "$@" || code=$?
if [ "$code" = 75 ]; then
    restarts=${RESTARTS:-0}
    if [ "$restarts" -lt "$max_restarts" ]; then
        qsub -v RESTARTS=$((restarts + 1)) "$script" && code=0
    else
        echo "not submitted again: this was start $((restarts + 1)); MAX_RESTARTS allows more" >&2
    fi
fi
exit "$code"
