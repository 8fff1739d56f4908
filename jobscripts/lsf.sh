#!/usr/bin/env bash
# Usage: bsub < jobscripts/lsf.sh   (after a look at every line: no two LSF sites are alike)
# MPI's own launcher starts the ranks on the hosts that LSF gives. IBM Spectrum LSF.
#
# The job survives its time limit: some minutes before it the ranks are asked to stop, what they have done is kept, and the
# job goes back into the queue until the result is there. Whatever else ends it, submit it again: it goes on.
# 5 minutes before the limit USR1 comes to this script (-wt, -wa).

#BSUB -J slepian
#BSUB -o slepian-%J.log
#BSUB -n 64
#BSUB -R "span[ptile=32]"
#BSUB -W 60
#BSUB -wa USR1 -wt 5
#BSUB -r
#BSUB -Q "75"

# The modules the program was built with, under your site's names:
# module load gcc openmpi hdf5-mpi

set -euo pipefail

slepian=target/release/slepian

# see slurm_mpirun.sbatch for the reasons
export HDF5_USE_FILE_LOCKING=BEST_EFFORT

mpirun "$slepian" run --resume --set 'parallel.peer_timeout="120 s"' "$@" &
launcher=$!
trap 'kill -USR1 "$launcher" || :' USR1
# a trap ends `wait` early; only the last one, with the launcher gone, gives its exit code
while kill -0 "$launcher" 2>/dev/null; do wait "$launcher" || true; done
code=0
wait "$launcher" || code=$?

# 75 says that work is left, which puts the job back into the queue (-Q); the site says how often (MAX_JOB_REQUEUE)
[ "$code" != 0 ] || "$slepian" status --exit-code "$@" || code=$?
exit "$code"
