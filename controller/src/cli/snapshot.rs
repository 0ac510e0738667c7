//! `baton snapshot`: the state in a file, and a new cluster made of one.
//!
//! `save` asks a node; `verify` and `restore` need no cluster, only the file. `save` writes to a file beside the
//! wanted one, makes it durable, reads it back, and only then gives it its name: what is there under that name is
//! whole.

use super::args::{Common, Restore, SnapshotVerb};
use super::exit::{Exit, Failure};
use super::out::{self, moment};
use super::{connect, request, wait_for};
use crate::config::Config;
use crate::proto::admin::{SaveSnapshotRequest, SnapshotChunk};
use consensus::{Archive, restore};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tonic::Streaming;

pub(super) fn carry_out(common: &Common, verb: SnapshotVerb) -> Result<(), Failure> {
    match verb {
        SnapshotVerb::Save { file } => wait_for(save(common, &file)),
        SnapshotVerb::Verify { file } => {
            let archive = read(&file, "the snapshot is of no use")?;
            out::show(common.output, &About::of(&file, &archive), About::text)
        }
        SnapshotVerb::Restore(wish) => make_directory(common, &wish),
    }
}

async fn save(common: &Common, file: &Path) -> Result<(), Failure> {
    let failed = |status| Failure::from_status("no snapshot was saved", &status);
    let mut client = connect(common).await?;
    let chunks = client.save_snapshot(request(common, SaveSnapshotRequest {})).await;
    let mut chunks = chunks.map_err(failed)?.into_inner();
    let beside = beside(file);
    let written = write(&mut chunks, &beside).await.and_then(|()| {
        let archive = read(&beside, "what the node sent is of no use")?;
        fs::rename(&beside, file).map_err(|error| unwritten(file, &error))?;
        sync_dir(file).map_err(|error| unwritten(file, &error))?;
        Ok(archive)
    });
    if written.is_err() {
        // It may never have been made.
        let _ = fs::remove_file(&beside);
    }
    out::show(common.output, &About::of(file, &written?), About::text)
}

/// Writes what comes, durably.
async fn write(chunks: &mut Streaming<SnapshotChunk>, path: &Path) -> Result<(), Failure> {
    let failed = |status| Failure::from_status("no snapshot was saved", &status);
    let mut file = File::create(path).map_err(|error| unwritten(path, &error))?;
    let mut left = None;
    while let Some(SnapshotChunk { file_len, data }) = chunks.message().await.map_err(failed)? {
        file.write_all(&data).map_err(|error| unwritten(path, &error))?;
        left = left.unwrap_or(file_len).checked_sub(data.len() as u64);
        if left.is_none() {
            break;
        }
    }
    if left != Some(0) {
        let why = "the node sent another number of bytes than it said";
        return Err(Failure::new(Exit::Failed, "no snapshot was saved", why));
    }
    file.sync_all().map_err(|error| unwritten(path, &error))
}

fn read(file: &Path, what: &str) -> Result<Archive, Failure> {
    let failed = |why: String| {
        Failure::new(Exit::Failed, what, format!("{}: {why}", file.display()))
            .hint("nothing has changed")
    };
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure { exit: Exit::NotFound, ..failed(error.to_string()) });
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    let hint = "take another one: a running cluster gives one with baton snapshot save FILE";
    Archive::from_bytes(&bytes).map_err(|error| failed(error.to_string()).hint(hint))
}

fn make_directory(common: &Common, wish: &Restore) -> Result<(), Failure> {
    let archive = read(&wish.file, "nothing was restored")?;
    let (_, mut config) = Config::load(&wish.config).map_err(|it| super::config::wrong(&it))?;
    if !wish.members.is_empty() {
        config.members = wish.members.iter().cloned().collect();
    }
    let config = crate::node::consensus_config(&config);
    let record = Restored {
        node: config.node.0,
        data_dir: config.data_dir.clone(),
        members: config.members.iter().map(|(node, at)| format!("{node}={at}")).collect(),
        dry_run: wish.dry_run,
        snapshot: About::of(&wish.file, &archive),
    };
    let done = match wish.dry_run {
        true => consensus::check_restore(&config),
        false => restore(&config, archive, &wish.label),
    };
    done.map_err(|error| {
        let exit = if error.is_guard() { Exit::Refused } else { Exit::Failed };
        let failure = Failure::new(exit, "nothing was restored", error.to_string());
        match exit {
            Exit::Refused => failure
                .hint("nothing has changed")
                .hint("a node is restored into a new directory: name another as node.data_dir, or move it away"),
            _ => failure,
        }
    })?;
    out::show(common.output, &record, Restored::text)
}

/// What is in a snapshot.
#[derive(Serialize)]
struct About {
    file: PathBuf,
    applied: u64,
    term: u64,
    digest: String,
    switches: usize,
    nodes: usize,
    migrations: usize,
    saved_at_ms: u64,
}

impl About {
    fn of(file: &Path, archive: &Archive) -> Self {
        let Archive { origin, state } = archive;
        Self {
            file: file.to_owned(),
            applied: origin.applied,
            term: origin.term,
            digest: format!("{:016x}", archive.digest()),
            switches: state.switches().len(),
            nodes: state.nodes().len(),
            migrations: state.migrations().len(),
            saved_at_ms: origin.saved_at_ms,
        }
    }

    fn text(&self) -> String {
        let header = ["APPLIED", "TERM", "DIGEST", "SWITCHES", "NODES", "MIGRATIONS", "SAVED"];
        let Self { applied, term, digest, switches, nodes, migrations, saved_at_ms, .. } = self;
        let counts = [*applied, *term].map(|n| n.to_string());
        let [applied, term] = counts;
        let [switches, nodes, migrations] = [switches, nodes, migrations].map(ToString::to_string);
        let saved = moment(*saved_at_ms);
        out::table(header, [[applied, term, digest.clone(), switches, nodes, migrations, saved]])
    }
}

/// What a restore made.
#[derive(Serialize)]
struct Restored {
    node: u64,
    data_dir: PathBuf,
    members: Vec<String>,
    dry_run: bool,
    snapshot: About,
}

impl Restored {
    fn text(&self) -> String {
        let verb = if self.dry_run { "would be restored" } else { "is restored" };
        let (node, dir) = (self.node, self.data_dir.display());
        let members = self.members.join(", ");
        self.snapshot.text()
            + &format!("node {node} of a new cluster {verb} into {dir}; its members: {members}\n")
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

fn sync_dir(file: &Path) -> io::Result<()> {
    let parent = file.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let why = format!("{}: {error}", path.display());
    Failure::new(Exit::Failed, "no snapshot was saved", why)
}
