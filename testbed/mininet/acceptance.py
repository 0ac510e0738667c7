#!/usr/bin/env python3
"""Acceptance on real Open vSwitch: every switch of tree,2 is moved about under numbered traffic, by every
protocol that is exact, to one node or with several racing.

    sudo python3 testbed/mininet/acceptance.py              in less than three minutes
    sudo python3 testbed/mininet/acceptance.py --full       120 moves, more than 100,000 packet-ins
    sudo python3 testbed/mininet/acceptance.py --rounds 334 more than 1,000 moves

One host sends numbered frames to an address that no host has, so that every switch asks its controller
about each of them and floods it: every other host must receive every number exactly once. After each move
three views must agree: the role that Open vSwitch tells, the owner in the log, and what each node says.
pingall must lose nothing before, during and after. Ends with one JSON object; exits 0 only if all is well.
"""

import argparse
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

ETHERTYPE = 0x88B6
MAGIC = b"NUMBERED"
UNKNOWN_HOST = bytes.fromhex("02fffffffffe")
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 64 << 20
# Nothing fails here, but the machine may stand still for longer than a lease of 320 ms lasts, and a node that
# loses its lease aborts its migrations. It is failover.py that keeps the default timing.
PATIENT = """[timing]
lease_ms = 3000
detect_ms = 3600
election_min_ms = 700
election_max_ms = 1000
"""


