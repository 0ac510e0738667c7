//! Who can be measured, and in which version.

use crate::load::Version;
use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

/// A controller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    /// Its name in tables.
    pub name: String,
    /// Versions that it speaks, of those that the generator does.
    pub versions: BTreeSet<Version>,
    /// Switches that it serves at most.
    pub most_switches: Option<usize>,
    /// The shell's words that start it, `{port}` in the place of its port; Baton is a cluster, and has none.
    pub command: Option<String>,
    /// Whether it is measured in TLS; only Baton is.
    pub tls: bool,
}

/// A controller in one version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contestant {
    /// The controller.
    pub subject: Subject,
    /// What it speaks with the generator.
    pub version: Version,
}

/// Returns Baton.
pub fn baton() -> Subject {
    Subject { command: None, ..Subject::both(BATON, "") }
}

/// Returns Baton with its switches and nodes in TLS.
pub fn baton_in_tls() -> Subject {
    Subject { name: "baton-tls".to_owned(), tls: true, ..baton() }
}

/// Returns Open vSwitch's test controller, which refuses a 17th switch.
pub fn ovs() -> Subject {
    let command = "ovs-testcontroller -vconsole:err --unixctl=none -O OpenFlow10,OpenFlow13 \
                   ptcp:{port}:127.0.0.1";
    Subject { most_switches: Some(16), ..Subject::both("ovs-testcontroller", command) }
}

/// Returns a learning switch on os-ken, where `setup.sh` has put it.
pub fn os_ken() -> Subject {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.with_file_name("target").join("rivals/os-ken/bin/python");
    let switch = here.join("rivals/os_ken_switch.py");
    Subject::both("os-ken", &format!("{} {} {{port}}", python.display(), switch.display()))
}

impl Subject {
    fn both(name: &str, command: &str) -> Self {
        let versions = BTreeSet::from([Version::V1_0, Version::V1_3]);
        let command = Some(command.to_owned());
        Self { name: name.to_owned(), versions, most_switches: None, command, tls: false }
    }

    /// Returns the program that its command names, if there is no such file to run.
    pub fn missing(&self) -> Option<&str> {
        let program = self.command.as_ref()?.split_whitespace().next()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|place| place.join(program).is_file());
        (!found).then_some(program)
    }
}

impl FromStr for Subject {
    type Err = String;

    /// Reads `name=command`, or `name@version=command` of one that speaks only that version.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, command)) = text.split_once('=') else {
            return Err(format!("{text:?} is not NAME[@VERSION]=COMMAND"));
        };
        if !command.contains("{port}") {
            return Err(format!("{command:?} does not say {{port}}: where would it listen?"));
        }
        let (name, version) = match name.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (name, None),
        };
        let mut subject = Self::both(name.trim(), command.trim());
        if let Some(version) = version {
            let version = <Version as clap::ValueEnum>::from_str(version, false)?;
            subject.versions = BTreeSet::from([version]);
        }
        Ok(subject)
    }
}

/// Returns who takes part in which version: in the one that is wanted; otherwise in the highest that all of them speak; each
/// in the highest of its own if there is none. Whoever does not speak what is wanted stays out.
pub fn contestants(subjects: Vec<Subject>, wanted: Option<Version>) -> Vec<Contestant> {
    let common = |version: &&Version| subjects.iter().all(|it| it.versions.contains(version));
    let all: BTreeSet<Version> = subjects.iter().flat_map(|it| it.versions.clone()).collect();
    let common = wanted.or(all.iter().rev().find(common).copied());
    let version = |subject: &Subject| match common {
        Some(version) => subject.versions.get(&version).copied(),
        None => subject.versions.last().copied(),
    };
    let taking_part = |subject| Some(Contestant { version: version(&subject)?, subject });
    subjects.into_iter().filter_map(taking_part).collect()
}

/// Baton's name in tables: what the others are compared with.
pub(super) const BATON: &str = "baton";

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(subjects: Vec<Subject>, wanted: Option<Version>) -> Vec<(String, Version)> {
        let found = contestants(subjects, wanted).into_iter();
        found.map(|it| (it.subject.name, it.version)).collect()
    }

    #[test]
    fn a_rival_is_read_with_and_without_a_version() {
        let old: Subject = "old@1.0=/opt/old -p {port}".parse().unwrap();
        assert_eq!((&*old.name, old.versions.len()), ("old", 1));
        assert_eq!(old.command.as_deref(), Some("/opt/old -p {port}"));
        let any: Subject = "any=sh -c 'a=b any {port}'".parse().unwrap();
        assert_eq!((&*any.name, any.versions.len()), ("any", 2));
        for wrong in ["name", "name=command", "name@2.0=command {port}"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_speak_the_highest_in_common_or_each_its_own() {
        let of = |name: &str, versions: &[Version]| Subject {
            versions: versions.iter().copied().collect(),
            ..Subject::both(name, "")
        };
        let (v1_0, v1_3) = (Version::V1_0, Version::V1_3);
        let (old, new, both) = (of("old", &[v1_0]), of("new", &[v1_3]), of("both", &[v1_0, v1_3]));
        let named = |all: &[(&str, Version)]| -> Vec<(String, Version)> {
            all.iter().map(|&(name, version)| (name.to_owned(), version)).collect()
        };
        let found = versions(vec![both.clone(), new.clone()], None);
        assert_eq!(found, named(&[("both", v1_3), ("new", v1_3)]));
        let found = versions(vec![both.clone(), old.clone()], None);
        assert_eq!(found, named(&[("both", v1_0), ("old", v1_0)]));
        let found = versions(vec![both.clone(), new.clone(), old.clone()], None);
        assert_eq!(found, named(&[("both", v1_3), ("new", v1_3), ("old", v1_0)]));
        let found = versions(vec![both, new, old], Some(v1_0));
        assert_eq!(found, named(&[("both", v1_0), ("old", v1_0)]));
    }

    #[test]
    fn what_is_not_installed_is_named() {
        assert_eq!(baton().missing(), None);
        let nowhere = Subject::both("nowhere", "no-such-controller {port}");
        assert_eq!(nowhere.missing(), Some("no-such-controller"));
        assert_eq!(Subject::both("shell", "sh {port}").missing(), None);
    }
}
