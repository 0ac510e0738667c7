#!/usr/bin/env bash
# Installs the controllers that Baton is measured beside, where they are missing: Open vSwitch's test controller, from
# Debian, and os-ken.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v ovs-testcontroller >/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: openvswitch-testcontroller is missing, and only root can install it; nothing was installed." >&2
        echo "       next: sudo $0" >&2
        exit 1
    fi
    echo "installing openvswitch-testcontroller" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # The test controller's service is not wanted, only its program: RUNLEVEL keeps services from being started.
    RUNLEVEL=1 apt-get install -qq -y --no-install-recommends openvswitch-testcontroller
fi
testbed/rivals/os_ken.sh
