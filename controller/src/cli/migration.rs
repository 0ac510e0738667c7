//! `baton migration`.

use super::args::{Common, MigrationVerb};
use super::chart;
use super::exit::Failure;
use super::out::{self, Format, duration_us, list, or_dash};
use super::{actor, request, seen};
use crate::admin::{Client, marks_from};
use crate::proto::admin::{
    CancelMigrationRequest, ListMigrationsReply, ListMigrationsRequest, Migration,
    ShowMigrationRequest, WatchMigrationsRequest,
};
use migration::NodeId;
use migration::ownership::MigrationId;
use openflow::Dpid;
use tokio_stream::StreamExt;

pub(super) async fn carry_out(
    client: Client,
    common: &Common,
    verb: MigrationVerb,
) -> Result<(), Failure> {
    match verb {
        MigrationVerb::List { switch, running } => list_all(client, common, switch, running).await,
        MigrationVerb::Show { id } => show(client, common, id).await,
        MigrationVerb::Watch { id } => watch(client, common, id).await,
        MigrationVerb::Cancel { id, dry_run } => cancel(client, common, id, dry_run).await,
    }
}

async fn list_all(
    mut client: Client,
    common: &Common,
    switch: Option<Dpid>,
    running: bool,
) -> Result<(), Failure> {
    let dpid = switch.map(|dpid| dpid.to_string());
    let answer =
        client.list_migrations(request(common, ListMigrationsRequest { dpid, running })).await;
    let failed = |status| Failure::from_status("the migrations could not be listed", &status);
    let reply = answer.map_err(failed)?.into_inner();
    out::show(common.output, &reply, |ListMigrationsReply { migrations, answered_by, applied }| {
        table(migrations, common.output) + &seen(*answered_by, *applied, common)
    })
}

pub(super) fn table(migrations: &[Migration], format: Format) -> String {
    let short = |migration: &Migration| {
        let candidates: Vec<u64> = migration.candidates.iter().map(|it| it.node).collect();
        let to = migration.winner.map_or_else(|| list(&candidates), |winner| winner.to_string());
        [
            migration.id.to_string(),
            migration.dpid.clone(),
            migration.source.to_string(),
            to,
            migration.state.clone(),
            or_dash(migration.phases.map(|phases| duration_us(phases.total_us))),
            or_dash(migration.window_us.map(duration_us)),
        ]
    };
    if format != Format::Wide {
        let header = ["ID", "SWITCH", "FROM", "TO", "STATE", "TOOK", "WINDOW"];
        return out::table(header, migrations.iter().map(short));
    }
    let header = [
        "ID",
        "SWITCH",
        "FROM",
        "TO",
        "STATE",
        "TOOK",
        "WINDOW",
        "PROTOCOL",
        "STARTED",
        "ACTOR",
        "REASON",
        "ABORTED BECAUSE",
    ];
    let wide = |migration: &Migration| {
        let [id, dpid, from, to, state, took, window] = short(migration);
        let Migration { protocol, actor, reason, .. } = migration.clone();
        let started = out::moment(migration.started_at_ms);
        let because = or_dash(migration.aborted_because.as_ref());
        [id, dpid, from, to, state, took, window, protocol, started, actor, reason, because]
    };
    out::table(header, migrations.iter().map(wide))
}

async fn show(mut client: Client, common: &Common, id: MigrationId) -> Result<(), Failure> {
    let answer = client.show_migration(request(common, ShowMigrationRequest { id: id.0 })).await;
    let failed = |status| unknown(format!("migration {id} could not be shown"), &status);
    let record = answer.map_err(failed)?.into_inner();
    out::show(common.output, &record, |record| {
        let marks = marks_from(record);
        if marks.is_empty() {
            return describe(record);
        }
        let (source, winner) = (NodeId(record.source), record.winner.map(NodeId));
        let candidates: Vec<NodeId> = record.candidates.iter().map(|it| NodeId(it.node)).collect();
        let target = chart::column(source, winner, &candidates);
        format!("{}\n{}", describe(record), chart::draw(source, target, &marks))
    })
}

