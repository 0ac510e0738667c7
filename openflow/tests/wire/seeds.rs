//! What the fuzzer starts from: the vectors, lists of everything, and whole conversations.

use std::fs;

use openflow::Version;

use crate::corpus::folder;
use crate::lengths::lists;
use crate::nested::NESTED;
use crate::vectors::vectors;

/// A target, a name, and bytes for it.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

pub(crate) fn seeds() -> Vec<Seed> {
    // What `decode` takes, `roundtrip` takes too.
    let messages = messages().into_iter().map(|(name, message)| ("decode", name, message));
    let mut all: Vec<Seed> = messages.collect();
    for (bit, version) in (0..).zip(Version::ALL) {
        for (number, messages) in (0..).zip(spoken(version).chunks(4)) {
            let name = format!("{version}-{number}");
            all.push(("channel", name.clone(), conversation(bit, messages)));
            all.push(("framing", name, stream(messages)));
        }
    }
    all
}

/// Returns the vectors, each list with two elements, and lists in lists.
fn messages() -> Vec<(String, Vec<u8>)> {
    let vectors = (0..).zip(vectors()).map(|(number, vector)| {
        let kind = vector.frame.message.type_name().to_lowercase();
        (format!("{kind}-{number}"), vector.bytes.to_vec())
    });
    let lists = lists().into_iter().map(|list| {
        (format!("list-of-{}", list.name.replace(' ', "-")), list.message(2, None).to_vec())
    });
    let nested = NESTED.into_iter().flat_map(|(name, message)| {
        Version::ALL.map(|version| {
            let name = format!("{}-{version}", name.replace(' ', "-"));
            (name, message(version.wire(), 1))
        })
    });
    vectors.chain(lists).chain(nested).filter(|(_, message)| message.len() <= ROOM).collect()
}

/// Returns a handshake and what is said after it, in the form of the target `channel`.
fn conversation(bit: u8, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut events = vec![1 << bit, OPENED, ANSWER, ANSWER, ANSWER, ANSWER];
    for message in messages {
        events.extend_from_slice(&[MESSAGE, message.len() as u8]);
        events.extend_from_slice(message);
    }
    events.extend_from_slice(&[IDLE, IDLE, ANSWER, IDLE, IDLE, ECHO]);
    events
}

/// Returns messages that arrive in pieces, in the form of the target `framing`.
fn stream(messages: &[Vec<u8>]) -> Vec<u8> {
    [&[5, 3, 7, 0, 64, 255], &messages.concat()[..]].concat()
}

/// Returns the vectors of a version that fit into a conversation.
fn spoken(version: Version) -> Vec<Vec<u8>> {
    let vectors = vectors().into_iter().filter(|vector| vector.frame.version == version);
    vectors.map(|vector| vector.bytes.to_vec()).filter(|message| message.len() < 100).collect()
}

/// Length of the longest message that is worth starting from, in bytes.
const ROOM: usize = 4_000;
const OPENED: u8 = 0;
const IDLE: u8 = 2;
const ECHO: u8 = 3;
const ANSWER: u8 = 4;
const MESSAGE: u8 = 5;

#[test]
#[ignore = "writes the seeds of the fuzz targets: docs/fuzzing.md"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds() {
        let folder = folder(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
    }
}
