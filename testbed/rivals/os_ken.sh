#!/usr/bin/env bash
# Installs os-ken where it is missing: from PyPI, into a virtual environment below target/.
set -euo pipefail
cd "$(dirname "$0")/../.."

python3 -c 'import ensurepip' 2>/dev/null || testbed/install.sh python3-venv

OS_KEN=os-ken==4.2.2
place=target/rivals/os-ken
if [ "$("$place/bin/pip" freeze 2>/dev/null | grep '^os-ken==')" != "$OS_KEN" ]; then
    echo "installing $OS_KEN into $place" >&2
    python3 -m venv --clear "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$OS_KEN"
fi
