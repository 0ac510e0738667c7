//! The shape of the workspace: who may import whom, what pure code may not name, how long a file may be.
//!
//! Each rule is a function from text to complaints, so that every rule is also shown to find a planted slip.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The only dependencies of each crate, ours first. A new one is a decision: change it here and say why.
const DEPENDENCIES: [(&str, &[&str]); 5] = [
    // `serde` is optional there: it prints messages for `baton decode` and is no part of the codec.
    ("openflow", &["bitflags", "bytes", "serde", "smallvec", "thiserror"]),
    ("migration", &["openflow", "serde", "thiserror"]),
    (
        "consensus",
        &[
            "migration",
            "crc32c",
            "nix",
            "openraft",
            "postcard",
            "prost",
            "serde",
            "sled",
            "thiserror",
            "tokio",
            "tokio-stream",
            "tonic",
            "tonic-prost",
            "tracing",
        ],
    ),
    (
        "controller",
        &[
            "openflow",
            "migration",
            "consensus",
            "aws-lc-rs",
            "axum",
            "bytes",
            "clap",
            "clap_complete",
            "comfy-table",
            "etherparse",
            "foldhash",
            "getrandom",
            // tonic asks a connector for its kind of stream.
            "hyper-util",
            // To change places with a folder in one step.
            "nix",
            "postcard",
            "prometheus-client",
            "prost",
            "rcgen",
            "rustls",
            "serde",
            "serde_json",
            "serde_norway",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tokio-stream",
            "toml",
            "tonic",
            "tonic-prost",
            "tracing",
            "tracing-subscriber",
            "x509-parser",
        ],
    ),
    (
        "testbed",
        &[
            "openflow",
            "migration",
            "consensus",
            "controller",
            "bytes",
            "clap",
            "hdrhistogram",
            "nix",
            "plotters",
            "rustls",
            "serde",
            "serde_json",
            "stateright",
            "tempfile",
            "thiserror",
            "tokio",
            "tonic",
            "tracing",
            "tracing-subscriber",
        ],
    ),
];

/// Code that runs behind sockets, in a simulator and under a model checker alike.
const PURE: [&str; 20] = [
    "openflow/src",
    "migration/src",
    "controller/src/app",
    "testbed/src/model",
    "testbed/src/vswitch",
    "testbed/src/oracle.rs",
    "testbed/src/seeded.rs",
    "testbed/src/proxy/distribution.rs",
    "testbed/src/chaos/blow.rs",
    "testbed/src/chaos/check",
    "testbed/src/chaos/weather.rs",
    "testbed/src/bench/cell.rs",
    "testbed/src/bench/chance.rs",
    "testbed/src/bench/outcome.rs",
    "testbed/src/bench/plan.rs",
    "testbed/src/bench/preparation.rs",
    "testbed/src/bench/sample.rs",
    "testbed/src/bench/stats.rs",
    "testbed/src/bench/study.rs",
    "testbed/src/bench/table.rs",
];

/// What pure code may not name: the outside world, and chance.
const IMPURE: [&str; 15] = [
    "tokio",
    "async fn",
    "std::time",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::fs",
    "std::io",
    "std::env",
    "std::thread",
    "Instant",
    "SystemTime",
    "rand::",
    "tracing",
    "println",
];

/// What makes one run differ from the next by its order of iteration, where replicas and checkers must agree.
const UNORDERED: [&str; 2] = ["HashMap", "HashSet"];

/// Pure code on the way of every packet: it may look things up in a hash table.
const HOT: &str = "controller/src/app";

/// `core::time::Duration` is a number; it reads better under its usual name.
const PURE_AFTER_ALL: &str = "std::time::Duration";

/// What only one crate, or one file, may name.
const CONFINED: [(&str, &str, &str); 4] = [
    ("sled::", "consensus/src", "one file"),
    ("Step::", "migration", "one crate"),
    ("Fact::", "migration", "one crate"),
    ("openraft::", "consensus", "one crate"),
];

/// What looks into tables, and breaks them, to see that a check notices.
const CHECKERS: [&str; 2] = ["testbed/src/model", "testbed/tests/model.rs"];

const MAX_LINES: usize = 800;

#[test]
fn crates_import_only_what_the_design_allows() {
    for (name, allowed) in DEPENDENCIES {
        let manifest = read(&root().join(name).join("Cargo.toml"));
        assert_eq!(foreign_dependencies(&manifest, allowed), [""; 0], "{name}/Cargo.toml");
    }
}

/// With two providers of cryptography in one program, rustls panics at the first use of a default; and the one that
/// is chosen is the one that is tested.
#[test]
fn there_is_one_provider_of_cryptography() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "tree",
        "--locked",
        "--workspace",
        "--edges=normal,build,dev",
        "--prefix=none",
        "--format={lib}",
    ]);
    let output = cargo.current_dir(root()).output().unwrap();
    let used = String::from_utf8(output.stdout).unwrap();
    let uses = |library: &str| used.lines().any(|line| line.trim() == library);
    assert!(uses("aws_lc_rs"), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!uses("ring"), "next: cargo tree --workspace -i ring");
}

