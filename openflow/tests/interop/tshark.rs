//! Wireshark's dissector, as `tshark`.

use std::fs;
use std::path::Path;
use std::process::Command;

use openflow::{Message, Version};
use serde_json::Value as Json;

use crate::capture::capture;
use crate::docket::{Docket, Excuse};
use crate::reading::{FIELD, Reading, Value};
use crate::{Judged, messages};

use Version::{V1_0, V1_3, V1_4, V1_5};

#[test]
fn wireshark_reads_what_we_say_as_we_mean_it() {
    let messages = messages();
    let mut docket = Docket::new("tshark", EXCUSES);
    for (message, packet) in messages.iter().zip(dissected(&messages)) {
        let mut seen = Dissection::default();
        seen.walk("", &packet);
        seen.complaints.extend(wrong_header(message, &seen));
        // Nothing is to be learnt from what it read before and after it lost its way.
        if !seen.is_malformed {
            let all = seen.complaints.is_empty();
            seen.complaints.extend(docket.compare(message, seen.reading, all));
        }
        docket.hear(message, &seen.complaints);
    }
    docket.close(COMPARED);
}

/// Returns the layers of each packet as Wireshark sees them.
fn dissected(messages: &[Judged]) -> Vec<Json> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.pcap");
    fs::write(&file, capture(messages)).unwrap();
    let output = Command::new("tshark")
        .args(["-n", "-T", "json", "--no-duplicate-keys", "-r"])
        .arg(&file)
        .output()
        .expect("there is no tshark; next: openflow/interop/setup.sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let Json::Array(packets) = serde_json::from_slice(&output.stdout).unwrap() else {
        panic!("no list of packets")
    };
    assert_eq!(packets.len(), messages.len());
    packets.into_iter().map(|mut packet| packet["_source"]["layers"].take()).collect()
}

/// What Wireshark says of one packet.
#[derive(Default)]
struct Dissection {
    complaints: Vec<String>,
    is_malformed: bool,
    reading: Reading,
    /// Version, type, length and transaction id.
    header: [Option<Value>; 4],
}

impl Dissection {
    fn walk(&mut self, name: &str, json: &Json) {
        match json {
            Json::Object(map) => map.iter().for_each(|(name, json)| self.walk(name, json)),
            Json::Array(list) => list.iter().for_each(|json| self.walk(name, json)),
            Json::String(text) if name == "_ws.expert.message" => {
                self.complaints.push(text.clone())
            }
            Json::String(text) if name == "_ws.expert.group" => {
                self.is_malformed |= text == PI_MALFORMED;
            }
            Json::String(text) => self.leaf(name, text),
            _ => {}
        }
    }

    /// Takes a value such as `openflow_v4.flowmod.table_id`.
    fn leaf(&mut self, name: &str, text: &str) {
        let Some((layer, path)) = name.split_once('.') else { return };
        if !layer.starts_with("openflow") {
            return;
        }
        let value = Value::of(text);
        if let Some(at) = HEADER.iter().position(|name| *name == path) {
            self.header[at] = Some(value);
        } else if path.starts_with("oxm.") {
            if (path.contains("value") || path.contains("mask")) && !path.ends_with("vlan_present")
            {
                self.reading.add_field("", value);
            }
        } else {
            // Only the layer of 1.0 has no version in its name.
            let version = if layer == "openflow" { V1_0 } else { V1_3 };
            self.reading.add_judged(version, path.rsplit('.').next().unwrap_or_default(), value);
        }
    }
}

fn wrong_header(message: &Judged, seen: &Dissection) -> Option<String> {
    let bytes = &message.bytes;
    let ours = [bytes[0].into(), bytes[1].into(), bytes.len() as i128, message.frame.xid.0.into()];
    let ours = ours.map(|number| Some(Value::Number(number)));
    (seen.header != ours).then(|| format!("header: {:?}", seen.header))
}

/// Group of the remarks of a dissector that cannot read on.
const PI_MALFORMED: &str = "117440512";
const HEADER: [&str; 4] = ["version", "type", "length", "xid"];

