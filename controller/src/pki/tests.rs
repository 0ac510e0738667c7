use super::*;
use crate::tls::{Identity, Role};
use migration::NodeId;
use openflow::Dpid;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use tempfile::TempDir;

/// A folder with its authorities.
pub(crate) fn pki() -> (TempDir, Pki) {
    let dir = TempDir::new().unwrap();
    Pki::init(dir.path(), Validity::days(3_650)).unwrap().write().unwrap();
    let pki = Pki::open(dir.path()).unwrap();
    (dir, pki)
}

pub(crate) fn node(id: u64) -> Subject {
    Subject::new(Identity::Node(NodeId(id)), vec!["127.0.0.1".to_owned(), "ctl.test".to_owned()])
}

pub(crate) fn switch(name: &str) -> Subject {
    let dpids = vec![Dpid(1), Dpid(0xab)];
    Subject::new(Identity::Switch { name: name.to_owned(), dpids }, vec![])
}

pub(crate) fn person(name: &str, role: Role) -> Subject {
    Subject::new(Identity::Person { name: name.to_owned(), role }, vec![])
}

pub(crate) fn issue(pki: &Pki, subject: &Subject) {
    pki.issue(subject, Validity::days(365)).unwrap().write().unwrap();
}

/// Returns every file under `dir` with its mode and what is in it.
fn everything(dir: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut found = Vec::new();
    for name in list(dir).unwrap() {
        let path = dir.join(&name);
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        if path.is_dir() {
            let inner = everything(&path).into_iter();
            found.push((name.clone(), mode, vec![]));
            found.extend(inner.map(|(file, mode, bytes)| (format!("{name}/{file}"), mode, bytes)));
        } else {
            found.push((name, mode, read(&path).unwrap()));
        }
    }
    found
}

fn modes(dir: &Path) -> Vec<(String, u32)> {
    everything(dir).into_iter().map(|(name, mode, _)| (name, mode)).collect()
}

fn text(pki: &Pki, file: &str) -> String {
    read_text(&pki.dir.join(file)).unwrap()
}

fn facts(pki: &Pki, file: &str) -> Facts {
    first(&pki.dir.join(file)).unwrap()
}

/// Runs OpenSSL, which judges what we make as Open vSwitch will.
fn openssl(dir: &Path, arguments: &str) -> (bool, String) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output();
    let output = output.expect("the openssl program judges the certificates: install it");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn folders_have_the_files_that_their_readers_take_and_keys_are_private() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    issue(&pki, &switch("s1"));
    issue(&pki, &person("ann", Role::Operator));
    let expected = [
        ("ca", 0o700),
        ("ca/admin.crt", 0o644),
        ("ca/admin.key", 0o600),
        ("ca/node.crt", 0o644),
        ("ca/node.key", 0o600),
        ("ca/switch.crt", 0o644),
        ("ca/switch.key", 0o600),
        ("node-1", 0o700),
        ("node-1/admin-ca.pem", 0o644),
        ("node-1/cert.pem", 0o644),
        ("node-1/key.pem", 0o600),
        ("node-1/node-ca.pem", 0o644),
        ("node-1/switch-ca.pem", 0o644),
        ("person-ann", 0o700),
        ("person-ann/ca.pem", 0o644),
        ("person-ann/cert.pem", 0o644),
        ("person-ann/key.pem", 0o600),
        ("switch-s1", 0o700),
        ("switch-s1/ca.pem", 0o644),
        ("switch-s1/cert.pem", 0o644),
        ("switch-s1/key.pem", 0o600),
    ];
    assert_eq!(modes(dir.path()), expected.map(|(name, mode)| (name.to_owned(), mode)));
    for (file, authority) in [
        ("node-1/node-ca.pem", "ca/node.crt"),
        ("node-1/switch-ca.pem", "ca/switch.crt"),
        ("node-1/admin-ca.pem", "ca/admin.crt"),
        ("switch-s1/ca.pem", "ca/node.crt"),
        ("person-ann/ca.pem", "ca/node.crt"),
    ] {
        assert_eq!(text(&pki, file), text(&pki, authority), "{file}");
    }
}

#[test]
fn certificates_say_who_their_owners_are() {
    let (_dir, pki) = pki();
    for subject in [node(1), switch("s1"), person("ann", Role::Admin)] {
        issue(&pki, &subject);
        let facts = facts(&pki, &format!("{}/cert.pem", subject.folder()));
        assert_eq!(Subject::of(&facts).as_ref(), Ok(&subject));
        assert!(!facts.is_authority);
        let authority = subject.authority();
        assert!(facts.issuer.starts_with(&format!("CN=baton {authority} CA ")), "{facts:?}");
        assert!((363..=365).contains(&facts.days_left(unix_ms())));
    }
    let hosts = facts(&pki, "switch-s1/cert.pem").hosts;
    assert_eq!(hosts, ["s1"]);
}