#[test]
fn pure_code_names_nothing_of_the_world() {
    let mut files = 0;
    for (path, text) in sources().filter(|(path, _)| PURE.iter().any(|p| path.starts_with(p))) {
        assert_eq!(named(&text, &IMPURE), [""; 0], "{}", path.display());
        if !path.starts_with(HOT) {
            assert_eq!(named(&text, &UNORDERED), [""; 0], "{}", path.display());
        }
        files += 1;
    }
    assert!(files > 20, "the pure code was looked at: {files} files");
}

#[test]
fn what_is_confined_stays_where_it_is() {
    for (word, home, extent) in CONFINED {
        let named: Vec<PathBuf> = sources()
            .filter(|(path, text)| {
                !is_this_file(path) && code(text).any(|(_, line)| line.contains(word))
            })
            .map(|(path, _)| path)
            .collect();
        let checks = |path: &&PathBuf| CHECKERS.iter().any(|home| path.starts_with(home));
        let strangers: Vec<_> = named
            .iter()
            .filter(|path| !path.starts_with(home))
            .filter(|path| !checks(path))
            .collect();
        assert!(strangers.is_empty(), "{word} belongs into {home}, not {strangers:?}");
        assert!(
            extent != "one file" || named.len() <= 1,
            "{word} belongs into one file, not {named:?}"
        );
    }
}

#[test]
fn files_are_short() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{}: {lines} lines, at most {MAX_LINES}", path.display());
    }
}

#[test]
fn no_test_is_silently_ignored_and_no_path_of_one_machine_is_named() {
    for (path, text) in sources().filter(|(path, _)| !is_this_file(path)) {
        for (number, line) in code(&text) {
            let at = format!("{}:{number}", path.display());
            // A measurement may wait to be asked for, and says so; a check may not.
            assert!(!line.contains("#[ignore]"), "{at}: a check is skipped without a word");
            for machine in ["/work/", "/root/", "/home/"] {
                assert!(!line.contains(machine), "{at} names a path of one machine");
            }
        }
    }
}

#[test]
fn every_library_file_says_what_it_is_for() {
    let homes = ["openflow/src", "migration/src", "consensus/src", "controller/src", "testbed/src"];
    let library = |path: &Path| {
        homes.iter().any(|home| path.starts_with(home)) && !path.ends_with("tests.rs")
    };
    for (path, text) in sources().filter(|(path, _)| library(path)) {
        let first = text.lines().find(|line| !line.starts_with("#![")).unwrap_or_default();
        let speaks =
            first.starts_with("//!") || text.contains("\n/// ") || text.starts_with("/// ");
        assert!(speaks, "{} has no word of explanation", path.display());
    }
}

#[test]
fn each_rule_finds_a_planted_slip() {
    let manifest = "[dependencies]\nserde = '1'\ntokio = '1'\n[build-dependencies]\ncc = '1'\n";
    assert_eq!(foreign_dependencies(manifest, &["serde"]), ["tokio"]);
    let text =
        "use std::time::Duration;\nuse std::time::Instant;\n// tokio is no word of the code\n";
    assert_eq!(named(text, &IMPURE), ["line 2: std::time", "line 2: Instant"]);
    assert_eq!(code("a // b\n//! c\nd").collect::<Vec<_>>(), [(1, "a "), (2, ""), (3, "d")]);
}

/// Returns the dependencies of `manifest` that are not `allowed`.
fn foreign_dependencies(manifest: &str, allowed: &[&str]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let names = dependencies.into_iter().flat_map(toml::Table::keys);
    names.filter(|name| !allowed.contains(&name.as_str())).cloned().collect()
}

/// Returns where `text` names one of `words` in its code.
fn named(text: &str, words: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for (number, line) in code(text) {
        let line = line.replace(PURE_AFTER_ALL, "");
        let here = words.iter().filter(|word| line.contains(**word));
        found.extend(here.map(|word| format!("line {number}: {word}")));
    }
    found
}

/// Returns the numbered lines of `text` without their comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines().map(|line| line.split("//").next().unwrap_or_default()))
}

/// Returns every Rust and Python file of the workspace, by its path in the workspace.
fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    let mut folders = vec![root()];
    let mut files = vec![];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if kind == "rs" || kind == "py" {
                files.push(path);
            }
        }
    }
    files.sort();
    let within = |path: &Path| path.strip_prefix(root()).unwrap().to_owned();
    files.into_iter().map(move |path| (within(&path), read(&path)))
}

fn is_this_file(path: &Path) -> bool {
    path.ends_with("tests/tidy.rs")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
