#!/usr/bin/env bash
# Installs what the build needs and does not find: MPI, parallel HDF5, libclang, pkg-config, a C compiler.
# Each is looked for by what it does, not by its package, so modules and other MPIs count. Silent when all is there.
# MPI=mpich with MPI_PKG_CONFIG and HDF5_DIR as the Makefile sets them: Debian's MPICH, beside any other MPI.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'make deps: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

has_mpi() {
    # its library may be there without its launcher
    if [ "${MPI:-}" = mpich ] && ! has mpiexec.mpich; then return 1; fi
    if [ -n "${MPI_PKG_CONFIG:-}" ]; then pkg-config --exists "$MPI_PKG_CONFIG" 2>/dev/null; return; fi
    echo '#include <mpi.h>' | "${MPICC:-mpicc}" -E -x c -o /dev/null - 2>/dev/null
}

is_parallel() { grep -qsE '^#define H5_HAVE_PARALLEL 1' "$1"/H5pubconf*.h; }

has_hdf5() {
    if [ -n "${HDF5_DIR:-}" ]; then is_parallel "$HDF5_DIR/include"; return; fi
    local flag flags
    flags=$(pkg-config --cflags-only-I hdf5 2>/dev/null) || return 1
    for flag in $flags -I/usr/include; do
        if is_parallel "${flag#-I}"; then return 0; fi
    done
    return 1
}

# where bindgen (clang-sys) looks
has_libclang() {
    local IFS=: dir prefix lib
    if [ -n "${LIBCLANG_PATH:-}" ]; then [ -e "$LIBCLANG_PATH" ]; return; fi
    prefix=$("${LLVM_CONFIG_PATH:-llvm-config}" --prefix 2>/dev/null) || prefix=
    # shellcheck disable=SC2086 # search paths are split at their colons, patterns are expanded
    for dir in ${prefix:+"$prefix"/lib} ${prefix:+"$prefix"/lib64} ${LD_LIBRARY_PATH:-} ${LIBRARY_PATH:-} \
        /usr/local/llvm*/lib* /usr/local/lib*/*/* /usr/local/lib*/* /usr/local/lib* /usr/lib*/*/* /usr/lib*/* /usr/lib* \
        /usr/local/opt/llvm*/lib /Library/Developer/CommandLineTools/usr/lib; do
        for lib in "$dir"/libclang.so* "$dir"/libclang-[0-9]*.so* "$dir"/libclang.dylib; do
            # Debian's runtime package alone lacks the headers (stddef.h) that bindgen needs
            if [ -e "$lib" ]; then ! has apt-get || compgen -G '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' >/dev/null; return; fi
        done
    done
    return 1
}

# the words for what is missing, one per line
missing() {
    has cc || echo compiler # rustc links with cc
    has_mpi || echo mpi
    has_hdf5 || echo hdf5
    [[ -n ${HDF5_DIR:-} && -z ${MPI_PKG_CONFIG:-} ]] || has pkg-config || echo pkg-config
    has_libclang || echo libclang
}

advise() {
    local what
    for what in "$@"; do
        case $what in
            compiler) say '  a C compiler (cc)' ;;
            mpi) say '  MPI: load its module so that mpicc is in PATH (or set MPICC), e.g. module load openmpi' ;;
            hdf5)
                if [ -n "${HDF5_DIR:-}" ]; then say "  parallel HDF5: HDF5_DIR=$HDF5_DIR holds none (no H5_HAVE_PARALLEL in include/H5pubconf.h)"
                else say '  parallel HDF5, built with the same MPI: load its module and set HDF5_DIR to its folder, e.g. module load hdf5-mpi'; fi ;;
            pkg-config) say '  pkg-config (not needed with HDF5_DIR)' ;;
            libclang) say '  libclang: install libclang-dev, or load an LLVM module and set LIBCLANG_PATH to the folder of libclang.so' ;;
        esac
    done
}

check_cargo() {
    local wanted found
    wanted=$(sed -nE 's/^rust-version *= *"([0-9.]+)".*/\1/p' Cargo.toml)
    if ! found=$("${CARGO:-cargo}" --version 2>/dev/null); then
        say "cargo not found: install Rust $wanted or newer (https://rustup.rs)"
        exit 1
    fi
    found=$(sed -E 's/^cargo ([0-9.]+).*/\1/' <<<"$found")
    if [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        say "cargo $found is older than $wanted, which Cargo.toml asks for: rustup update, or https://rustup.rs"
        exit 1
    fi
}

install() {
    local log=$1
    shift
    : >"$log"
    # an unreachable third-party source must not stop the install
    "${sudo[@]}" apt-get update -qq >>"$log" 2>&1 || true
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1
}

check_cargo
read -ra lacking <<<"$(missing | tr '\n' ' ')"
if [ ${#lacking[@]} = 0 ]; then exit 0; fi

if ! has apt-get; then
    say 'missing, please load or install:'
    advise "${lacking[@]}"
    exit 1
fi
if [ -n "${HDF5_DIR:-}" ] && [ "${MPI:-}" != mpich ]; then
    # a second MPI beside the one that HDF5 was built with would link, and crash
    say 'HDF5_DIR is set, so MPI and HDF5 are yours and nothing is installed; missing:'
    advise "${lacking[@]}"
    exit 1
fi
mpicc=$(command -v "${MPICC:-mpicc}" || true)
if [[ ${MPI:-} != mpich && -n $mpicc && $mpicc != /usr/bin/* && $mpicc != /bin/* && " ${lacking[*]} " =~ " hdf5 " ]]; then
    say "$mpicc is not the distribution's, and no parallel HDF5 goes with it: set HDF5_DIR, or take it out of PATH"
    exit 1
fi

# together, so that HDF5 is the one built with this MPI
of_mpi=(openmpi-bin libopenmpi-dev libhdf5-openmpi-dev)
if [ "${MPI:-}" = mpich ]; then of_mpi=(mpich libmpich-dev libhdf5-mpich-dev); fi
packages=()
for what in "${lacking[@]}"; do
    case $what in
        compiler) packages+=(build-essential) ;;
        mpi | hdf5) packages+=("${of_mpi[@]}") ;;
        pkg-config) packages+=(pkg-config) ;;
        libclang) packages+=(libclang-dev) ;;
    esac
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)

sudo=()
if [ "$(id -u)" != 0 ]; then
    if ! has sudo || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        say "missing packages, and neither root nor sudo here; have them installed: apt-get install ${packages[*]}"
        exit 1
    fi
    sudo=(sudo)
fi

log=$(mktemp "${TMPDIR:-/tmp}/slepian-deps.XXXXXX")
trap 'rm -f "$log"' EXIT
say "installing ${packages[*]}"
if ! install "$log" "${packages[@]}"; then
    say 'apt-get failed; once more in 5 s'
    sleep 5
    if ! install "$log" "${packages[@]}"; then
        cat "$log" >&2
        say "apt-get could not install ${packages[*]} (log above)"
        exit 1
    fi
fi

hash -r
read -ra lacking <<<"$(missing | tr '\n' ' ')"
if [ ${#lacking[@]} != 0 ]; then
    say 'still missing after the install:'
    advise "${lacking[@]}"
    exit 1
fi
