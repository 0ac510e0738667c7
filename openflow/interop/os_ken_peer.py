#!/usr/bin/env python3
"""os-ken's codec, for `openflow/tests/interop/os_ken.rs` to compare ours with; setup.sh installs it.

    os_ken_peer.py read FILE    each line of FILE is a message in hexadecimal: what os-ken makes of it, as JSON
    os_ken_peer.py say          what os-ken builds: a version, a name and the message in hexadecimal

What `read` prints of a message has `reading`, its values by their names, and `again`, the bytes that os-ken writes for
it, both where os-ken can; or else `fault`.
"""

import json
import logging
import signal
import struct
import sys

from os_ken.ofproto import ofproto_parser, ofproto_protocol

import os_ken_sayings

VERSIONS = {"1.0": 1, "1.3": 4, "1.4": 5, "1.5": 6}
XID = 7
# Some of its parsers never return from what they do not know.
PATIENCE_S = 1


def main():
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, never_returns)
    if sys.argv[1] == "read":
        with open(sys.argv[2], encoding="ascii") as lines:
            for line in lines:
                print(json.dumps(read(bytes.fromhex(line))))
    else:
        for name, version in VERSIONS.items():
            datapath = ofproto_protocol.ProtocolDesc(version=version)
            for what, message in os_ken_sayings.sayings(datapath):
                print(name, what, written(message, XID).hex())


def read(data):
    version, kind, length, xid = struct.unpack_from("!BBHI", data)
    # A dictionary of its parsers for each version; its `msg` would log what they raise, and return None.
    parser = ofproto_parser._MSG_PARSERS.get(version)
    if parser is None:
        return {"fault": "no such version"}
    datapath = ofproto_protocol.ProtocolDesc(version=version)
    signal.alarm(PATIENCE_S)
    try:
        message = parser(datapath, version, kind, length, xid, data)
        found = {"reading": message.to_jsondict(encode_string=hexadecimal)}
        if can_be_written(message, length):
            message.xid = None
            found["again"] = written(message, xid).hex()
        return found
    except Exception as fault:
        return {"fault": f"{type(fault).__name__}: {fault}"}
    finally:
        signal.alarm(0)


def can_be_written(message, length):
    """Returns whether os-ken writes the body of such a message: of most that switches say it cannot."""
    has_writer = type(message)._serialize_body is not ofproto_parser.MsgBase._serialize_body
    return has_writer or length == 8


def written(message, xid):
    message.set_xid(xid)
    message.serialize()
    return bytes(message.buf)


def hexadecimal(data):
    return (data.encode() if isinstance(data, str) else data).hex().encode()


def never_returns(*_):
    raise TimeoutError("never returns")


if __name__ == "__main__":
    main()
