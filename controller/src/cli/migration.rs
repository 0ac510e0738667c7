//! `baton migration`.

use super::args::{Common, MigrationVerb, View};
use super::exit::Failure;
use super::out::{self, Format, duration_us, list, or_dash};
use super::{actor, chart, not_read, request, seen, summary};
use crate::admin::{Client, marks_from};
use crate::proto::admin::{
    CancelMigrationRequest, ListMigrationsReply, ListMigrationsRequest, Migration,
    ShowMigrationRequest, WatchMigrationsRequest,
};
use migration::ownership::MigrationId;
use openflow::Dpid;
use tokio_stream::StreamExt;

pub(super) async fn carry_out(
    client: Client,
    common: &Common,
    verb: MigrationVerb,
) -> Result<(), Failure> {
    match verb {
        MigrationVerb::List { switch, running, view } => {
            list_all(client, common, switch, running, view).await
        }
        MigrationVerb::Show { id, view } => show(client, common, id, view).await,
        MigrationVerb::Watch { id } => watch(client, common, id).await,
        MigrationVerb::Cancel { id, dry_run } => cancel(client, common, id, dry_run).await,
    }
}

async fn list_all(
    mut client: Client,
    common: &Common,
    switch: Option<Dpid>,
    running: bool,
    view: View,
) -> Result<(), Failure> {
    let dpid = switch.map(|dpid| dpid.to_string());
    let message = ListMigrationsRequest { dpid, running, linearizable: view.is_linearizable() };
    let answer = client.list_migrations(request(common, message)).await;
    let failed = |status| not_read("the migrations could not be listed", view, &status);
    let reply = answer.map_err(failed)?.into_inner();
    out::show(common.output, &reply, |ListMigrationsReply { migrations, answered_by, applied }| {
        table(migrations, common.output) + &seen(*answered_by, *applied, common)
    })
}

pub(super) fn table(migrations: &[Migration], format: Format) -> String {
    let short = |migration: &Migration| {
        [
            migration.id.to_string(),
            migration.dpid.clone(),
            migration.source.to_string(),
            towards(migration),
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

/// Returns where a switch has gone, or may go, in few columns.
fn towards(migration: &Migration) -> String {
    let candidates: Vec<u64> = migration.candidates.iter().map(|it| it.node).collect();
    match migration.winner {
        Some(winner) => winner.to_string(),
        None if candidates.len() > MAX_LISTED => format!("{} nodes", candidates.len()),
        None => list(&candidates),
    }
}

async fn show(
    mut client: Client,
    common: &Common,
    id: MigrationId,
    view: View,
) -> Result<(), Failure> {
    let message = ShowMigrationRequest { id: id.0, linearizable: view.is_linearizable() };
    let answer = client.show_migration(request(common, message)).await;
    let what = || format!("migration {id} could not be shown");
    let failed = |status| not_read(what(), view, &status).hint(KNOWN);
    let record = answer.map_err(failed)?.into_inner();
    out::show(common.output, &record, |record| {
        let marks = marks_from(record);
        let chart = match summary::parties(record) {
            Some(parties) if !marks.is_empty() => chart::draw(&parties, &marks),
            Some(_) | None => summary::without_chart(record),
        };
        format!("{}\n{chart}", summary::describe(record))
    })
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
    let to = summary::candidates(record);
    let winner = record.winner.unwrap_or_default();
    match record.state.as_str() {
        "planned" => format!("switch {dpid} would move from node {source} to {to}\n"),
        "open" => format!("migration {id}: open, switch {dpid} from node {source} to {to}\n"),
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
    Failure::from_status(what, status).hint(KNOWN)
}

const KNOWN: &str = "see which migrations there are: baton migration list";

/// Candidates that a table names; more are counted.
const MAX_LISTED: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::admin::{Candidate, Phases};

    #[test]
    fn a_list_fits_80_columns() {
        let candidate = |node| Candidate { node, probe_us: None };
        let record = |n: u64, winner| Migration {
            id: 99_999,
            dpid: "000000000000000a".to_owned(),
            source: 1,
            candidates: (2..2 + n).map(candidate).collect(),
            state: "committed".to_owned(),
            winner,
            phases: Some(Phases { total_us: 999_999, ..Phases::default() }),
            window_us: Some(999_999),
            ..Migration::default()
        };
        let text = table(&[record(8, None), record(4, None), record(2, Some(3))], Format::Table);
        for to in ["1     8 nodes  ", "1     2,3,4,5  ", "1     3        "] {
            assert!(text.contains(to), "{to}:\n{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
