#!/usr/bin/env bash
# Runs the fuzz targets named, or all, one after the other: FUZZ_SECONDS each, or FUZZ_RUNS executions each.
# Ends at the first input that does harm. What is new and harmless is kept in grown/, which git ignores.
set -euo pipefail
cd "$(dirname "$0")"
./setup.sh

# On the stable compiler. The crate has no unsafe code, for which the address sanitizer would be.
export RUSTC_BOOTSTRAP=1
limit=-max_total_time=${FUZZ_SECONDS:-60}
[ -z "${FUZZ_RUNS:-}" ] || limit=-runs=$FUZZ_RUNS
[ $# -gt 0 ] || set -- decode roundtrip channel framing

for target in "$@"; do
    mkdir -p "grown/$target"
    # Long conversations and streams say little that short ones do not, and take their time.
    case $target in channel | framing) longest=512 ;; *) longest=4096 ;; esac
    cargo fuzz run --sanitizer none "$target" "grown/$target" "corpus/$target" -- \
        "$limit" -max_len=$longest -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
done