#[test]
fn openssl_takes_what_is_made_for_what_it_is() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    issue(&pki, &switch("s1"));
    issue(&pki, &person("ann", Role::Viewer));
    for (ca, purpose, folder, fits) in [
        ("node", "sslserver", "node-1", true),
        ("node", "sslclient", "node-1", true),
        ("switch", "sslclient", "switch-s1", true),
        ("switch", "sslserver", "switch-s1", false),
        ("admin", "sslclient", "person-ann", true),
        ("admin", "sslserver", "person-ann", false),
        ("admin", "sslclient", "switch-s1", false),
        ("switch", "sslclient", "node-1", false),
    ] {
        let verify =
            format!("verify -x509_strict -CAfile ca/{ca}.crt -purpose {purpose} {folder}/cert.pem");
        let (taken, said) = openssl(dir.path(), &verify);
        assert_eq!(taken, fits, "{verify}: {said}");
    }
    let (_, said) = openssl(dir.path(), "x509 -in ca/node.crt -noout -text");
    for words in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "prime256v1"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (_, said) = openssl(dir.path(), "x509 -in node-1/cert.pem -noout -fingerprint -sha256");
    assert!(said.trim().ends_with(&facts(&pki, "node-1/cert.pem").sha256), "{said}");
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    let before = everything(dir.path());
    let again = Pki::init(dir.path(), Validity::days(1));
    assert!(matches!(again, Err(PkiError::Exists(path)) if path.ends_with("ca")));
    let again = pki.issue(&node(1), Validity::days(1));
    assert!(matches!(again, Err(PkiError::Exists(path)) if path.ends_with("node-1")));
    // Not even if it has come in between.
    let (change, twin) =
        (pki.issue(&node(2), Validity::days(1)), pki.issue(&node(2), Validity::days(1)));
    change.unwrap().write().unwrap();
    let second = text(&pki, "node-2/cert.pem");
    assert!(matches!(twin.unwrap().write(), Err(PkiError::Exists(_))));
    assert_eq!(text(&pki, "node-2/cert.pem"), second);
    fs::remove_dir_all(dir.path().join("node-2")).unwrap();
    assert_eq!(everything(dir.path()), before);
}

#[test]
fn a_change_writes_nothing_until_it_is_written() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    let before = everything(dir.path());
    let year = Validity::days(365);
    pki.issue(&switch("s1"), year).unwrap();
    pki.rotate("node-1", year).unwrap();
    pki.roll_over(Authority::Node, year).unwrap();
    assert_eq!(everything(dir.path()), before);
}

#[test]
fn nothing_outlives_its_authority() {
    let (_dir, pki) = pki();
    let issued = pki.issue(&node(1), Validity::days(3_651));
    assert!(matches!(issued, Err(PkiError::Outlives { authority: Authority::Node, .. })));
}

#[test]
fn a_rotation_changes_key_and_certificate_and_nothing_else() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    fs::write(dir.path().join("node-1/crl.pem"), "a list").unwrap();
    let old = ["cert.pem", "key.pem"].map(|file| text(&pki, &format!("node-1/{file}")));
    let (modes_before, facts_before) = (modes(dir.path()), facts(&pki, "node-1/cert.pem"));
    // What a crash has left is in nobody's way.
    fs::create_dir(dir.path().join(".node-1.new")).unwrap();
    fs::write(dir.path().join(".node-1.new/key.pem"), "half").unwrap();
    pki.rotate("node-1", Validity::days(100)).unwrap().write().unwrap();

    let new = ["cert.pem", "key.pem"].map(|file| text(&pki, &format!("node-1/{file}")));
    assert!(old[0] != new[0] && old[1] != new[1]);
    let facts = facts(&pki, "node-1/cert.pem");
    assert_eq!(Subject::of(&facts), Subject::of(&facts_before));
    assert_ne!(facts.public_key, facts_before.public_key);
    assert_eq!(text(&pki, "node-1/crl.pem"), "a list");
    let private = |(name, mode): (String, u32)| {
        (name.clone(), if name.ends_with("crl.pem") { 0o600 } else { mode })
    };
    assert_eq!(modes(dir.path()), modes_before.into_iter().map(private).collect::<Vec<_>>());
    let missing = pki.rotate("node-9", Validity::days(1));
    assert!(matches!(missing, Err(PkiError::Missing(_))));
}