/// The values that matter most.
const COMPARED: &[(&str, &[&str])] = &[
    ("OFPT_FEATURES_REPLY 1.0", &["datapath_id", "n_buffers", "actions", "port_no"]),
    ("OFPT_FEATURES_REPLY 1.5", &["datapath_id", "n_buffers", "n_tables", "capabilities"]),
    ("OFPT_PACKET_IN 1.0", &["buffer_id", "total_len", "reason"]),
    ("OFPT_PACKET_IN 1.3", &["buffer_id", "total_len", "reason", "table_id", "cookie", FIELD]),
    ("OFPT_PACKET_IN 1.4", &["buffer_id", "total_len", "reason", "table_id", "cookie", FIELD]),
    ("OFPT_PACKET_OUT 1.0", &["buffer_id", "in_port", "max_len"]),
    ("OFPT_PACKET_OUT 1.3", &["buffer_id", "in_port", "port", "max_len", "queue_id", FIELD]),
    ("OFPT_PACKET_OUT 1.4", &["buffer_id", "in_port", "port", "max_len", "queue_id", FIELD]),
    ("OFPT_FLOW_MOD 1.0", &["cookie", "priority", "idle_timeout", "out_port", "max_len"]),
    ("OFPT_FLOW_MOD 1.3", &["cookie", "cookie_mask", "table_id", "priority", "flags", FIELD]),
    ("OFPT_FLOW_MOD 1.4", &["cookie", "table_id", "priority", "flags", "importance", FIELD]),
    ("OFPT_FLOW_MOD 1.5", &["cookie", "cookie_mask", "table_id", "priority", "flags", "port"]),
    ("OFPT_FLOW_REMOVED 1.3", &["cookie", "reason", "duration_nsec", "packet_count", FIELD]),
    ("OFPT_FLOW_REMOVED 1.4", &["cookie", "reason", "duration_nsec", "packet_count", FIELD]),
    ("OFPT_PORT_STATUS 1.3", &["reason", "port_no", "hw_addr", "name", "config", "max_speed"]),
    ("OFPT_PORT_STATUS 1.4", &["reason", "port_no", "hw_addr", "name", "config", "max_speed"]),
    ("OFPT_PORT_STATUS 1.5", &["reason", "port_no", "hw_addr", "name", "config", "max_speed"]),
    ("OFPT_ROLE_REQUEST 1.3", &["role", "generation_id"]),
    ("OFPT_ROLE_REQUEST 1.4", &["role", "generation_id"]),
    ("OFPT_ROLE_REQUEST 1.5", &["role", "generation_id"]),
    ("OFPT_ROLE_REPLY 1.3", &["role", "generation_id"]),
    ("OFPT_ROLE_STATUS 1.4", &["role", "reason", "generation_id"]),
    ("OFPT_SET_ASYNC 1.4", &["mask"]),
    ("OFPT_GET_ASYNC_REPLY 1.5", &["mask"]),
    ("OFPT_GROUP_MOD 1.3", &["group_id", "weight", "watch_port", "watch_group", "port"]),
    ("OFPT_GROUP_MOD 1.4", &["group_id", "weight", "watch_port", "watch_group", "port"]),
    ("OFPT_METER_MOD 1.5", &["meter_id", "flags", "rate", "burst_size"]),
    ("OFPT_PORT_MOD 1.4", &["port_no", "hw_addr", "config", "mask", "advertise", "freq_lmda"]),
    ("OFPT_TABLE_MOD 1.5", &["table_id", "config", "flags", "vacancy"]),
    ("OFPT_BUNDLE_CONTROL 1.4", &["bundle_id", "flags"]),
    ("OFPT_BUNDLE_ADD_MESSAGE 1.4", &["bundle_id", "flags", "meter_id"]),
    ("OFPT_MULTIPART_REQUEST 1.3", &["table_id", "out_group", "cookie_mask", "queue_id", FIELD]),
    // Flows, groups, ports, queues, tables, meters.
    ("OFPT_MULTIPART_REPLY 1.3", &["byte_count", "idle_timeout", "ref_count", "weight", FIELD]),
    ("OFPT_MULTIPART_REPLY 1.3", &["rx_bytes", "tx_errors", "collisions", "duration_nsec"]),
    ("OFPT_MULTIPART_REPLY 1.3", &["hw_addr", "curr_speed", "queue_id", "max_entries", "name"]),
    ("OFPT_MULTIPART_REPLY 1.4", &["flow_count", "importance", "packet_in_count", "port_no"]),
    ("OFPT_MULTIPART_REPLY 1.5", &["max_meter", "rate", "short_id", "hw_addr", "packet_count"]),
];

