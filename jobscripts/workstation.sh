#!/usr/bin/env bash
# Usage: RANKS=8 jobscripts/workstation.sh study.toml [--set KEY=VALUE ...]
# One machine, no batch system: a rank on every core, or on RANKS of them.

# Where MPI and HDF5 come from modules, those the program was built with:
# module load gcc openmpi hdf5-mpi

set -euo pipefail

ranks=${RANKS:-$(nproc)}

# Collective writes: Open MPI's default component, vulcan, can corrupt or hang parallel HDF5 files
# (open-mpi/ompi#12718, HDFGroup/hdf5#1227); dynamic_gen2 writes the right ones. Other MPIs ignore it.
export OMPI_MCA_fcoll=dynamic_gen2
# HDF5 locks the files it opens; network file systems without locks would fail the job at its first file.
export HDF5_USE_FILE_LOCKING=BEST_EFFORT

# Each for Open MPI 4, then 5; other MPIs ignore them. It counts cores, nproc counts hardware threads: without the first
# it refuses the second half of them. It binds ranks to the first cores: without the second two jobs share those.
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none

mpiexec -n "$ranks" "${SLEPIAN:-target/release/slepian}" run "$@"
