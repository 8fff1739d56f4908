#!/usr/bin/env bash
# Usage: setup/demo.sh SLEPIAN
# Makes a recording of known harmonics, computes its spectra on all cores, shows what they hold and draws one.
set -euo pipefail
cd "$(dirname "$0")/.."
slepian=$1
ranks=${RANKS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}
config=configs/multitaper_power.toml
show() { printf '+'; printf ' %q' "$@"; printf '\n'; "$@"; }

mkdir -p demo
# .info is written last: without it an earlier attempt was interrupted
if ! compgen -G 'demo/recording.spy/*.info' >/dev/null; then
    show "$slepian" synth harmonics --trials 60 --channels 8 --samples 2000 --sample-rate 1000 --seed 1 \
        -o demo/recording.spy --overwrite
fi
show setup/mpiexec.sh "$ranks" "$slepian" run "$config" \
    --set "input.path=$PWD/demo/recording.spy" --set "output.path=$PWD/demo/spectra.spy" --overwrite
echo
show "$slepian" info demo/spectra.spy
echo
show "$slepian" plot demo/spectra.spy --channel channel1
echo
data=$(compgen -G 'demo/spectra.spy/*.spectral' || echo demo/spectra.spy)
echo "The result is demo/spectra.spy, computed on $ranks ranks as $config says."
echo "Open it with xarray.open_dataset(\"$data\", engine=\"h5netcdf\") or syncopy.load(\"demo/spectra.spy\")."
