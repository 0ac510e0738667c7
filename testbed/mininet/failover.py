#!/usr/bin/env python3
"""How long nobody answers: the owner of an Open vSwitch is killed again and again, with default settings.

    sudo python3 testbed/mininet/failover.py                10 times, a minute
    sudo python3 testbed/mininet/failover.py --times 100

One host sends frames with the time at which they left to an address that no host has, so that the switch asks its
controller about each of them and floods it; another host takes the time of what arrives. Recovery is from the kill
(SIGKILL) to the first arrival of a frame that was sent after it. The stages are what the nodes measured
themselves: `detection` by the leader, `take-over` by the new owner. `stood_still_us` is the longest that the machine let
nobody run meanwhile, which no controller can be faster than. Ends with one JSON object; exits 0 if another node
answered each time, and none but the killed one lost a switch.
"""

import argparse
import collections
import json
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from acceptance import (  # noqa: E402
    ETHERTYPE,
    MAGIC,
    RECEIVE_BUFFER,
    SO_RCVBUFFORCE,
    UNKNOWN_HOST,
    percentiles,
    raw_socket,
    say,
)

STAGES = ("detection", "take-over")
LOOK_S = 0.005
# The last twenty seconds.
STALLS = collections.deque(maxlen=4000)
# Longer than a standby must have watched its ports to flood from the first moment on.
SETTLED_S = 2.2
GAP_NS = 30_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="owners to kill")
    parser.add_argument("--rate", type=int, default=500, help="frames a second")
    # How this file starts itself on a host of the network.
    parser.add_argument("--role", choices=["send", "receive"], help=argparse.SUPPRESS)
    parser.add_argument("--interface", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role == "send":
        send(arguments.interface, arguments.rate)
    elif arguments.role == "receive":
        receive(arguments.interface)
    else:
        sys.exit(measure(arguments))


# --- on a host ---------------------------------------------------------------------------------------


def send(interface, rate):
    """Sends frames that say when they left, until its input ends."""
    raw = raw_socket(interface)
    head = UNKNOWN_HOST + raw.getsockname()[4] + struct.pack("!H", ETHERTYPE) + MAGIC
    while not select.select([sys.stdin], [], [], 1 / rate)[0]:
        raw.send((head + struct.pack("!Q", time.monotonic_ns())).ljust(60, b"\0"))


def receive(interface):
    """Tells each gap in what arrives: when it began and ended, and when what ended it had left."""
    raw = raw_socket(interface)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    last = 0
    while True:
        readable = select.select([raw, sys.stdin], [], [])[0]
        if sys.stdin in readable:
            return
        frame = raw.recv(2048)
        if frame[14:22] != MAGIC:
            continue
        now = time.monotonic_ns()
        if now - last > GAP_NS:
            (left,) = struct.unpack("!Q", frame[22:30])
            print(json.dumps({"from": last, "to": now, "left": left}), flush=True)
        last = now


# --- the run -----------------------------------------------------------------------------------------


def measure(arguments):
    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.topo import SingleSwitchTopo

    from baton import BatonCluster, BatonSwitch

    setLogLevel("warning")
    threading.Thread(target=watch_the_machine, daemon=True).start()
    controller = BatonCluster("c0", 3)
    net = Mininet(
        topo=SingleSwitchTopo(2), switch=BatonSwitch, controller=controller, waitConnected=True
    )
    try:
        net.start()
        kills = run(net, controller.cluster, arguments)
    finally:
        net.stop()
    leaders = [one["recovery_us"] for one in kills if one["led"]]
    others = [one["recovery_us"] for one in kills if not one["led"]]
    result = {
        "failovers": len(kills),
        "recovery_us": percentiles([one["recovery_us"] for one in kills]),
        "leading_owner_us": percentiles(leaders) if leaders else None,
        "other_owner_us": percentiles(others) if others else None,
        "stages_us": {stage: percentiles([one[stage] for one in kills]) for stage in STAGES},
        "stood_still_us": percentiles([one["stood_still_us"] for one in kills]),
        "false_evictions": sum(one["false_evictions"] for one in kills),
    }
    print(json.dumps(result), flush=True)
    return 0 if len(kills) == arguments.times and not result["false_evictions"] else 1


def run(net, cluster, arguments):
    from baton import wait_until

    # A node that was killed is to be back soon: by default Open vSwitch dials it every 8 s only.
    for controller in subprocess.check_output(
        ["ovs-vsctl", "--bare", "--columns=_uuid", "list", "controller"], text=True
    ).split():
        subprocess.check_call(["ovs-vsctl", "set", "controller", controller, "max_backoff=1000"])
    source, target = net.hosts
    receiver = agent(target, "receive")
    sender = agent(source, "send", "--rate", str(arguments.rate))
    switch = net.switches[0].dpid
    kills = []
    for number in range(arguments.times):
        nodes = set(range(1, cluster.size + 1))
        ready = lambda: is_well(cluster) and seats(cluster, switch) == {node: True for node in nodes}
        wait_until("every node at the switch", ready)
        time.sleep(SETTLED_S)
        kills.append(kill_owner(cluster, switch, receiver))
        say(f"{number + 1} of {arguments.times}: {kills[-1]}")
    for process in (sender, receiver):
        process.stdin.close()
        process.wait(10)
    return kills


def kill_owner(cluster, switch, receiver):
    """Kills the owner, waits until another node answers, and starts the killed one again."""
    status = cluster.call("status")[1]
    victim = cluster.owners()[switch]
    before = {node: measured(cluster, node) for node in cluster.processes if node != victim}
    boots = {node["id"]: node["boot"] for node in status["nodes"]}
    while select.select([receiver.stdout], [], [], 0)[0]:
        receiver.stdout.readline()
    process = cluster.processes.pop(victim)
    killed_at = time.monotonic_ns()
    process.kill()
    process.wait()
    while True:
        if not select.select([receiver.stdout], [], [], 30)[0]:
            raise AssertionError("nobody answers 30 s after the owner was killed")
        gap = json.loads(receiver.stdout.readline())
        if gap["left"] > killed_at:
            break
    after = {node: measured(cluster, node) for node in before}
    stages = {}
    for stage in STAGES:
        deltas = [
            (after[node][stage][0] - before[node][stage][0], after[node][stage][1] - before[node][stage][1])
            for node in before
        ]
        count = sum(count for count, _ in deltas)
        stages[stage] = round(1e6 * sum(seconds for _, seconds in deltas) / max(1, count))
    now = {node["id"]: node["boot"] for node in cluster.call("status")[1]["nodes"]}
    cluster.start_node(victim)
    return {
        "victim": victim,
        "led": status["leader"] == victim,
        "recovery_us": (gap["to"] - killed_at) // 1000,
        "stood_still_us": max((took for at, took in STALLS if killed_at < at < gap["to"]), default=0) // 1000,
        **stages,
        # Who is taken for dead and lives registers as a new run.
        "false_evictions": sum(boot != now[node] for node, boot in boots.items() if node != victim),
    }


def is_well(cluster):
    return cluster.call("status")[0] == 0


def watch_the_machine():
    """Notes when a sleep of `LOOK_S` took longer, and by how much."""
    last = time.monotonic_ns()
    while True:
        time.sleep(LOOK_S)
        now = time.monotonic_ns()
        STALLS.append((now, max(0, now - last - int(1e9 * LOOK_S))))
        last = now


def measured(cluster, node):
    """Returns count and sum of each stage, as a node's metrics tell."""
    port = cluster.ports[node - 1]["http"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
        text = reply.read().decode()
    found = {}
    for stage in STAGES:
        value = lambda what: re.search(
            rf'^baton_failover_seconds_{what}{{stage="{stage}"}} (\S+)', text, re.MULTILINE
        )
        count, total = value("count"), value("sum")
        found[stage] = (int(count[1]), float(total[1])) if count else (0, 0.0)
    return found


def seats(cluster, switch):
    """Returns for each connected node whether the switch has told it a role."""
    try:
        shown = cluster.ask("switch", "show", switch)["seats"]
    except Exception as failure:  # A node is on its way up.
        return str(failure)
    known = ("master", "slave", "equal")
    return {one["node"]: (one.get("session") or {}).get("role") in known for one in shown}


def agent(host, role, *more):
    interface = host.defaultIntf().name
    command = [sys.executable, __file__, "--role", role, "--interface", interface, *more]
    pipe = subprocess.PIPE
    return host.popen(command, stdin=pipe, stdout=pipe, stderr=sys.stderr, text=True)


if __name__ == "__main__":
    main()
