"""Mininet plugin: a Baton cluster as the controller, Open vSwitch in user space as the switches.

    sudo mn --custom testbed/mininet/baton.py --controller baton,3 --switch baton --topo tree,2 --test pingall

`--controller baton,N` starts N `baton run` processes on free loopback ports, with their data in a temporary
directory. `--switch baton` is Open vSwitch with the user-space datapath, OpenFlow 1.3 and 1.4, fail mode
"secure", and every node as a controller; it starts Open vSwitch if it is not running. The network is up
when every switch has an owner. What was started here is stopped at the end.

With `--controller baton,3,tls=1`, or MININET_TLS=1 in the environment, everything speaks TLS: `baton pki` makes
the certificates of nodes, of Open vSwitch and of whoever calls `baton`.

BATON names the executable; without it, target/{debug,release}/baton of this repository is used, the newer.
BATON_KEEP, if set, keeps the nodes' directories and logs. BATON_ADMIN, and in TLS BATON_TLS, are printed, for use
with `baton` from another terminal.
"""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mininet.log import info
from mininet.node import Controller, OVSSwitch

# `mn --custom` executes this file without importing it, so that it has no `__file__`.
HERE = sys._getframe().f_code.co_filename
OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
START_LIMIT_S = 30


class BatonCluster(Controller):
    """A cluster of controller nodes, numbered from 1; to Mininet it is one controller."""

    def __init__(self, name, nodes=3, extra="", tls=None, **params):
        tls = os.environ.get("MININET_TLS", "") if tls is None else tls
        self.cluster = Cluster(int(nodes), extra, tls=str(tls) in ("1", "True"))
        protocol = "ssl" if self.cluster.tls else "tcp"
        self.endpoints = [
            Endpoint(f"{name}n{node}", protocol, port) for node, port in self.cluster.openflow_ports()
        ]
        super().__init__(name, port=self.endpoints[0].port, **params)

    def checkListening(self):
        """The ports are reserved: nothing else can listen there."""

    def start(self):
        self.cluster.start()
        info("(" + " ".join(f"{k}={v}" for k, v in self.cluster.credentials().items()) + ") ")

    def stop(self, *args, **kwargs):
        self.cluster.stop()
        super().stop(*args, **kwargs)


class BatonSwitch(OVSSwitch):
    """Open vSwitch in user space, connected to every node of the cluster."""

    def __init__(self, name, **params):
        params.setdefault("datapath", "user")
        params.setdefault("protocols", "OpenFlow13,OpenFlow14")
        params.setdefault("failMode", "secure")
        super().__init__(name, **params)
        self.cluster = None

    @classmethod
    def setup(cls):
        start_open_vswitch()
        super().setup()

    def start(self, controllers):
        endpoints = []
        for controller in controllers:
            endpoints += getattr(controller, "endpoints", [controller])
            self.cluster = getattr(controller, "cluster", self.cluster)
        super().start(endpoints)
        self.disable_checksum_offload()

    def disable_checksum_offload(self):
        """The user-space datapath passes on what a host's interface left for hardware to fill in."""
        if not shutil.which("ethtool"):
            return
        for intf in self.intfList():
            if intf.link:
                ends = (intf.link.intf1, intf.link.intf2)
                for end in ends:
                    end.node.cmd("ethtool", "-K", end.name, "tx", "off")

    def connected(self):
        """Is there a node that owns the switch, and is it the master here?"""
        if self.cluster is None:
            return super().connected()
        owner = self.cluster.owners().get(self.dpid)
        return owner is not None and master_port(self.name) == self.cluster.openflow_port(owner)

    @classmethod
    def batchStartup(cls, switches, **kwargs):
        started = super().batchStartup(switches, **kwargs)
        for switch in switches:
            wait_until(f"an owner of {switch.name}", switch.connected)
        return started


class Endpoint:
    """One node, as Open vSwitch is told of it: what Mininet asks of a controller."""

    def __init__(self, name, protocol, port):
        self.name = name
        self.protocol = protocol
        self.port = port

    def IP(self):
        return "127.0.0.1"


