#!/usr/bin/env bash
# Usage: setup/fuzz.sh SECONDS [TARGET...]
# Runs each fuzz target (config, info, container, events, edf, brainvision, fieldtrip, eeglab, nwb, raw_recording, result, part; or those named) for SECONDS with libFuzzer, from its corpus in
# fuzz/corpus/. Needs no nightly compiler: coverage comes from LLVM's sancov pass, which stable rustc runs as well.
# What ends a target is left in target/fuzz/found/ and belongs, once mended, into fuzz/corpus/TARGET/: the program's own
# tests replay the corpus. What is merely new stays in target/fuzz/corpus/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: setup/fuzz.sh SECONDS [TARGET...]}
shift
targets=("$@")
if [ ${#targets[@]} = 0 ]; then targets=(config info container events edf brainvision fieldtrip eeglab nwb raw_recording result part); fi
cargo=${CARGO:-cargo}
out=$PWD/target/fuzz
triple=$("$cargo" -vV | sed -n 's/^host: //p')

# --target keeps the coverage out of build scripts and procedural macros
RUSTFLAGS='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing' \
    "$cargo" build --release --locked --manifest-path fuzz/Cargo.toml --target "$triple" --target-dir "$out/build"

status=0
for target in "${targets[@]}"; do
    mkdir -p "$out/corpus/$target" "$out/found/$target" "fuzz/corpus/$target"
    log=$out/$target.log
    dictionary=()
    if [ -e "fuzz/$target.dict" ]; then dictionary=(-dict="fuzz/$target.dict"); fi
    # inputs of a few kilobytes say it all; no input may take 10 s or 2 GB; files are small and lie in memory where they can
    TMPDIR=$(test -w /dev/shm && echo /dev/shm || echo "${TMPDIR:-/tmp}") nice \
        "$out/build/$triple/release/$target" "$out/corpus/$target" "fuzz/corpus/$target" \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=2048 \
        "${dictionary[@]}" -close_fd_mask=1 -artifact_prefix="$out/found/$target/" -print_final_stats=1 >"$log" 2>&1 || status=$?
    printf '%s: ' "$target"
    grep -E '^(Done|SUMMARY)' "$log" | tail -n 1 || tail -n 1 "$log"
done
exit $status