def main():
    arguments = parse_arguments()
    if arguments.role is None:
        sys.exit(accept(arguments))
    try:
        if arguments.role == "send":
            send(arguments.interface, arguments.rate)
        else:
            receive(arguments.interface)
    except OSError as gone:
        # The network was taken down: why, is what the run says.
        sys.exit(f"{arguments.role} on {arguments.interface}: {gone}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the full run")
    parser.add_argument("--rounds", type=int, help="moves of every switch")
    parser.add_argument("--rate", type=int, default=200, help="frames a second")
    parser.add_argument("--frames", type=int, help="frames to send at least")
    parser.add_argument(
        "--protocols", default="OpenFlow13,OpenFlow14", help="versions that the switches speak"
    )
    # How this file starts itself on a host of the network.
    parser.add_argument("--role", choices=["send", "receive"], help=argparse.SUPPRESS)
    parser.add_argument("--interface", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (40 if arguments.full else 20)
    # Open vSwitch writes roles to its database every five seconds only.
    arguments.look_every = 1 if arguments.rounds <= 40 else 20
    arguments.frames = arguments.frames or (36_000 if arguments.full else 2_000)
    return arguments


# --- on a host ---------------------------------------------------------------------------------------


def raw_socket(interface):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    raw.bind((interface, ETHERTYPE))
    return raw


def send(interface, rate):
    """Sends numbered frames at `rate` until its input ends; prints how many."""
    raw = raw_socket(interface)
    source = raw.getsockname()[4]
    head = UNKNOWN_HOST + source + struct.pack("!H", ETHERTYPE) + MAGIC + bytes(8)
    print("ready", flush=True)
    number, start = 0, time.monotonic()
    while not select.select([sys.stdin], [], [], 0.002)[0]:
        due = int((time.monotonic() - start) * rate) - number
        for _ in range(due):
            raw.send((head + struct.pack("!Q", number)).ljust(60, b"\0"))
            number += 1
    print(json.dumps({"sent": number}), flush=True)


def receive(interface):
    """Counts each number; a line of input asks how many different ones came, its end for the result."""
    raw = raw_socket(interface)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    raw.setblocking(False)
    counts, newest, reordered = {}, -1, 0
    print("ready", flush=True)
    while True:
        readable = select.select([raw, sys.stdin], [], [])[0]
        for number in waiting_numbers(raw):
            counts[number] = counts.get(number, 0) + 1
            reordered += number < newest
            newest = max(newest, number)
        if sys.stdin in readable:
            if not os.read(sys.stdin.fileno(), 4096):
                break
            print(len(counts), flush=True)
    twice = sorted(number for number, count in counts.items() if count > 1)
    missing = [number for number in range(newest + 1) if number not in counts]
    result = {"different": len(counts), "newest": newest, "reordered": reordered}
    print(json.dumps({**result, "twice": twice[:20], "n_twice": len(twice), "missing": missing[:20]}))


def waiting_numbers(raw):
    """Yields the numbers of the frames that wait in the socket, a bounded number of them."""
    for _ in range(1_000):
        try:
            frame = raw.recv(2048)
        except BlockingIOError:
            return
        if frame[14:22] == MAGIC:
            yield struct.unpack("!Q", frame[30:38])[0]


class Agent:
    """This file, running on a host."""

    def __init__(self, host, role, rate=0):
        interface = host.defaultIntf().name
        command = [sys.executable, __file__, "--role", role, "--interface", interface]
        self.process = host.popen(
            [*command, "--rate", str(rate)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n", f"{role} does not start on {host}"

    def count(self):
        """Returns how many different numbers were received so far."""
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def finish(self):
        """Ends the agent, and returns its result."""
        self.process.stdin.close()
        result = json.loads(self.process.stdout.readline())
        self.process.wait(10)
        return result


# --- the run -----------------------------------------------------------------------------------------


def accept(arguments):
    # Only here: a host's agent needs none of it.
    from functools import partial

    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.topolib import TreeTopo

    from baton import BatonCluster, BatonSwitch

    setLogLevel("warning")
    cluster = BatonCluster("c0", 3, extra=PATIENT)
    topology = TreeTopo(depth=2, fanout=2)
    switch = partial(BatonSwitch, protocols=arguments.protocols)
    net = Mininet(topo=topology, switch=switch, controller=cluster, waitConnected=True)
    try:
        net.start()
        result = run(net, cluster.cluster, arguments)
    except Exception:
        # At once: what ends with the network has much to say too.
        traceback.print_exc()
        for node in cluster.cluster.processes:
            say(f"the end of node {node}'s log:\n{cluster.cluster.tail(node)}")
        return 1
    finally:
        net.stop()
    print(json.dumps(result), flush=True)
    good = not (result["lost"] or result["twice"] or result["disagreements"] or any(result["ping_loss"]))
    return 0 if good and result["migrations"] == arguments.rounds * 3 else 1


def run(net, cluster, arguments):
    # Loss in percent: before, during and after the moves.
    ping_loss = [net.pingAll()]
    sender_host, *others = net.hosts
    receivers = [Agent(host, "receive") for host in others]
    sender = Agent(sender_host, "send", arguments.rate)
    moves, disagreements = [], []
    start = time.monotonic()
    for number in range(arguments.rounds):
        for switch in net.switches:
            moves.append(move(cluster, switch, number, arguments.protocols))
            disagreements += disagreement(cluster, switch, at_switch=arguments.full)
        for switch in net.switches if number % arguments.look_every == 0 else []:
            disagreements += disagreement(cluster, switch, at_switch=True)
        if number == arguments.rounds // 2:
            ping_loss.append(net.pingAll())
        say(f"round {number + 1} of {arguments.rounds}, {receivers[0].count()} frames")
    while receivers[0].count() < arguments.frames:
        time.sleep(0.2)
    sent = sender.finish()["sent"]
    seconds = time.monotonic() - start
    wait_for_all(receivers, sent)
    heard = [receiver.finish() for receiver in receivers]
    ping_loss.append(net.pingAll())
    total = [move["phases"]["total_us"] for move in moves]
    window = [move["phases"]["window_us"] for move in moves]
    by_protocol = {}
    for one in moves:
        by_protocol.setdefault(one["protocol"], []).append(one["phases"]["total_us"])
    return {
        "lost": sum(sent - one["different"] for one in heard),
        "twice": sum(one["n_twice"] for one in heard),
        "answered": sum(one["different"] for one in heard),
        "sent": sent,
        # Every switch asks about every frame.
        "packet_ins": sent * len(net.switches),
        "reordered": sum(one["reordered"] for one in heard),
        "missing": [one["missing"] for one in heard if one["missing"]],
        "migrations": len(moves),
        "migration_us": percentiles(total),
        "by_protocol": {name: {"moves": len(us), **percentiles(us)} for name, us in by_protocol.items()},
        "window_us": percentiles(window),
        "held": sum(move.get("buffered", 0) for move in moves),
        "disagreements": disagreements,
        "ping_loss": ping_loss,
        "seconds": round(seconds, 1),
        "rate": arguments.rate,
        "protocols": arguments.protocols,
        "seed": 0,
    }


# One move of a switch after the other: the protocol, and who may win.
PROGRAMME = [
    ("erc", "next"),
    ("erc-early", "next"),
    ("elasticon", "next"),
    ("direct", "next"),
    ("erc-m2e-s2m", "next"),
    ("erc-m2e-e2m", "peer"),
    ("erc-m2s-e2m", "peer"),
    ("erc-e2s-s2e", "next"),
    ("erc", "next"),
    ("erc", "first"),
    ("elasticon", "ready-first"),
    ("erc", "score"),
]


def move(cluster, switch, number, protocols):
    """Moves a switch as the programme says; returns what `baton migrate` told."""
    protocol, to = PROGRAMME[number % len(PROGRAMME)]
    # Its cut is that the switch tells of a lost role, which OpenFlow 1.0 cannot.
    if protocol == "direct" and protocols == "OpenFlow10":
        refused, _, talk = cluster.call("migrate", switch.dpid, "--protocol", protocol, "--auto")
        assert refused == 1 and "OpenFlow 1.0" in talk, talk
        protocol = "erc"
    record = cluster.switches()[switch.dpid]
    owner = record["owner"]
    others = [node for node in range(1, cluster.size + 1) if node != owner]
    if to == "next":
        candidates = [owner % cluster.size + 1]
    elif to == "peer":
        candidates = [node for node in record["equals"] if node != owner]
    else:
        candidates = others
    arguments = ["migrate", switch.dpid, "--protocol", protocol, "--reason", "acceptance"]
    arguments += ["--candidates", ",".join(map(str, candidates))]
    arguments += ["--rule", to] if to not in ("next", "peer") else []
    migrated = cluster.ask(*arguments)
    assert migrated["outcome"] == "done" and migrated["winner"] in candidates, migrated
    return migrated


def disagreement(cluster, switch, at_switch):
    """Compares the log's and the nodes' view of a switch, and returns what differs.

    With `at_switch`, Open vSwitch's own view too. It writes roles to its database every five seconds only,
    which is why the short run looks there once a round, and at what the switch told each node after every
    move.
    """
    from baton import controller_roles

    node_of = {port: node for node, port in cluster.openflow_ports()}
    views = []
    for _ in range(RETRIES):
        record = cluster.switches()[switch.dpid]
        owner, equals = record["owner"], record.get("equals", [])
        shown = cluster.ask("switch", "show", switch.dpid)
        seats = {seat["node"]: (seat.get("session") or {}).get("role") for seat in shown["seats"]}
        wanted = {node: "slave" for node in node_of.values()}
        wanted |= {owner: "master"} | {node: "equal" for node in equals}
        roles = controller_roles(switch.name) if at_switch else None
        # Open vSwitch's word for EQUAL is "other".
        there = {node: "other" if role == "equal" else role for node, role in wanted.items()}
        told = {node_of[port]: role for port, role in roles.items()} if at_switch else there
        if told == there and seats == wanted:
            return []
        views = [f"{switch.name}: Open vSwitch {told}, log {owner}, nodes {seats}"]
        time.sleep(0.5 if seats == wanted else 0.05)
    return views


RETRIES = 40


def wait_for_all(receivers, sent):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(one.count() < sent for one in receivers):
        time.sleep(0.1)
    # For what comes twice, and late.
    time.sleep(1)


def percentiles(values):
    ordered = sorted(values)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1}
    return {name: ordered[max(0, round(q * len(ordered)) - 1)] for name, q in at.items()}


def say(line):
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