#[test]
fn an_authority_is_rolled_over_with_overlap() {
    let (dir, pki) = pki();
    let year = Validity::days(365);
    for subject in [node(1), switch("s1"), person("ann", Role::Viewer)] {
        issue(&pki, &subject);
    }
    let old = text(&pki, "ca/node.crt");
    let trusting = ["node-1/node-ca.pem", "switch-s1/ca.pem", "person-ann/ca.pem"];
    let verifies = |file: &str, folder: &str| {
        openssl(dir.path(), &format!("verify -CAfile {file} {folder}/cert.pem")).0
    };
    assert!(matches!(pki.finish(Authority::Node), Err(PkiError::NothingToFinish(_))));

    pki.roll_over(Authority::Node, Validity::days(3_650)).unwrap().write().unwrap();
    let both = text(&pki, "ca/node.crt");
    assert!(both.ends_with(&old) && both.len() > old.len());
    for file in trusting {
        assert_eq!(text(&pki, file), both, "{file}");
    }
    assert_ne!(text(&pki, "node-1/switch-ca.pem"), both);
    // Both the old certificate and a new one are taken by whoever has the new bundle.
    issue(&pki, &node(2));
    assert!(verifies("switch-s1/ca.pem", "node-1") && verifies("switch-s1/ca.pem", "node-2"));
    fs::write(dir.path().join("old.crt"), &old).unwrap();
    assert!(verifies("old.crt", "node-1") && !verifies("old.crt", "node-2"));

    let again = pki.roll_over(Authority::Node, year);
    assert!(matches!(again, Err(PkiError::UnderWay(Authority::Node))));
    let early = pki.finish(Authority::Node);
    assert!(matches!(early, Err(PkiError::InUse { folders, .. }) if folders == ["node-1"]));
    pki.rotate("node-1", year).unwrap().write().unwrap();
    pki.finish(Authority::Node).unwrap().write().unwrap();
    let new = text(&pki, "ca/node.crt");
    assert_eq!(both, new.clone() + &old);
    for file in trusting {
        assert_eq!(text(&pki, file), new, "{file}");
    }
    assert!(verifies("switch-s1/ca.pem", "node-1") && verifies("switch-s1/ca.pem", "node-2"));
}

#[test]
fn a_roll_over_that_stopped_half_way_can_be_ended() {
    let (_dir, pki) = pki();
    issue(&pki, &node(1));
    let (old, key) = (text(&pki, "ca/node.crt"), text(&pki, "ca/node.key"));
    pki.roll_over(Authority::Node, Validity::days(3_650)).unwrap().write().unwrap();
    // As if it had crashed before the new key, its last step.
    fs::write(pki.dir.join("ca/node.key"), key).unwrap();
    issue(&pki, &node(2));
    assert_eq!(facts(&pki, "node-1/cert.pem").issuer, facts(&pki, "node-2/cert.pem").issuer);
    pki.finish(Authority::Node).unwrap().write().unwrap();
    assert_eq!(text(&pki, "ca/node.crt"), old);
}

#[test]
fn a_foreign_authority_is_trusted_beside_ours_for_ever() {
    let (dir, pki) = pki();
    let (made, said) = openssl(
        dir.path(),
        "req -x509 -newkey rsa:2048 -nodes -keyout foreign.key -out foreign.crt -subj /CN=switchca",
    );
    assert!(made, "{said}");
    let foreign = text(&pki, "foreign.crt");
    // With the words that `ovs-pki` puts before it.
    let crt = dir.path().join("ca/switch.crt");
    fs::write(&crt, text(&pki, "ca/switch.crt") + "Certificate:\n    Data:\n" + &foreign).unwrap();
    issue(&pki, &node(1));
    assert!(text(&pki, "node-1/switch-ca.pem").contains(&foreign));
    pki.roll_over(Authority::Switch, Validity::days(1)).unwrap().write().unwrap();
    pki.finish(Authority::Switch).unwrap().write().unwrap();
    let trusted = certificates(&dir.path().join("node-1/switch-ca.pem")).unwrap();
    let names: Vec<_> = trusted.iter().map(|(_, facts)| facts.subject.as_str()).collect();
    assert!(names.len() == 2 && names.contains(&"CN=switchca"), "{names:?}");
}

#[test]
fn what_is_damaged_is_named() {
    let (dir, pki) = pki();
    let crt = dir.path().join("ca/node.crt");
    fs::copy(dir.path().join("ca/switch.crt"), &crt).unwrap();
    let error = pki.issue(&node(1), Validity::days(1)).unwrap_err().to_string();
    assert!(error.contains("ca/node.crt: none of its certificates belongs to "), "{error}");
    fs::write(&crt, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let error = pki.issue(&node(1), Validity::days(1)).unwrap_err().to_string();
    assert!(error.contains("ca/node.crt: not a certificate: "), "{error}");
    fs::write(dir.path().join("ca/node.key"), "").unwrap();
    let error = pki.issue(&node(1), Validity::days(1)).unwrap_err().to_string();
    assert!(error.contains("ca/node.key: no private key: "), "{error}");
    fs::remove_file(crt).unwrap();
    assert!(matches!(pki.issue(&node(1), Validity::days(1)), Err(PkiError::Missing(_))));
}

#[test]
fn no_key_is_told() {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    let change = pki.rotate("node-1", Validity::days(1)).unwrap();
    let told = format!("{change:?} {pki:?} {:?}", show(dir.path()).unwrap());
    assert!(told.starts_with("Change([\"") && told.contains("/node-1\"])"), "{told}");
    let key = text(&pki, "node-1/key.pem");
    assert!(!told.contains("PRIVATE") && !told.contains(key.lines().nth(1).unwrap()));
    assert_eq!(show(&dir.path().join("node-1/key.pem")).unwrap(), []);
}