/// What it does not know, what it loses its way in, and what it reads wrongly; as of 4.0.
const EXCUSES: &[Excuse] = &[
    Excuse {
        complaint: "Message data not dissected yet",
        of: |it| it.version() == V1_0,
        why: "of 1.0 it reads only the handshake, packets, flow-mods and the description",
    },
    Excuse {
        complaint: "Experimenter",
        of: |_| true,
        why: "it knows no experimenter: neither Nicira nor the ONF, nor us",
    },
    Excuse {
        complaint: "Unknown async config prop body",
        of: |it| it.version() == V1_5,
        why: "in 1.5 it knows the properties of 1.4 only",
    },
    Excuse {
        complaint: "header",
        of: |it| it.bytes[0] == 7,
        why: "the version is one that nobody speaks",
    },
    Excuse {
        complaint: "Unsupported version",
        of: |it| it.bytes[0] == 7,
        why: "the version is one that nobody speaks",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| matches!(it.message(), Message::Error(error) if error.data.len() < 8),
        why: "it takes what an error is about for a message, which here is cut short",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| match it.message() {
            Message::PacketIn(it) => it.data.len() < ETHERNET,
            Message::PacketOut(it) => it.data.len() < ETHERNET,
            _ => false,
        },
        why: "the packet is shorter than its Ethernet header",
    },
    Excuse {
        complaint: "",
        of: |it| match it.message() {
            Message::PacketOut(out) => it.version() == V1_0 && out.actions.len() > 1,
            _ => false,
        },
        why: "in 1.0 it reads one action of a packet-out, and takes the next for the packet",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| it.version() == V1_0 && it.bytes[1] == 14 && it.bytes.len() == 72,
        why: "in 1.0 it reads an action of a flow-mod that has none",
    },
    Excuse {
        complaint: "tx_pwr",
        of: |it| it.says("OpticalPortMod"),
        why: "a bit of `configure` is called `tx_pwr` too",
    },
    Excuse {
        complaint: "port:",
        of: |it| it.version() == V1_3 && it.says("QueueConfig"),
        why: "in 1.3 each queue has a `port`, which is our `port_no`",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| match it.message() {
            Message::MultipartReply(reply) => {
                let body = format!("{:?}", reply.body);
                ["Unknown", "Experimenter", "BundleFeatures"].iter().any(|it| body.starts_with(it))
            }
            _ => false,
        },
        why: "it counts the header of a multipart reply that it does not know twice",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| it.says("effect: Unknown"),
        why: "it takes an experimenter's band for longer than it is",
    },
    Excuse {
        complaint: "Length is too short",
        of: |it| it.version() == V1_4 && it.says("UnknownProperty"),
        why: "it wants an experimenter's property to have data",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| it.version() == V1_4 && it.bytes[1] == 19 && it.says("UnknownProperty"),
        why: "it does not skip the padding of properties",
    },
    Excuse {
        complaint: "Unknown queue property",
        of: |it| it.version() == V1_4 && it.says("QueueDesc"),
        why: "it reads the properties of queues as 1.3 had them",
    },
    Excuse {
        complaint: "",
        of: |it| it.version() == V1_4 && it.says("FlowMonitorRequest"),
        why: "it reads only the first of several monitors",
    },
    Excuse {
        complaint: "",
        of: |it| it.version() == V1_4 && it.says("TableStatus"),
        why: "it reads the table of a table-status from the wrong byte on",
    },
    Excuse {
        complaint: "",
        of: |it| it.version() == V1_5 && it.bytes.windows(2).any(|it| it == OPENFLOW_BASIC),
        why: "in 1.5 it looks for the number of a field at eight times its place",
    },
    Excuse {
        complaint: "",
        of: |it| it.version() == V1_5 && it.says("Bucket {"),
        why: "in 1.5 it reads buckets as 1.4 has them",
    },
    Excuse {
        complaint: "",
        of: |it| it.version() == V1_5 && it.says("FlowCounters"),
        why: "in 1.5 it takes the first padding of flow statistics for a byte",
    },
    Excuse {
        complaint: "Malformed",
        of: |it| matches!(it.message(), Message::ControllerStatus(it) if !it.properties.is_empty()),
        why: "it looks for what follows a URI at where it begins and ends, added up",
    },
    Excuse {
        complaint: "",
        of: |it| it.says("ControllerStatus([") && it.says("}, ControllerStatus"),
        why: "it takes the second of several controllers for a property of the first",
    },
    Excuse {
        complaint: "Unknown",
        of: |it| it.says("Unknown") || it.says("oxm_8000_100"),
        why: "we do not know it either",
    },
];

const OPENFLOW_BASIC: [u8; 2] = [0x80, 0];
/// Length of an Ethernet header in bytes.
const ETHERNET: usize = 14;
