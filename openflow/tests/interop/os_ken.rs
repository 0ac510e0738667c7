//! os-ken's codec, in a process of its own: `openflow/interop/os_ken_peer.py`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use openflow::{Frame, Message, Sender, Version, Xid};
use serde_json::Value as Json;

use crate::docket::{Docket, Excuse};
use crate::reading::{Reading, Value};
use crate::said::said;
use crate::{encoded, hex, messages, to_hex};

use Version::{V1_0, V1_3, V1_4, V1_5};

#[test]
fn os_ken_reads_what_we_say_as_we_mean_it_and_writes_it_again() {
    let messages = messages();
    let lines: Vec<String> = messages.iter().map(|message| to_hex(&message.bytes)).collect();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.hex");
    fs::write(&file, lines.join("\n")).unwrap();
    let output = peer(&["read", file.to_str().unwrap()]);
    let found: Vec<Json> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), messages.len());

    let mut docket = Docket::new("os-ken, reading", EXCUSES);
    let mut again = 0;
    for (message, found) in messages.iter().zip(found) {
        let mut complaints = vec![];
        complaints.extend(found["fault"].as_str().map(str::to_owned));
        if let Some(bytes) = found["again"].as_str() {
            again += 1;
            let same = bytes == to_hex(&message.bytes);
            complaints.extend((!same).then(|| format!("again: {bytes}")));
        }
        let mut reading = Reading::default();
        walk(message.version(), "", &found["reading"], &mut reading);
        complaints.extend(docket.compare(message, reading, true));
        docket.hear(message, &complaints);
    }
    eprintln!("os-ken wrote {again} of them again");
    docket.close(COMPARED);
}

