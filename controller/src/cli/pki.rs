//! `baton pki`: keys and certificates. No cluster is asked, only files are read and written.

use super::args::{PkiHow, PkiIssue, PkiRotate, PkiVerb};
use super::exit::{Exit, Failure};
use super::out::{self, Format, list, moment};
use crate::clock::unix_ms;
use crate::pki::{self, Authority, Change, Pki, PkiError, Subject, Validity};
use crate::tls::{Facts, Identity};
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(super) fn carry_out(format: Format, verb: PkiVerb) -> Result<(), Failure> {
    match verb {
        PkiVerb::Init { dir, days, dry_run } => {
            let change = Pki::init(&dir, Validity::days(days));
            carry_on(format, "no authority was made", change, dry_run, None)
        }
        PkiVerb::Issue(issue) => make(format, issue),
        PkiVerb::Rotate(wish) => rotate(format, &wish),
        PkiVerb::Show { path } => show(format, &path),
    }
}

fn make(format: Format, issue: PkiIssue) -> Result<(), Failure> {
    let (subject, how) = match issue {
        PkiIssue::Node { node, host, how } => (Subject::new(Identity::Node(node), host), how),
        PkiIssue::Switch { name, dpid: dpids, how } => {
            (Subject::new(Identity::Switch { name, dpids }, vec![]), how)
        }
        PkiIssue::Person { name, role, how } => {
            (Subject::new(Identity::Person { name, role }, vec![]), how)
        }
    };
    let PkiHow { dir, days, dry_run } = how;
    let change = Pki::open(&dir).and_then(|pki| pki.issue(&subject, Validity::days(days)));
    let command = match subject.identity() {
        Identity::Switch { .. } => Some(set_ssl(&dir.join(subject.folder()))),
        Identity::Node(_) | Identity::Person { .. } => None,
    };
    carry_on(format, "no certificate was issued", change, dry_run, command)
}

fn rotate(format: Format, wish: &PkiRotate) -> Result<(), Failure> {
    let validity = Validity::days(wish.days());
    let pki = Pki::open(&wish.dir);
    let change = match (wish.what.as_str(), wish.authority) {
        ("ca", Some(authority)) if wish.finish => pki.and_then(|pki| pki.finish(authority)),
        ("ca", Some(authority)) => pki.and_then(|pki| pki.roll_over(authority, validity)),
        (folder, None) => pki.and_then(|pki| pki.rotate(folder, validity)),
        (folder, Some(authority)) => {
            let why = format!("which one, {folder} or the {authority} CA?");
            return Err(Failure::new(Exit::Usage, "nothing was rotated", why)
                .hint("one folder at a time: baton pki rotate FOLDER")
                .hint(format!("an authority: baton pki rotate ca {authority}")));
        }
    };
    carry_on(format, "nothing was rotated", change, wish.dry_run, None)
}

/// Writes what was made, unless it is only a rehearsal, and prints it.
fn carry_on(
    format: Format,
    what: &str,
    change: Result<Change, PkiError>,
    dry_run: bool,
    command: Option<String>,
) -> Result<(), Failure> {
    let change = change.map_err(|error| failure(what, &error, "nothing has changed"))?;
    if !dry_run {
        let so_far = "each file and folder is either as it was or complete";
        change.write().map_err(|error| failure(what, &error, so_far))?;
    }
    let written = change.paths();
    let certificates = change.certificates.iter().map(Entry::of).collect();
    let record = Made { certificates, written, command, dry_run };
    out::show(format, &record, |record| record.text(format))
}

fn show(format: Format, path: &Path) -> Result<(), Failure> {
    let what = "no certificate can be shown";
    let certificates = pki::show(path);
    let certificates =
        certificates.map_err(|error| failure(what, &error, "nothing has changed"))?;
    if certificates.is_empty() {
        let why = format!("{}: there is none in it", path.display());
        return Err(Failure::new(Exit::NotFound, what, why));
    }
    let shown = Shown { certificates: certificates.iter().map(Entry::of).collect() };
    out::show(format, &shown, |shown| table(&shown.certificates, format))?;
    certificates.iter().filter_map(warning).for_each(out::say);
    Ok(())
}

fn failure(what: &str, error: &PkiError, so_far: &str) -> Failure {
    let exit = match error {
        PkiError::Missing(_) => Exit::NotFound,
        PkiError::Exists(_)
        | PkiError::Outlives { .. }
        | PkiError::UnderWay(_)
        | PkiError::NothingToFinish(_)
        | PkiError::InUse { .. } => Exit::Refused,
        PkiError::Unreadable { .. }
        | PkiError::Unwritten { .. }
        | PkiError::Damaged { .. }
        | PkiError::Nobody(_)
        | PkiError::Unmade(_) => Exit::Failed,
    };
    let failure = Failure::new(exit, what, error.to_string()).hint(so_far);
    next(error).into_iter().fold(failure, Failure::hint)
}

