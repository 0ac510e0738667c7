//! Who owns what, as `baton` tells it.

use super::Cluster;
use crate::wait::{Failure, wait_until};
pub use migration::report::Phases;
use openflow::Dpid;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A switch, as `baton switch list -o json` tells of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Seen {
    /// Its identity.
    pub dpid: Dpid,
    /// Node that answers for it.
    pub owner: Option<u64>,
    /// Its fencing token.
    pub token: u64,
    /// Nodes that have a session with it.
    #[serde(default)]
    pub connected: Vec<u64>,
    /// Nodes that are to be `EQUAL` there.
    #[serde(default)]
    pub equals: Vec<u64>,
}

/// One migration, as `baton migrate -o json` tells of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Migrated {
    /// Its number.
    pub id: u64,
    /// Owner before.
    pub source: u64,
    /// Owner after.
    pub winner: Option<u64>,
    /// Who raced for it.
    #[serde(default)]
    pub candidates: Vec<Raced>,
    /// `open`, `committed`, `done` or `aborted`.
    #[serde(default)]
    pub state: String,
    /// `done` or `aborted`.
    pub outcome: Option<String>,
    /// Why nothing moved.
    #[serde(default)]
    pub aborted_because: Option<String>,
    /// Where the time went.
    pub phases: Option<Phases>,
    /// From the request until its outcome came back, in microseconds.
    pub waited_us: Option<u64>,
    /// Packet-ins that the winner held back.
    #[serde(default)]
    pub buffered: u64,
    /// Packet-ins that the source held back.
    #[serde(default)]
    pub shadowed: u64,
    /// Bytes of application state that were handed over.
    #[serde(default)]
    pub state_bytes: u64,
    /// Messages sent, by kind.
    #[serde(default)]
    pub messages: BTreeMap<String, u64>,
    /// What each party saw and did, in order.
    #[serde(default)]
    pub marks: Vec<Mark>,
}

/// One thing that one party of a migration saw or did.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Mark {
    /// When, in microseconds since 1970.
    pub at_us: u64,
    /// The party.
    pub node: u64,
    /// `sent`, `got`, or what else it did.
    pub what: String,
    /// What it sent or got.
    pub message: Option<String>,
}

/// A candidate of a migration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct Raced {
    /// The node.
    pub node: u64,
    /// How long its answer took, in microseconds, if it came in time.
    pub probe_us: Option<u64>,
}

impl Cluster {
    /// Returns every switch that the cluster knows.
    pub async fn switches(&self) -> Result<Vec<Seen>, Failure> {
        read(self.baton(&["switch", "list"]).await?.done()?["switches"].take(), "switch list")
    }

    /// Returns the same, as one node has it.
    pub async fn switches_at(&self, node: u64) -> Result<Vec<Seen>, Failure> {
        read(
            self.baton_at(node, &["switch", "list", "--stale"]).await?.done()?["switches"].take(),
            "switch list",
        )
    }

    /// Returns one switch.
    pub async fn switch(&self, dpid: Dpid) -> Result<Seen, Failure> {
        let found = self.switches().await?.into_iter().find(|switch| switch.dpid == dpid);
        found.ok_or_else(|| Failure(format!("the cluster knows no switch {dpid}")))
    }

    /// Waits until a switch is as `wanted` says, and returns it.
    pub async fn wait_for_switch(
        &self,
        dpid: Dpid,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, Failure> {
        wait_until(&format!("switch {dpid} {what}"), limit, async || {
            let seen = self.switch(dpid).await.map_err(|e| e.to_string())?;
            if wanted(&seen) { Ok(seen) } else { Err(format!("{seen:?}")) }
        })
        .await
    }

    /// Moves a switch to a node, and returns what was measured; a failure if it did not end well.
    pub async fn migrate(&self, dpid: Dpid, to: u64) -> Result<Migrated, Failure> {
        self.migrate_by(dpid, &["--to", &to.to_string()]).await
    }

    /// Moves a switch as `how` says in the words of `baton migrate`, and returns what was measured; a failure
    /// if it did not end well.
    pub async fn migrate_by(&self, dpid: Dpid, how: &[&str]) -> Result<Migrated, Failure> {
        let dpid = dpid.to_string();
        let call = [&["migrate", &dpid, "--reason", "the testbed asked for it"], how].concat();
        let migrated: Migrated = read(self.baton(&call).await?.done()?, "migrate")?;
        match &migrated.outcome {
            Some(outcome) if outcome == "done" => Ok(migrated),
            outcome => Err(Failure(format!("migration {} ended as {outcome:?}", migrated.id))),
        }
    }

    /// Opens a migration by asking `node`, and returns its record without waiting for its end.
    pub async fn open_migration_at(
        &self,
        node: u64,
        dpid: Dpid,
        how: &[&str],
    ) -> Result<Migrated, Failure> {
        let dpid = dpid.to_string();
        let call = [&["migrate", &dpid, "--reason", "the testbed asked for it", "--no-wait"], how];
        read(self.baton_at(node, &call.concat()).await?.done()?, "migrate")
    }

    /// Returns the record of a migration, as one node has it.
    pub async fn migration_at(&self, node: u64, id: u64) -> Result<Migrated, Failure> {
        let call = ["migration", "show", &id.to_string(), "--stale"];
        read(self.baton_at(node, &call).await?.done()?, "migration show")
    }

    /// Returns the node that leads the log.
    pub async fn leader(&self) -> Result<u64, Failure> {
        let status = self.baton(&["status"]).await?;
        let leader = status.json["leader"].as_u64();
        leader.ok_or_else(|| Failure(format!("no leader: {status}")))
    }
}

fn read<T: for<'a> Deserialize<'a>>(json: Value, of: &str) -> Result<T, Failure> {
    let text = json.to_string();
    serde_json::from_value(json).map_err(|e| Failure::new(format!("read baton {of}: {text}"), e))
}
