//! Messages made to be dear: lists of the smallest elements, within lists, within lists.

/// A name, and the message with so many elements in a version.
pub(crate) type Nested = (&'static str, fn(u8, usize) -> Vec<u8>);

pub(crate) const NESTED: [Nested; 18] = [
    ("actions in clones", |v, n| packet_out(v, &clones(4, &POP_VLAN.repeat(n)))),
    ("clones in clones", |v, n| packet_out(v, &clones(4, &POP_VLAN).repeat(n))),
    ("clones deeper than anybody reads", |v, n| packet_out(v, &clones(n, &POP_VLAN))),
    ("nats in conntracks", |v, n| packet_out(v, &conntracks(4, &NAT.repeat(n)))),
    ("conntracks in conntracks", |v, n| packet_out(v, &conntracks(4, &NAT).repeat(n))),
    ("specs in learns", |v, n| packet_out(v, &learn().repeat(n))),
    ("properties in actions to controllers", |v, n| packet_out(v, &controller().repeat(n))),
    ("members of a bundle", |v, n| packet_out(v, &bundle(4 * n))),
    ("actions that nobody knows", |v, n| packet_out(v, &UNKNOWN_ACTION.repeat(n))),
    ("actions in instructions", |v, n| flow_mod(v, &apply(&UNKNOWN_ACTION.repeat(n)).repeat(8))),
    ("actions in buckets", |v, n| group_mod(v, &bucket(&UNKNOWN_ACTION).repeat(n))),
    ("actions in instructions in flows", |v, n| reply(v, 1, &flow(&[], &POP_VLAN).repeat(n))),
    ("fields in flows", |v, n| reply(v, 1, &flow(&FIELD.repeat(256), &[]).repeat(n))),
    ("properties in ports", |v, n| reply(v, 13, &port().repeat(n))),
    ("headers in properties in tables", |v, n| reply(v, 12, &table(&headers(), 4).repeat(n))),
    ("tables in properties in tables", |v, n| reply(v, 12, &table(&[2; 960], 4).repeat(n))),
    ("fields in properties of a packet-in", |v, n| packet_in2(v, &metadata().repeat(n))),
    ("a flow-mod in a bundle", |v, n| {
        bundle_add(v, &flow_mod(v, &apply(&clones(4, &POP_VLAN)).repeat(n)))
    }),
];

/// Returns the longest message of which `read` can be said, if there is any, with an even number of elements.
pub(crate) fn longest(
    message: impl Fn(usize) -> Vec<u8>,
    read: impl Fn(Vec<u8>) -> bool,
) -> Option<usize> {
    let (one, two) = (message(1).len(), message(2).len());
    let each = two.checked_sub(one).filter(|&each| each > 0)?;
    let room = (usize::from(u16::MAX) - one) / each + 1;
    // Lists that are bounded hold 256.
    [room - room % 2, 256, 2]
        .into_iter()
        .filter(|times| *times <= room)
        .find(|times| read(message(*times)))
}

const POP_VLAN: [u8; 8] = [0, 18, 0, 8, 0, 0, 0, 0];
const UNKNOWN_ACTION: [u8; 8] = [0, 99, 0, 8, 0, 0, 0, 0];
const NAT: [u8; 16] = [0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 0, 36, 0, 0, 0, 0, 0, 0];
/// A field of a class that nobody knows, without a value.
const FIELD: [u8; 4] = [0, 7, 0, 0];

fn message(version: u8, kind: u8, body: &[&[u8]]) -> Vec<u8> {
    let mut message = [&[version, kind, 0, 0, 0, 0, 0, 7], &body.concat()[..]].concat();
    stamp(&mut message, 2);
    message
}

fn packet_out(version: u8, actions: &[u8]) -> Vec<u8> {
    let length = (actions.len() as u16).to_be_bytes();
    message(version, 13, &[&[0xff; 8], &length, &[0; 6], actions])
}

fn flow_mod(version: u8, instructions: &[u8]) -> Vec<u8> {
    message(version, 14, &[&[0; 40], &[0, 1, 0, 4, 0, 0, 0, 0], instructions])
}

fn group_mod(version: u8, buckets: &[u8]) -> Vec<u8> {
    message(version, 15, &[&[0, 0, 0, 0, 0, 0, 0, 4], buckets])
}

fn reply(version: u8, kind: u8, entries: &[u8]) -> Vec<u8> {
    message(version, 19, &[&[0, kind, 0, 0, 0, 0, 0, 0], entries])
}

fn packet_in2(version: u8, properties: &[u8]) -> Vec<u8> {
    message(version, 4, &[&[0, 0, 0x23, 0x20, 0, 0, 0, 30], properties])
}

fn bundle_add(version: u8, change: &[u8]) -> Vec<u8> {
    message(version, 34, &[&[0, 0, 0, 9, 0, 0, 0, 1], change])
}

/// Returns one of Nicira's actions, brought up to a multiple of 8 bytes.
fn nicira(subtype: u8, arguments: &[u8], list: &[u8]) -> Vec<u8> {
    let head = [0xff, 0xff, 0, 0, 0, 0, 0x23, 0x20, 0, subtype];
    let mut action = [&head, arguments, list].concat();
    action.resize(action.len().next_multiple_of(8), 0);
    stamp(&mut action, 2);
    action
}

fn clones(depth: usize, actions: &[u8]) -> Vec<u8> {
    (0..depth).fold(actions.to_vec(), |actions, _| nicira(42, &[0; 6], &actions))
}

fn conntracks(depth: usize, actions: &[u8]) -> Vec<u8> {
    (0..depth).fold(actions.to_vec(), |actions, _| nicira(35, &[0; 14], &actions))
}

/// Returns a learn with as many specs as there may be.
fn learn() -> Vec<u8> {
    let spec = [0x20, 0, 0, 0, 0, 2, 0, 0];
    nicira(16, &[0; 22], &spec.repeat(256))
}

fn controller() -> Vec<u8> {
    nicira(37, &[0; 6], &[0, 99, 0, 4, 0, 0, 0, 0].repeat(256))
}

fn bundle(members: usize) -> Vec<u8> {
    let mut arguments = [0; 22];
    arguments[8..10].copy_from_slice(&[0, 2]);
    arguments[10..12].copy_from_slice(&(members as u16).to_be_bytes());
    nicira(12, &arguments, &[0, 1].repeat(members))
}

fn apply(actions: &[u8]) -> Vec<u8> {
    let mut instruction = [&[0, 4, 0, 0, 0, 0, 0, 0], actions].concat();
    stamp(&mut instruction, 2);
    instruction
}

fn bucket(actions: &[u8]) -> Vec<u8> {
    let mut bucket = [&[0; 16], actions].concat();
    stamp(&mut bucket, 0);
    bucket
}

fn flow(fields: &[u8], actions: &[u8]) -> Vec<u8> {
    let mut matched = [&[0, 1, 0, 0], fields].concat();
    stamp(&mut matched, 2);
    matched.resize(matched.len().next_multiple_of(8), 0);
    let mut flow = [&[0; 48], &matched[..], &apply(actions)].concat();
    stamp(&mut flow, 0);
    flow
}

fn port() -> Vec<u8> {
    let mut port = [&[0; 40][..], &[0, 99, 0, 4, 0, 0, 0, 0].repeat(256)].concat();
    stamp(&mut port, 4);
    port
}

/// Returns what a table can do, with this property so many times.
fn table(list: &[u8], times: usize) -> Vec<u8> {
    let kind = if list[0] == 0 { 4 } else { 2 };
    let mut property = [&[0, kind, 0, 0], list].concat();
    stamp(&mut property, 2);
    property.resize(property.len().next_multiple_of(8), 0);
    let mut table = [&[0; 64][..], &property.repeat(times)].concat();
    stamp(&mut table, 0);
    table
}

fn headers() -> Vec<u8> {
    [0, 0, 0, 4].repeat(256)
}

fn metadata() -> Vec<u8> {
    let mut property = [&[0, 6, 0, 0], &FIELD.repeat(256)[..]].concat();
    stamp(&mut property, 2);
    property.resize(property.len().next_multiple_of(8), 0);
    property
}

/// Writes how long it is into its length field.
fn stamp(bytes: &mut [u8], field: usize) {
    let length = (bytes.len() as u16).to_be_bytes();
    bytes[field..field + 2].copy_from_slice(&length);
}
