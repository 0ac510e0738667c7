#!/usr/bin/env python3
"""Crashes on real Open vSwitch: a killed owner is replaced, and a cluster that was killed whole comes back.

    sudo python3 testbed/mininet/crashes.py

Under numbered traffic the owner of a switch is killed: another node must own the switch and answer, and the
killed one must come back as a standby. Then every node is killed at once: after their restart every switch
must have the owner that it had, and no older token. Ends with one JSON object; exits 0 only if all is well.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from acceptance import Agent, say  # noqa: E402
from baton import BatonCluster, BatonSwitch, wait_until  # noqa: E402
from mininet.log import setLogLevel  # noqa: E402
from mininet.net import Mininet  # noqa: E402
from mininet.topolib import TreeTopo  # noqa: E402

RATE = 200


def main():
    setLogLevel("warning")
    controller = BatonCluster("c0", 3)
    net = Mininet(
        topo=TreeTopo(depth=2, fanout=2), switch=BatonSwitch, controller=controller, waitConnected=True
    )
    try:
        net.start()
        result = {**kill_an_owner(net, controller.cluster), **kill_all(net, controller.cluster)}
    finally:
        net.stop()
    print(json.dumps(result), flush=True)
    sys.exit(1 if any(result["ping_loss"]) or result["owners_changed"] else 0)


def kill_an_owner(net, cluster):
    ping_loss = [net.pingAll()]
    sender_host, *others = net.hosts
    receivers = [Agent(host, "receive") for host in others]
    sender = Agent(sender_host, "send", RATE)
    wait_until("traffic", lambda: all(one.count() > RATE for one in receivers))

    switch = net.switches[0].dpid
    victim = cluster.owners()[switch]
    say(f"killing node {victim}, the owner of {switch}")
    kill(cluster, [victim])
    killed_at = time.monotonic()
    wait_until("another owner", lambda: cluster.owners()[switch] not in (None, victim))
    owned_s = time.monotonic() - killed_at
    known = [one.count() for one in receivers]
    answered = lambda: all(one.count() > n + RATE for one, n in zip(receivers, known))
    wait_until("answers from another owner", answered)
    sender.finish()
    for receiver in receivers:
        receiver.finish()
    ping_loss.append(net.pingAll())

    heirs = cluster.owners()
    cluster.start_node(victim)
    wait_until("the killed node as a standby everywhere", lambda: seats(cluster, victim) == {"slave"})
    assert cluster.owners() == heirs, "a node that comes back takes nothing"
    return {"victim": victim, "owned_again_s": round(owned_s, 3), "ping_loss": ping_loss}


def kill_all(net, cluster):
    before = cluster.switches()
    say("killing every node")
    kill(cluster, list(cluster.processes))
    for node in range(1, cluster.size + 1):
        cluster.start_node(node)
    wait_until("a healthy cluster", cluster.is_healthy)
    roles = lambda: {role for node in range(1, cluster.size + 1) for role in seats(cluster, node)}
    wait_until("every session again", lambda: roles() == {"master", "slave"})
    after = cluster.switches()
    changed = [
        f"{dpid}: {seen['owner']}/{seen['token']} -> {after[dpid]['owner']}/{after[dpid]['token']}"
        for dpid, seen in before.items()
        if after[dpid]["owner"] != seen["owner"] or after[dpid]["token"] < seen["token"]
    ]
    # A whole cluster that starts anew holds the ports of its switches down first, against loops.
    wait_until("every ping again", lambda: not net.pingAll())
    return {"owners_changed": changed}


def kill(cluster, nodes):
    """Ends nodes without a warning, all at once; their ports are free when this returns."""
    processes = [cluster.processes.pop(node) for node in nodes]
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def seats(cluster, node):
    """Returns the roles that `node` has at the switches, as the switches told it; None without a session."""
    shown = [cluster.ask("switch", "show", dpid)["seats"] for dpid in cluster.owners()]
    return {
        (seat.get("session") or {}).get("role")
        for one in shown
        for seat in one
        if seat["node"] == node
    }


if __name__ == "__main__":
    main()
