#!/usr/bin/env bash
# Installs os-ken where it is missing: from PyPI, into a virtual environment below target/.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! python3 -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "error: python3-venv is missing, and only root can install it; nothing was installed." >&2
        echo "       next: sudo $0" >&2
        exit 1
    fi
    echo "installing python3-venv" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends python3-venv
fi

OS_KEN=os-ken==4.2.2
place=target/rivals/os-ken
if [ "$("$place/bin/pip" freeze 2>/dev/null | grep '^os-ken==')" != "$OS_KEN" ]; then
    echo "installing $OS_KEN into $place" >&2
    python3 -m venv --clear "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$OS_KEN"
fi
