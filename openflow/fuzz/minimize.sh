#!/usr/bin/env bash
# Replaces each corpus by the inputs, of it and of what runs have found, that together reach the most code.
set -euo pipefail
cd "$(dirname "$0")"
./setup.sh
export RUSTC_BOOTSTRAP=1
most=200

# What `decode` and `roundtrip` take is the same, and one corpus for both.
mkdir -p grown/{decode,roundtrip,channel,framing}
cp grown/roundtrip/* grown/decode/ 2>/dev/null || true
for target in decode channel framing; do
    mkdir fewest
    # How often a loop went round makes no message worth keeping, but says all about a stream.
    case $target in framing) counters=1 ;; *) counters=0 ;; esac
    cargo fuzz run --sanitizer none "$target" fewest "corpus/$target" "grown/$target" -- \
        -set_cover_merge=1 -use_counters=$counters
    # They are written in the order of how much they add.
    (cd fewest && ls -tr | tail -n +$((most + 1)) | xargs -r rm)
    rm -r "corpus/$target"
    mv fewest "corpus/$target"
done
