//! What the fuzzer started from and what it found, once more: `openflow/fuzz/corpus` and, if it did harm
//! once, `openflow/fuzz/regressions`.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use openflow::{Frame, Version};

use crate::fuzz::{channel, decode, framing, roundtrip};
use crate::seeds::seeds;
use crate::vectors::vectors;

/// A check of bytes, by its name.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] =
    [("decode", decode), ("roundtrip", roundtrip), ("channel", channel), ("framing", framing)];

#[test]
fn no_bytes_that_were_kept_do_harm() {
    for (target, _) in TARGETS {
        let inputs = inputs(&folder(target));
        assert!(inputs.len() > 10, "{target}: {} inputs", inputs.len());
        inputs.iter().for_each(|(path, input)| check_all(&path.display().to_string(), input));
    }
    for (path, input) in inputs(&folder("../regressions")) {
        check_all(&path.display().to_string(), &input);
    }
}

#[test]
fn no_vector_and_no_seed_does_harm() {
    for vector in vectors() {
        check_all(&format!("{:?}", vector.frame), &vector.bytes);
    }
    for (target, name, input) in seeds() {
        check_all(&format!("{target} {name}"), &input);
    }
}

/// Every target takes any bytes, those of another too.
fn check_all(name: &str, input: &[u8]) {
    for (target, check) in TARGETS {
        assert!(catch_unwind(|| check(input)).is_ok(), "{target}: {name}");
    }
}

#[test]
fn the_corpus_holds_messages_of_every_version() {
    for version in Version::ALL {
        let messages = inputs(&folder("decode")).into_iter().map(|(_, input)| Bytes::from(input));
        let kinds: BTreeSet<u8> = messages
            .filter_map(|message| Frame::decode(&message).ok())
            .filter(|frame| frame.version == version)
            .map(|frame| frame.message.kind(version).0)
            .collect();
        assert!(kinds.len() >= 8, "{version}: {kinds:?}; next: write the seeds, docs/fuzzing.md");
    }
}

/// A check that nothing fails would check nothing.
#[test]
fn a_target_that_panics_is_noticed() {
    let broken: Target = ("broken", |input| assert!(input.is_empty()));
    assert!(catch_unwind(|| broken.1(b"")).is_ok());
    assert!(catch_unwind(|| broken.1(b"1")).is_err());
}

/// Returns the inputs in a folder, by their files; none if there is no such folder.
fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Returns the folder of what was kept for a target.
pub(crate) fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}
