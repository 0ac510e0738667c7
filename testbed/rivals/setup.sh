#!/usr/bin/env bash
# Installs the controllers that Baton is measured beside, where they are missing: Open vSwitch's test controller, from
# Debian, and os-ken, from PyPI into a virtual environment below target/.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v ovs-testcontroller >/dev/null || missing+=(openvswitch-testcontroller)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)

if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: ${missing[*]} missing, and only root can install them; nothing was installed." >&2
        echo "       next: sudo $0" >&2
        exit 1
    fi
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # The test controller's service is not wanted, only its program: RUNLEVEL keeps services from being started.
    RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

OS_KEN=os-ken==4.2.2
place=target/rivals/os-ken
if [ "$("$place/bin/pip" freeze 2>/dev/null | grep '^os-ken==')" != "$OS_KEN" ]; then
    echo "installing $OS_KEN into $place" >&2
    python3 -m venv --clear "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$OS_KEN"
fi
