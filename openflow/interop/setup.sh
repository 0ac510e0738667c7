#!/usr/bin/env bash
# Installs those that judge our codec, where they are missing: Wireshark's tshark, from Debian, and os-ken, from PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v tshark >/dev/null || testbed/install.sh tshark
testbed/rivals/os_ken.sh
