#!/usr/bin/env bash
# Installs what the tests on real switches need, where it is missing: Open vSwitch and Mininet, from Debian.
set -euo pipefail

missing=()
command -v ovs-vsctl >/dev/null || missing+=(openvswitch-switch)
command -v mn >/dev/null || missing+=(mininet)
command -v ping >/dev/null || missing+=(iputils-ping)
command -v curl >/dev/null || missing+=(curl)
command -v ip >/dev/null || missing+=(iproute2)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "error: ${missing[*]} missing, and only root can install them; nothing was installed." >&2
    echo "       next: sudo $0" >&2
    exit 1
fi
echo "installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}"