#[test]
fn what_os_ken_says_is_read_as_it_means_it_and_written_again() {
    let mut meant: BTreeMap<(Version, &str), Message> = said();
    let output = peer(&["say"]);
    let mut wrong = vec![];
    for line in output.lines() {
        let [version, name, bytes] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let version = version.parse().unwrap();
        let bytes = hex(bytes);
        let frame = Frame::decode(&bytes).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        let again = to_hex(&encoded(&frame));
        let meant = meant.remove(&(version, name));
        let meant = meant.map(|message| Frame { version, xid: Xid(7), message });
        let differently = WRITTEN_DIFFERENTLY.contains(&(version, name));
        if meant.as_ref() != Some(&frame) || (again != to_hex(&bytes)) != differently {
            wrong.push(format!(
                "{line}\n{again} is how we write\n{frame:?}, but it means\n{meant:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(meant.is_empty(), "os-ken does not say {:?}", meant.keys());
    eprintln!("os-ken said {} messages", output.lines().count());
}

/// Runs os-ken's side and returns what it prints.
fn peer(arguments: &[&str]) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(here.with_file_name("target").join("rivals/os-ken/bin/python"))
        .arg(here.join("interop/os_ken_peer.py"))
        .args(arguments)
        .output()
        .expect("there is no os-ken; next: openflow/interop/setup.sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Adds all that os-ken has read.
fn walk(version: Version, name: &str, json: &Json, reading: &mut Reading) {
    match json {
        Json::Object(map) if name == "OXMTlv" => {
            let parts = [&map["value"], &map["mask"]].into_iter().filter_map(|part| match part {
                // An address.
                Json::String(text) => Some(Value::of(text)),
                part => Value::in_json(part),
            });
            parts.for_each(|part| reading.add_field(map["field"].as_str().unwrap(), part));
        }
        Json::Object(map) if name == "OXSTlv" => {
            let field = map["field"].as_str().unwrap();
            Value::in_json(&map["value"]).into_iter().for_each(|value| reading.add(field, value));
        }
        Json::Object(map) => {
            map.iter().for_each(|(name, json)| walk(version, name, json, reading));
        }
        Json::Array(list) => list.iter().for_each(|json| walk(version, name, json, reading)),
        json => {
            Value::in_json(json).into_iter().for_each(|it| reading.add_judged(version, name, it));
        }
    }
}

/// Whatever wildcard of an address in 1.0 covers all of it, from 32 bits on, means the same: os-ken
/// writes 63, and we 32, as Open vSwitch does.
const WRITTEN_DIFFERENTLY: [(Version, &str); 2] = [(V1_0, "flow-delete"), (V1_0, "aggregate")];

/// The values that matter most; what only controllers say is compared as a whole, when os-ken says it.
const COMPARED: &[(&str, &[&str])] = &[
    ("OFPT_FEATURES_REPLY 1.0", &["datapath_id", "n_buffers", "port_no", "hw_addr", "name"]),
    ("OFPT_FEATURES_REPLY 1.5", &["datapath_id", "n_buffers", "n_tables", "capabilities"]),
    ("OFPT_ERROR 1.5", &["code", "data"]),
    ("OFPT_PACKET_IN 1.0", &["buffer_id", "total_len", "reason", "data"]),
    ("OFPT_PACKET_IN 1.3", &["buffer_id", "reason", "cookie", "data", "packet field in_port"]),
    ("OFPT_PACKET_IN 1.5", &["buffer_id", "reason", "cookie", "data", "packet field in_port"]),
    ("OFPT_FLOW_REMOVED 1.0", &["cookie", "reason", "priority", "duration_sec", "byte_count"]),
    ("OFPT_FLOW_REMOVED 1.4", &["cookie", "reason", "byte_count", "packet field ipv4_src"]),
    ("OFPT_FLOW_REMOVED 1.5", &["cookie", "reason", "byte_count", "packet field ipv6_src"]),
    ("OFPT_PORT_STATUS 1.0", &["reason", "port_no", "hw_addr", "name", "config", "state"]),
    ("OFPT_PORT_STATUS 1.3", &["reason", "port_no", "hw_addr", "name", "config", "state"]),
    ("OFPT_PORT_STATUS 1.5", &["reason", "port_no", "hw_addr", "name", "config", "state"]),
    ("OFPT_FLOW_MOD 1.3", &["cookie", "table_id", "priority", "out_group", "flags"]),
    ("OFPT_GROUP_MOD 1.5", &["group_id", "command_bucket_id", "bucket_id", "weight"]),
    ("OFPT_ROLE_REPLY 1.3", &["role", "generation_id"]),
    ("OFPT_ROLE_REPLY 1.5", &["role", "short_id", "generation_id"]),
    ("OFPT_GET_ASYNC_REPLY 1.4", &["mask"]),
    ("OFPT_TABLE_STATUS 1.4", &["reason", "table_id", "config", "vacancy"]),
    ("OFPT_BUNDLE_CONTROL 1.3", &["bundle_id", "flags"]),
    ("OFPT_BUNDLE_CONTROL 1.5", &["bundle_id", "flags"]),
    ("OFPT_CONTROLLER_STATUS 1.5", &["short_id", "role", "reason", "channel_status"]),
    // Flows, groups, ports, queues, tables, meters.
    ("OFPT_MULTIPART_REPLY 1.0", &["cookie", "byte_count", "rx_crc_err", "lookup_count"]),
    ("OFPT_MULTIPART_REPLY 1.3", &["byte_count", "weight", "packet field ipv6_src", "queue_id"]),
    ("OFPT_MULTIPART_REPLY 1.3", &["rx_crc_err", "curr_speed", "lookup_count", "burst_size"]),
    ("OFPT_MULTIPART_REPLY 1.4", &["importance", "vacancy", "rate", "max_groups", "state"]),
    ("OFPT_MULTIPART_REPLY 1.5", &["bucket_id", "byte_count", "flow_count", "features", "rate"]),
];

/// What it does not read, and what it reads wrongly; as of 4.2.2.
const EXCUSES: &[Excuse] = &[
    Excuse {
        complaint: "TypeError: 'NoneType' object is not callable",
        of: |it| it.message().sender(it.version()) == Sender::Controller,
        why: "a controller itself, it has no parser for what only controllers say",
    },
    Excuse {
        complaint: "TypeError: 'NoneType' object is not callable",
        of: |it| matches!(it.message(), Message::Unknown { .. }),
        why: "nobody knows the type in this version",
    },
    Excuse {
        complaint: "no such version",
        of: |it| it.bytes[0] == 7,
        why: "the version is one that nobody speaks",
    },
    Excuse {
        complaint: "unpack_from requires a buffer of at least 25 bytes",
        of: |it| matches!(it.message(), Message::Hello(_)),
        why: "it does not skip the padding of the elements of a hello",
    },
    Excuse {
        complaint: "'NoneType' object has no attribute 'parser'",
        of: |it| it.version() == V1_0 && it.bytes[1] == 4,
        why: "of Nicira's messages it reads only a few in 1.0",
    },
    Excuse {
        complaint: "can't concat",
        of: |it| it.version() == V1_0 && it.bytes[1] == 4,
        why: "what it has read of Nicira's in 1.0 it cannot write again",
    },
    Excuse {
        complaint: "'NoneType' object has no attribute 'parser_stats'",
        of: |it| it.version() == V1_0 && it.says("PortDesc"),
        why: "it does not know Open vSwitch's description of ports in 1.0",
    },
    Excuse {
        complaint: "no attribute 'parser'",
        of: |it| it.says("body: Unknown"),
        why: "we do not know the type either",
    },
    Excuse {
        complaint: "never returns",
        of: |it| it.version() == V1_3 && it.says("Unknown { kind: 65535"),
        why: "it never gets past an experimenter's instruction",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.says("effect: Unknown"),
        why: "it takes an experimenter's band to be a multiple of 8 long",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.says("oxm_8000_100"),
        why: "it takes no field to be empty",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.version() == V1_0 && it.says("QueueConfig"),
        why: "it takes a queue's property of type 0 to have no body",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.version() == V1_4 && it.says("FlowMonitor"),
        why: "of updates in full it reads only those about flows that were there before",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.version() == V1_5 && it.says("CopyField"),
        why: "it takes what follows copy-field for more of its fields",
    },
    Excuse {
        complaint: "AssertionError",
        of: |it| it.version() == V1_5 && it.says("number: 9"),
        why: "it takes no statistics to be empty",
    },
    Excuse {
        complaint: "KeyError",
        of: |it| it.version() == V1_5 && it.says("UnknownStatsField"),
        why: "it refuses statistics that it does not know",
    },
    Excuse {
        complaint: "unpack_from requires",
        of: |it| it.version() == V1_4 && it.says("UnknownProperty"),
        why: "it wants the data of an experimenter's property in fours of bytes, two at least",
    },
    Excuse {
        complaint: "ValueError",
        of: |it| it.version() == V1_5 && it.says("Bucket {"),
        why: "it takes the next bucket for a property of the last",
    },
    Excuse {
        complaint: "ValueError",
        of: |it| it.says("}, ControllerStatus"),
        why: "it takes the second of several controllers for a property of the first",
    },
    Excuse {
        complaint: "unpack_from requires",
        of: |it| it.says("BundleFeatures"),
        why: "it takes the padding of the last property for another description",
    },
    Excuse {
        complaint: "unpack_from requires",
        of: |it| it.version() == V1_5 && it.says("MeterFeatures"),
        why: "Open vSwitch 3.1 describes meters in 1.5 as in 1.4",
    },
    Excuse {
        complaint: "port:",
        of: |it| it.version() == V1_3 && it.says("QueueConfig"),
        why: "in 1.3 each queue has a `port`, which is our `port_no`",
    },
    Excuse {
        complaint: "table_id",
        of: |it| it.version() == V1_4 && it.says("TableSyncFrom"),
        why: "it does not know TABLE_SYNC_FROM in 1.4",
    },
    Excuse {
        complaint: "data",
        of: |it| it.says("body: Experimenter"),
        why: "it prints an experimenter's statistics in another way than other data",
    },
    Excuse {
        complaint: "data",
        of: |it| it.bytes[1] == 4,
        why: "an experimenter's message has more in front of its data than it says",
    },
];
