#!/usr/bin/env bash
# Installs what the tests on real switches need, where it is missing, from Debian: Open vSwitch and Mininet, and
# OpenSSL, which judges certificates.
set -euo pipefail

missing=()
command -v ovs-vsctl >/dev/null || missing+=(openvswitch-switch)
command -v mn >/dev/null || missing+=(mininet)
command -v ping >/dev/null || missing+=(iputils-ping)
command -v curl >/dev/null || missing+=(curl)
command -v ip >/dev/null || missing+=(iproute2)
command -v openssl >/dev/null || missing+=(openssl)
"$(dirname "$0")/install.sh" "${missing[@]}"
