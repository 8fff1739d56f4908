#!/usr/bin/env bash
# Usage: setup/bench.sh SLEPIAN
# Wall-clock seconds of whole jobs, start of MPI included: a 205 MB recording on 1, 2, 4, … ranks, the best of three.
set -euo pipefail
cd "$(dirname "$0")/.."
slepian=$1
most=${RANKS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}
dir=$(mktemp -d "${TMPDIR:-/tmp}/slepian-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

"$slepian" synth white_noise --trials 400 --channels 64 --samples 2000 --sample-rate 1000 --seed 1 -o "$dir/recording.spy"
cat >"$dir/study.toml" <<TOML
[input]
path = "$dir/recording.spy"

[freqanalysis]
tapsmofrq = 4
foilim = [1, 100]

[output]
path = "$dir/spectra.spy"
TOML

job() {
    if [ "$1" = 1 ]; then "$slepian" run "$dir/study.toml" --overwrite
    else setup/mpiexec.sh "$1" "$slepian" run "$dir/study.toml" --overwrite; fi
}

echo '400 trials × 64 channels × 2000 samples, 15 Slepian tapers, 1–100 Hz'
printf '%6s %9s\n' ranks seconds
for ((ranks = 1; ; ranks *= 2)); do
    if ((ranks > most)); then ranks=$most; fi
    best=
    for _ in 1 2 3; do
        start=$(date +%s%N)
        if ! job "$ranks" >"$dir/log" 2>&1; then
            cat "$dir/log" >&2
            echo "setup/bench.sh: the job failed on $ranks ranks (its output above)" >&2
            exit 1
        fi
        took=$((($(date +%s%N) - start) / 1000000))
        if [ -z "$best" ] || ((took < best)); then best=$took; fi
    done
    printf '%6d %5d.%03d\n' "$ranks" $((best / 1000)) $((best % 1000))
    if ((ranks >= most)); then break; fi
done
