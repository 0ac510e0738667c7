#!/usr/bin/env bash
# Installs what fuzzing needs, where it is missing: cargo-fuzz, and a C++ compiler for libFuzzer.
set -euo pipefail

if ! command -v c++ >/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: a C++ compiler is missing, and only root can install it; nothing was installed." >&2
        echo "       next: sudo $0" >&2
        exit 1
    fi
    echo "installing g++" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends g++
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "installing cargo-fuzz" >&2
    cargo install --quiet --locked cargo-fuzz
fi
