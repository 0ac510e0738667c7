#!/usr/bin/env bash
# Installs the controllers that Baton is measured beside, where they are missing: Open vSwitch's test controller, from
# Debian, and os-ken.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The test controller's service is not wanted, only its program: RUNLEVEL keeps services from being started.
command -v ovs-testcontroller >/dev/null || RUNLEVEL=1 testbed/install.sh openvswitch-testcontroller
testbed/rivals/os_ken.sh