class Cluster:
    """Processes of `baton run`, their configuration, which ends with `extra`, and their logs."""

    def __init__(self, size, extra="", tls=False):
        self.baton = find_baton()
        self.size = size
        self.extra = extra
        self.tls = tls
        self.lock, ports = reserve_ports(4 * size)
        self.ports = [dict(zip(LISTENERS, ports[4 * i : 4 * i + 4])) for i in range(size)]
        self.admin = ",".join(f"127.0.0.1:{p['admin']}" for p in self.ports)
        self.directory = None
        self.processes = {}

    def openflow_ports(self):
        return [(node, ports["openflow"]) for node, ports in enumerate(self.ports, 1)]

    def openflow_port(self, node):
        return self.ports[node - 1]["openflow"]

    def start(self):
        self.directory = Path(tempfile.mkdtemp(prefix="baton-mininet-"))
        atexit.register(self.stop)
        if self.tls:
            self.make_certificates()
        for node in range(1, self.size + 1):
            self.start_node(node)
        wait_until("a healthy cluster", self.is_healthy)

    def make_certificates(self):
        """Makes a PKI, and gives Open vSwitch its part of it."""
        self.pki("init")
        for node in range(1, self.size + 1):
            self.pki("issue", "node", str(node), "--host", "127.0.0.1")
        self.pki("issue", "person", "mininet", "--role", "admin")
        self.pki("issue", "switch", "open-vswitch")
        own = self.directory / "pki" / "switch-open-vswitch"
        files = [own / "key.pem", own / "cert.pem", own / "ca.pem"]
        subprocess.run(["ovs-vsctl", "set-ssl", *files], check=True, capture_output=True)

    def pki(self, *arguments):
        done = subprocess.run(
            [self.baton, "pki", *arguments],
            env={**clean_environment(), "BATON_PKI": str(self.directory / "pki")},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise Failure(f"baton pki {' '.join(arguments)}: {done.stderr.strip()}")

    def start_node(self, node):
        place = self.directory / f"node{node}"
        place.mkdir(exist_ok=True)
        (place / "node.toml").write_text(self.configuration(node, place))
        with open(place / "log", "ab") as log:
            self.processes[node] = subprocess.Popen(
                [self.baton, "run", "--config", place / "node.toml"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                # Ctrl-C at Mininet's prompt is meant for what runs there.
                start_new_session=True,
            )

    def configuration(self, node, place):
        own = self.ports[node - 1]
        members = ", ".join(
            f'{other} = "127.0.0.1:{ports["peer"]}"' for other, ports in enumerate(self.ports, 1)
        )
        listen = "".join(f'{name} = "127.0.0.1:{own[name]}"\n' for name in LISTENERS)
        certificates = self.directory / "pki" / f"node-{node}"
        tls = f'[tls]\ndir = "{certificates}"\n\n' if self.tls else ""
        return (
            f'[node]\nid = {node}\ndata_dir = "{place / "data"}"\n\n'
            f"[listen]\n{listen}\n{tls}[cluster]\nmembers = {{ {members} }}\n\n{self.extra}"
        )

    def is_healthy(self):
        for node, process in self.processes.items():
            if process.poll() is not None:
                raise Failure(f"node {node} ended with {process.returncode}; its log:\n{self.tail(node)}")
        return self.call("status")[0] == 0

    def log(self, node):
        return self.directory / f"node{node}" / "log"

    def tail(self, node):
        return "\n".join(self.log(node).read_text(errors="replace").splitlines()[-20:])

    def call(self, *arguments):
        """Runs `baton` with JSON output; returns its exit code, its data and its talk."""
        done = subprocess.run(
            [self.baton, *arguments, "-o", "json"],
            env={**clean_environment(), **self.credentials()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        try:
            data = json.loads(done.stdout)
        except ValueError:
            data = None
        return done.returncode, data, done.stderr.strip()

    def credentials(self):
        """Returns what `baton` needs in its environment to be an administrator of the cluster."""
        person = str(self.directory / "pki" / "person-mininet")
        return {"BATON_ADMIN": self.admin, **({"BATON_TLS": person} if self.tls else {})}

    def ask(self, *arguments):
        """Runs `baton`, and returns its data."""
        code, data, talk = self.call(*arguments)
        if code != 0:
            raise Failure(f"baton {' '.join(arguments)}: exit code {code}: {talk}")
        return data

    def switches(self):
        """Returns what the cluster holds of each switch, by datapath id."""
        return {one["dpid"]: one for one in self.ask("switch", "list")["switches"]}

    def owners(self):
        return {dpid: one.get("owner") for dpid, one in self.switches().items()}

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        self.lock.close()
        if self.directory and "BATON_KEEP" not in os.environ:
            shutil.rmtree(self.directory, ignore_errors=True)
        self.directory = None


class Failure(Exception):
    """What went wrong, in words."""


LISTENERS = ("openflow", "peer", "admin", "http")


def find_baton():
    named = os.environ.get("BATON")
    target = Path(HERE).resolve().parents[2] / "target"
    built = [target / profile / "baton" for profile in ("debug", "release")]
    found = [Path(named)] if named else sorted(filter(Path.is_file, built), key=modified)
    if not found or not found[-1].is_file():
        raise Failure("no baton executable; build it: cargo build -p controller --bin baton")
    return str(found[-1])


def modified(path):
    return path.stat().st_mtime


def clean_environment():
    return {k: v for k, v in os.environ.items() if k != "BATON" and not k.startswith("BATON_")}


def reserve_ports(count):
    """Returns a listener that locks a block of ports, and the first `count` ports of the block.

    They lie below the range of outgoing connections, as those of the testbed do (testbed/src/ports.rs): a
    switch that dials a node that is down can not be given the node's own port.
    """
    for base in range(12_000, 32_480, 64):
        held = []
        try:
            for port in range(base, base + 1 + count):
                held.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
        finally:
            for listener in held[1:]:
                listener.close()
            if held and len(held) <= count:
                held[0].close()
        return held[0], list(range(base + 1, base + 1 + count))
    raise Failure("every block of loopback ports is in use")


def start_open_vswitch():
    """Starts Open vSwitch if it is not running, and has it stopped at the end."""
    running = subprocess.run(["ovs-vsctl", "-t", "1", "show"], capture_output=True)
    if running.returncode == 0:
        return
    # Without a kernel module it says that it failed; the user-space datapath needs none.
    subprocess.run([OVS_CTL, "start", "--system-id=random"], capture_output=True)
    shown = subprocess.run(["ovs-vsctl", "-t", "5", "show"], capture_output=True, text=True)
    if shown.returncode != 0:
        raise Failure(f"Open vSwitch does not start: {shown.stderr.strip()}")
    atexit.register(subprocess.run, [OVS_CTL, "stop"], capture_output=True)


def controller_roles(bridge):
    """Returns the role that each controller has at a bridge, as Open vSwitch says, by its port."""
    wanted = subprocess.run(
        ["ovs-vsctl", "get", "Bridge", bridge, "controller"], capture_output=True, text=True
    )
    ids = wanted.stdout.strip().strip("[]").replace(" ", "").split(",")
    listed = subprocess.run(
        ["ovs-vsctl", "--format=json", "--columns=_uuid,role,target", "list", "controller"],
        capture_output=True,
        text=True,
    )
    roles = {}
    for (_, uuid), role, target in json.loads(listed.stdout)["data"]:
        if uuid in ids:
            # A controller that never connected has no role: an empty set.
            roles[int(target.rsplit(":", 1)[1])] = role if isinstance(role, str) else None
    return roles


def master_port(bridge):
    """Returns the port of the controller that is master at a bridge, as Open vSwitch says."""
    masters = [port for port, role in controller_roles(bridge).items() if role == "master"]
    return masters[0] if len(masters) == 1 else None


def wait_until(what, condition, limit_s=START_LIMIT_S):
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {limit_s} s for {what}")
        time.sleep(0.05)


controllers = {"baton": BatonCluster}
switches = {"baton": BatonSwitch}
