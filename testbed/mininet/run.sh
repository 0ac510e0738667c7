#!/usr/bin/env bash
# Baton on real switches: Open vSwitch in user space, real Mininet, three `baton run` processes.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(id -u)" -ne 0 ]; then
    echo "error: Mininet needs root; nothing was run. Next: sudo make mininet" >&2
    exit 1
fi
# Debian's Mininet belongs to Debian's Python, whatever else is first in the path.
export PATH="/usr/bin:$PATH"

pingall() {
    echo "== pingall on $1, three controllers${MININET_TLS:+, in TLS}"
    output=$(mn --custom testbed/mininet/baton.py --controller baton,3 --switch baton --topo "$1" \
        --test pingall 2>&1) || { echo "$output"; exit 1; }
    echo "$output" | grep 'Results:'
    echo "$output" | grep -q 'Results: 0% dropped' || { echo "$output"; exit 1; }
}

pingall tree,2
# From here on switches, nodes and whoever calls `baton` show their certificates.
export MININET_TLS=1
for topology in single,3 linear,4 tree,2 torus,3,3; do
    pingall "$topology"
done

echo "== who is not let in"
python3 testbed/mininet/strangers.py

for version in OpenFlow10 OpenFlow15; do
    echo "== every protocol of migration on $version"
    python3 testbed/mininet/acceptance.py --protocols "$version" --rounds 12 --frames 1000
done

echo "== the README, command by command"
testbed/readme.sh

echo "== crashes on Open vSwitch"
python3 testbed/mininet/crashes.py

echo "== how long nobody answers after an owner was killed"
python3 testbed/mininet/failover.py --times 3

echo "== migrations on Open vSwitch, under numbered traffic"
python3 testbed/mininet/acceptance.py "$@"
