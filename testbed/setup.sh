#!/usr/bin/env bash
# Installs what the tests on real switches need, where it is missing: Open vSwitch and Mininet, from Debian.
set -euo pipefail

missing=()
command -v ovs-vsctl >/dev/null || missing+=(openvswitch-switch)
command -v mn >/dev/null || missing+=(mininet)
command -v ping >/dev/null || missing+=(iputils-ping)
command -v curl >/dev/null || missing+=(curl)
command -v ip >/dev/null || missing+=(iproute2)
"$(dirname "$0")/install.sh" "${missing[@]}"
