#!/usr/bin/env bash
# Adds rustfmt and clippy, which rustup's minimal profile leaves out. Silent when both are there.
set -euo pipefail
cargo="${CARGO:-cargo}"
if "$cargo" fmt --version >/dev/null 2>&1 && "$cargo" clippy --version >/dev/null 2>&1; then exit 0; fi
if ! command -v rustup >/dev/null 2>&1; then
    echo 'make test: rustfmt and clippy are missing; install the packages that belong to this cargo' >&2
    exit 1
fi
rustup component add rustfmt clippy