/// Returns everything about a migration but its time line.
pub(super) fn describe(record: &Migration) -> String {
    let mut text = format!(
        "migration  {} of switch {}: {}{}\nprotocol   {}, rule {}, token {}\nnodes      from {} to {}\n\
         asked by   {} at {}{}\n",
        record.id,
        record.dpid,
        record.state,
        record.aborted_because.as_ref().map(|why| format!(", {why}")).unwrap_or_default(),
        record.protocol,
        record.rule,
        record.token,
        record.source,
        record.winner.map_or_else(
            || list(&record.candidates.iter().map(|it| it.node).collect::<Vec<_>>()),
            |winner| winner.to_string()
        ),
        record.actor,
        out::moment(record.started_at_ms),
        if record.reason.is_empty() { String::new() } else { format!(": {}", record.reason) },
    );
    if let Some(phases) = record.phases {
        text += &format!(
            "took       {}: invite {}, drain {} (commit {}), take over {}\n\
             window     {}: {} packet-ins buffered by the target, {} shadowed by the source\n",
            duration_us(phases.total_us),
            duration_us(phases.invite_us),
            duration_us(phases.drain_us),
            duration_us(phases.commit_us),
            duration_us(phases.take_over_us),
            duration_us(phases.window_us),
            record.buffered,
            record.shadowed,
        );
        let sent: u64 = record.messages.values().sum();
        text += &format!("messages   {sent}, and {} bytes of state\n", record.state_bytes);
    }
    text
}

async fn watch(
    mut client: Client,
    common: &Common,
    id: Option<MigrationId>,
) -> Result<(), Failure> {
    let what = || "migrations could not be watched".to_owned();
    let message = WatchMigrationsRequest { id: id.map(|id| id.0) };
    let answer = client.watch_migrations(message).await;
    let mut updates = answer.map_err(|status| unknown(what(), &status))?.into_inner();
    loop {
        let update = tokio::select! {
            update = updates.next() => update,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        match update {
            None => return Ok(()),
            Some(Err(status)) => return Err(Failure::from_status(what(), &status)),
            Some(Ok(record)) => out::show(common.output, &record, line)?,
        }
    }
}

/// Returns a migration's state as one line.
pub(super) fn line(record: &Migration) -> String {
    let Migration { id, dpid, source, .. } = record;
    let candidates: Vec<u64> = record.candidates.iter().map(|it| it.node).collect();
    let winner = record.winner.unwrap_or_default();
    match record.state.as_str() {
        "planned" => {
            format!("switch {dpid} would move from node {source} to {}\n", list(&candidates))
        }
        "open" => {
            let to = list(&candidates);
            format!("migration {id}: open, switch {dpid} from node {source} to {to}\n")
        }
        "committed" => format!("migration {id}: committed to node {winner}\n"),
        "done" => {
            let took = record.phases.map(|phases| duration_us(phases.total_us)).unwrap_or_default();
            let window = record.window_us.map(duration_us).unwrap_or_default();
            format!("migration {id}: done, node {winner} has it after {took}, window {window}\n")
        }
        state => {
            let why = record.aborted_because.as_deref().unwrap_or("no reason given");
            format!("migration {id}: {state}, {why}\n")
        }
    }
}

async fn cancel(
    mut client: Client,
    common: &Common,
    id: MigrationId,
    dry_run: bool,
) -> Result<(), Failure> {
    let message = CancelMigrationRequest { id: id.0, actor: actor(), dry_run };
    let answer = client.cancel_migration(request(common, message)).await;
    let failed = |status| unknown(format!("migration {id} was not cancelled"), &status);
    let record = answer.map_err(failed)?.into_inner();
    if dry_run {
        out::say(format!("migration {id} could be cancelled now"));
    }
    out::show(common.output, &record, line)
}

fn unknown(what: String, status: &tonic::Status) -> Failure {
    Failure::from_status(what, status).hint("see which migrations there are: baton migration list")
}
