//! What somebody reads in a message: values by their names in the specification.

use std::collections::BTreeMap;

use openflow::{Frame, Version};
use serde_json::Value as Json;

/// Values by name. A name that a message has several times has several values, in no order: judges
/// and we list the same things one after the other, but nest them in different ways.
#[derive(Debug, Default)]
pub(crate) struct Reading(BTreeMap<String, Vec<Value>>);

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    /// A number, flags, or an address.
    Number(i128),
    /// A name; or what one side calls by a name and the other by a number.
    Text(String),
}

impl Reading {
    /// Returns what we read.
    pub(crate) fn ours(frame: &Frame) -> Self {
        let mut reading = Self::default();
        reading.walk("", &serde_json::to_value(&frame.message).unwrap());
        reading
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, name: &str, value: Value) {
        let known = VARIANTS.into_iter().find(|(variant, _)| *variant == name);
        let name = known.map_or(name, |(_, name)| name);
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Adds what a judge has by a name, if it is more than how the message is put together.
    pub(crate) fn add_judged(&mut self, version: Version, name: &str, value: Value) {
        let is_port = version == Version::V1_0 && name.contains("port");
        match value {
            _ if ["type", "length", "len", "class"].contains(&name) => {}
            _ if version == Version::V1_0 && RENUMBERED.contains(&name) => {}
            // Ports with a meaning, such as the controller, are the highest of 16 bits there.
            Value::Number(port @ 0xff00..=0xffff) if is_port => {
                self.add(name, Value::Number(0xffff_0000 | port));
            }
            value => self.add(name, value),
        }
    }

    /// Adds the value of a field of a packet, under its name and among all of them.
    pub(crate) fn add_field(&mut self, name: &str, value: Value) {
        // Wireshark shows the bit that says that there is a VLAN apart.
        let bare = match &value {
            Value::Number(tag) if name == "vlan_vid" => Value::Number(tag & 0xfff),
            other => other.clone(),
        };
        self.add(FIELD, bare);
        self.add(&format!("{FIELD} {name}"), value);
    }

    fn walk(&mut self, name: &str, json: &Json) {
        match json {
            Json::Object(map) => map.iter().for_each(|(name, json)| self.walk(name, json)),
            Json::Array(list) => list.iter().for_each(|json| self.walk(name, json)),
            Json::String(text) if ["fields", "SetField"].contains(&name) => {
                let (field, value) = text.split_once('=').unwrap();
                value.split('/').for_each(|part| self.add_field(field, Value::of(part)));
            }
            Json::String(text) if name == "dpid" => {
                self.add("datapath_id", Value::of(&format!("0x{text}")));
            }
            Json::String(text) if name == "role" => {
                let role = ROLES.iter().position(|role| role == text).unwrap();
                self.add(name, Value::Number(role as i128));
            }
            json => Value::in_json(json).into_iter().for_each(|value| self.add(name, value)),
        }
    }

    /// Returns the names that both have, each with what is wrong about it. A judge that does not know
    /// all that it saw may have read less than we.
    pub(crate) fn compare(
        mut self,
        mut judge: Self,
        all: bool,
    ) -> BTreeMap<String, Option<String>> {
        let mut names = BTreeMap::new();
        for (name, ours) in &mut self.0 {
            let Some(theirs) = judge.0.get_mut(name) else { continue };
            ours.sort();
            theirs.sort();
            let spelled = |values: &[Value]| values.iter().any(|it| matches!(it, Value::Text(_)));
            // What one spells and the other numbers says nothing.
            if spelled(ours) == spelled(theirs) {
                let same = if all { ours == theirs } else { is_part(theirs, ours) };
                let wrong = (!same).then(|| format!("{name}: {theirs:?}, we read {ours:?}"));
                names.insert(name.clone(), wrong);
            }
        }
        names
    }
}

impl Value {
    /// Returns a value that is no list of others. In JSON, text with digits is no number.
    pub(crate) fn in_json(json: &Json) -> Option<Self> {
        match json {
            Json::Number(number) => Some(Value::Number(number.as_i128()?)),
            Json::String(text) if octets(text) => Some(Value::of(text)),
            Json::String(text) => Some(Value::Text(text.clone())),
            _ => None,
        }
    }

    /// Reads what is a number in whatever way it is written.
    pub(crate) fn of(text: &str) -> Self {
        let hexadecimal = |digits: &str| u128::from_str_radix(digits, 16).ok();
        let number = text
            .parse::<u128>()
            .ok()
            .or_else(|| text.strip_prefix("0x").and_then(hexadecimal))
            .or_else(|| text.parse::<std::net::Ipv4Addr>().ok().map(|it| u32::from(it).into()))
            .or_else(|| text.parse::<std::net::Ipv6Addr>().ok().map(u128::from))
            .or_else(|| octets(text).then(|| hexadecimal(&text.replace(':', "")))?);
        // The bits of what is too large for a positive number, such as a mask, are the same.
        number.map_or(Value::Text(text.to_owned()), |number| Value::Number(number as i128))
    }
}

/// Returns whether the text is bytes such as `02:00:ab`, an address among them.
fn octets(text: &str) -> bool {
    text.len() > 2 && text.split(':').all(|byte| byte.len() == 2)
}

/// Returns whether each of `some` is one of `all`, both in order.
fn is_part(some: &[Value], all: &[Value]) -> bool {
    let mut all = all.iter();
    some.iter().all(|value| all.any(|other| other == value))
}

/// Under which the fields of packets are, matched or set, and their masks.
pub(crate) const FIELD: &str = "packet field";

/// Roles by their numbers.
const ROLES: [&str; 4] = ["nochange", "equal", "master", "slave"];

/// What 1.0 numbers in another way than later versions do, whose numbers are ours.
const RENUMBERED: [&str; 6] = ["advertised", "capabilities", "code", "curr", "flags", "supported"];

/// What the specification calls what we have as the variant of an enum.
const VARIANTS: [(&str, &str); 13] = [
    ("Eviction", "flags"),
    ("GotoTable", "table_id"),
    ("Group", "group_id"),
    ("MaxRate", "rate"),
    ("Meter", "meter_id"),
    ("MinRate", "rate"),
    ("PopMpls", "ethertype"),
    ("PushMpls", "ethertype"),
    ("PushPbb", "ethertype"),
    ("PushVlan", "ethertype"),
    ("SetNwTtl", "nw_ttl"),
    ("SetQueue", "queue_id"),
    ("TableSyncFrom", "table_id"),
];
