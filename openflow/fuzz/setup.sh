#!/usr/bin/env bash
# Installs what fuzzing needs, where it is missing: cargo-fuzz, and a C++ compiler for libFuzzer.
set -euo pipefail

command -v c++ >/dev/null || "$(dirname "$0")/../../testbed/install.sh" g++
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "installing cargo-fuzz" >&2
    cargo install --quiet --locked cargo-fuzz
fi
