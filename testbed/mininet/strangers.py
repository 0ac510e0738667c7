#!/usr/bin/env python3
"""Who is not let in on the port for switches, with real Open vSwitch over TLS.

    sudo python3 testbed/mininet/strangers.py

One bridge is a switch of the cluster. Then it comes with other credentials: a certificate that is bound to another
datapath id, one of another cluster's authority, a node's own, and none at all. Each must be refused for its reason, which
the node counts, and its own must let it in again. Ends with one JSON object; exits 0 only if all is well.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from baton import Cluster, start_open_vswitch, wait_until  # noqa: E402

BRIDGE = "strangers"
DPID = "00000000000000b1"


def main():
    start_open_vswitch()
    cluster = Cluster(1, tls=True)
    vsctl("--if-exists", "del-br", BRIDGE)
    try:
        cluster.start()
        vsctl(
            "add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev",
            f"other_config:datapath-id={DPID}", "fail_mode=secure", "protocols=OpenFlow13",
        )  # fmt: skip
        result = come_as_others(cluster)
    finally:
        vsctl("--if-exists", "del-br", BRIDGE)
        cluster.stop()
    print(json.dumps(result), flush=True)


def come_as_others(cluster):
    cluster.pki("issue", "switch", "bound", "--dpid", DPID)
    cluster.pki("issue", "switch", "other", "--dpid", "b2")
    cluster.pki("init", str(cluster.directory / "elsewhere"))
    cluster.pki("issue", "switch", "bound", "--dpid", DPID, "--dir", str(cluster.directory / "elsewhere"))
    ours = cluster.directory / "pki"
    bound, node = ours / "switch-bound", ours / "node-1"
    come(cluster, bound)
    wait_until("the switch", lambda: cluster.owners().get(DPID) == 1)
    refused = {}
    for name, folder, protocol, reason in [
        ("a certificate bound to another datapath id", ours / "switch-other", "ssl", "dpid"),
        ("a certificate of another cluster", cluster.directory / "elsewhere" / "switch-bound", "ssl", "handshake"),
        ("a node's certificate", node, "ssl", "handshake"),
        ("plain text", bound, "tcp", "handshake"),
    ]:
        before = count(cluster, reason)
        come(cluster, folder, protocol)
        wait_until(f"{name} to be refused", lambda: count(cluster, reason) >= before + 2)
        wait_until("no session", lambda: not sessions(cluster))
        refused[name] = reason
    come(cluster, bound)
    wait_until("the switch again", lambda: sessions(cluster) == 1)
    return {"refused": refused}


def come(cluster, folder, protocol="ssl"):
    """Has the bridge connect anew, with the key and the certificate of `folder`."""
    vsctl("del-controller", BRIDGE)
    authority = cluster.directory / "pki" / "switch-open-vswitch" / "ca.pem"
    vsctl("set-ssl", str(folder / "key.pem"), str(folder / "cert.pem"), str(authority))
    vsctl("set-controller", BRIDGE, f"{protocol}:127.0.0.1:{cluster.openflow_port(1)}")
    controller = vsctl("get", "bridge", BRIDGE, "controller").strip("[]")
    vsctl("set", "controller", controller, "max_backoff=1000")


def count(cluster, reason):
    """Returns how many connections node 1 has refused for that reason."""
    return metric(cluster, f'baton_switches_refused_total{{reason="{reason}"}}')


def sessions(cluster):
    return metric(cluster, "baton_sessions")


def metric(cluster, name):
    url = f"http://127.0.0.1:{cluster.ports[0]['http']}/metrics"
    lines = urllib.request.urlopen(url, timeout=5).read().decode().splitlines()
    return sum(int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


def vsctl(*arguments):
    done = subprocess.run(["ovs-vsctl", "-t", "10", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