/// Returns what to try next.
fn next(error: &PkiError) -> Option<String> {
    let next = match error {
        PkiError::Exists(path) if path.ends_with("ca") => {
            "make other authorities in another folder: baton pki init DIR".to_owned()
        }
        PkiError::Exists(path) => {
            let folder = path.file_name().unwrap_or_default().display();
            format!("for a new key and certificate: baton pki rotate {folder}")
        }
        PkiError::Missing(path) if path.ends_with("ca") => {
            "make it with baton pki init DIR, or say where it is: --dir DIR".to_owned()
        }
        PkiError::Missing(_) => "see what there is: baton pki show DIR".to_owned(),
        PkiError::Outlives { authority, .. } => {
            format!("ask for fewer --days, or first: baton pki rotate ca {authority}")
        }
        PkiError::UnderWay(authority) => {
            format!("end it first: baton pki rotate ca {authority} --finish")
        }
        PkiError::NothingToFinish(authority) => {
            format!("begin one: baton pki rotate ca {authority}")
        }
        PkiError::InUse { folders, .. } => {
            let each = folders.iter().map(|folder| format!("baton pki rotate {folder}"));
            format!("rotate them first: {}", each.collect::<Vec<_>>().join("; "))
        }
        PkiError::Unreadable { .. }
        | PkiError::Unwritten { .. }
        | PkiError::Damaged { .. }
        | PkiError::Nobody(_)
        | PkiError::Unmade(_) => return None,
    };
    Some(next)
}

/// Returns what to say of a certificate that ends soon.
fn warning((path, facts): &(PathBuf, Facts)) -> Option<String> {
    let days = facts.days_left(unix_ms());
    let when = match days {
        WARN_DAYS.. => return None,
        0.. => format!("ends in {days} days"),
        _ => "has ended".to_owned(),
    };
    let next = match (Authority::of(facts), Subject::of(facts)) {
        (Some(authority), _) => format!("baton pki rotate ca {authority}"),
        (None, Ok(subject)) => format!("baton pki rotate {}", subject.folder()),
        (None, Err(_)) => "replace it".to_owned(),
    };
    Some(format!("warning: {} {when}: {next}", path.display()))
}

/// Returns the command that gives the files of a folder to Open vSwitch.
fn set_ssl(folder: &Path) -> String {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let [key, certificate, ca] = pki::SWITCH_FILES.map(|file| folder.join(file));
    format!("ovs-vsctl set-ssl {} {} {}", key.display(), certificate.display(), ca.display())
}

/// What a command has made.
#[derive(Serialize)]
struct Made {
    certificates: Vec<Entry>,
    written: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    dry_run: bool,
}

impl Made {
    fn text(&self, format: Format) -> String {
        let verb = if self.dry_run { "would be written" } else { "written" };
        let written = self.written.iter().map(|path| format!("{verb}: {}\n", path.display()));
        let command = self.command.iter().map(|command| format!("{command}\n"));
        let talk: String = written.chain(command).collect();
        if self.certificates.is_empty() { talk } else { table(&self.certificates, format) + &talk }
    }
}

/// What certificates say.
#[derive(Serialize)]
struct Shown {
    certificates: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    file: PathBuf,
    kind: &'static str,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dpids: Vec<String>,
    names: Vec<String>,
    issuer: String,
    not_before_ms: u64,
    not_after_ms: u64,
    days_left: i64,
    sha256: String,
}

impl Entry {
    fn of((path, facts): &(PathBuf, Facts)) -> Self {
        let (kind, node, role, dpids) = match facts.identity() {
            _ if facts.is_authority => ("authority", None, None, vec![]),
            Ok(Identity::Node(id)) => ("node", Some(id.0), None, vec![]),
            Ok(Identity::Switch { dpids, .. }) => ("switch", None, None, dpids),
            Ok(Identity::Person { role, .. }) => ("person", None, Some(role.name()), vec![]),
            Err(_) => ("unknown", None, None, vec![]),
        };
        Self {
            file: path.clone(),
            kind,
            subject: facts.subject.clone(),
            node,
            role,
            dpids: dpids.iter().map(ToString::to_string).collect(),
            names: [&facts.hosts[..], &facts.uris[..]].concat(),
            issuer: facts.issuer.clone(),
            not_before_ms: facts.not_before_ms,
            not_after_ms: facts.not_after_ms,
            days_left: facts.days_left(unix_ms()),
            sha256: facts.sha256.clone(),
        }
    }

    /// Returns the node, the role or the switches that it stands for.
    fn bound_to(&self) -> String {
        match (self.node, self.role) {
            (Some(node), _) => node.to_string(),
            (None, Some(role)) => role.to_owned(),
            (None, None) => list(&self.dpids),
        }
    }
}

fn table(entries: &[Entry], format: Format) -> String {
    let short = |entry: &Entry| {
        [
            entry.file.display().to_string(),
            entry.kind.to_owned(),
            entry.subject.clone(),
            entry.bound_to(),
            moment(entry.not_after_ms),
            entry.days_left.to_string(),
        ]
    };
    if format != Format::Wide {
        let header = ["FILE", "KIND", "SUBJECT", "BOUND TO", "NOT AFTER", "DAYS LEFT"];
        return out::table(header, entries.iter().map(short));
    }
    let header = [
        "FILE",
        "KIND",
        "SUBJECT",
        "BOUND TO",
        "NOT BEFORE",
        "NOT AFTER",
        "DAYS LEFT",
        "ISSUER",
        "NAMES",
        "SHA-256",
    ];
    let wide = |entry: &Entry| {
        let [file, kind, subject, bound_to, not_after, days_left] = short(entry);
        let (not_before, names) = (moment(entry.not_before_ms), list(&entry.names));
        let (issuer, sha256) = (entry.issuer.clone(), entry.sha256.clone());
        [file, kind, subject, bound_to, not_before, not_after, days_left, issuer, names, sha256]
    };
    out::table(header, entries.iter().map(wide))
}

const WARN_DAYS: i64 = 30;
