#!/usr/bin/env bash
# Installs the packages that are named, from Debian; none is fine.
set -euo pipefail

[ $# -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "error: $* missing, and only root can install them; nothing was installed." >&2
    echo "       next: sudo $0 $*" >&2
    exit 1
fi
echo "installing $*" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "$@"
