#!/usr/bin/env bash
# Installs those that judge our codec, where they are missing: Wireshark's tshark, from Debian, and os-ken, from PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v tshark >/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: tshark is missing, and only root can install it; nothing was installed." >&2
        echo "       next: sudo $0" >&2
        exit 1
    fi
    echo "installing tshark" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends tshark
fi
testbed/rivals/os_ken.sh
