//! `baton migrate`: opens a migration, and follows it to its end.

use super::args::{Common, Migrate};
use super::exit::{Exit, Failure};
use super::migration::line;
use super::summary::describe;
use super::{actor, advice, connect, out};
use crate::admin::Client;
use crate::proto::admin::{MigrateRequest, Migration, WatchMigrationsRequest};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_stream::StreamExt;
use tonic::{Code, Status, Streaming};

pub(super) async fn migrate(
    mut client: Client,
    common: &Common,
    wish: &Migrate,
) -> Result<(), Failure> {
    let asked = Instant::now();
    let deadline = asked + common.timeout() + SETTLE;
    let opening = client.migrate(request_of(common, wish));
    let opened = match timeout_at(deadline, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Status::unavailable("no answer in time; whether it opened is not known")),
    };
    let mut updates = opened.map_err(|status| refused(wish, &status))?.into_inner();
    let mut last = None::<Migration>;
    loop {
        match next(&mut updates, deadline).await {
            Next::Update(record) => {
                let waited = asked.elapsed();
                if !wish.dry_run {
                    out::say(line(&record).trim_end());
                }
                let enough = wish.no_wait || wish.dry_run || record.outcome.is_some();
                if enough {
                    return conclude(common, wish, &record, waited);
                }
                last = Some(*record);
            }
            // Another node can tell how it goes on.
            Next::Lost(why) => {
                let Some(record) = &last else { return Err(refused(wish, &why)) };
                updates = follow(common, record, deadline).await?;
            }
            Next::TimeOver => return Err(still_running(wish, last.as_ref())),
        }
    }
}

fn request_of(common: &Common, wish: &Migrate) -> MigrateRequest {
    let nodes = wish.to.iter().chain(&wish.candidates);
    MigrateRequest {
        dpid: wish.dpid.to_string(),
        candidates: nodes.map(|node| node.0).collect(),
        protocol: wish.protocol.name().to_owned(),
        rule: wish.rule.name().to_owned(),
        reason: wish.reason.clone(),
        deadline_ms: u64::try_from(common.timeout().as_millis()).unwrap_or(u64::MAX),
        actor: actor(),
        dry_run: wish.dry_run,
        auto: wish.auto.unwrap_or_default(),
    }
}

enum Next {
    Update(Box<Migration>),
    Lost(Status),
    TimeOver,
}

async fn next(updates: &mut Streaming<Migration>, deadline: Instant) -> Next {
    tokio::select! {
        update = timeout_at(deadline, updates.next()) => match update {
            Ok(Some(Ok(record))) => Next::Update(Box::new(record)),
            Ok(Some(Err(status))) => Next::Lost(status),
            Ok(None) => Next::Lost(Status::unavailable("the node ended the stream")),
            Err(_) => Next::TimeOver,
        },
        _ = tokio::signal::ctrl_c() => Next::TimeOver,
    }
}

/// Follows a migration from any node that answers, until the time is over.
async fn follow(
    common: &Common,
    record: &Migration,
    deadline: Instant,
) -> Result<Streaming<Migration>, Failure> {
    let message = WatchMigrationsRequest { id: Some(record.id) };
    let mut retry = tokio::time::interval(RETRY);
    loop {
        retry.tick().await;
        if let Ok(mut client) = connect(common).await
            && let Ok(answer) = client.watch_migrations(message).await
        {
            return Ok(answer.into_inner());
        }
        if Instant::now() >= deadline {
            let what = format!("migration {} was lost sight of", record.id);
            let failure = Failure::new(Exit::StillRunning, what, "no node answers");
            return Err(
                failure.hint(format!("see how it ended: baton migration show {}", record.id))
            );
        }
    }
}

/// What the cluster recorded, and how long whoever asked has waited for it.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    record: &'a Migration,
    /// From the request until its outcome came; nothing if that was not waited for.
    waited_us: Option<u64>,
}

/// Prints the result, and tells how the command ends.
fn conclude(
    common: &Common,
    wish: &Migrate,
    record: &Migration,
    waited: Duration,
) -> Result<(), Failure> {
    let waited_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
    let waited_us = record.outcome.is_some().then_some(waited_us);
    out::show(common.output, &Answer { record, waited_us }, |_| match record.state.as_str() {
        "planned" => line(record),
        _ => describe(record),
    })?;
    let what = format!("switch {} was not moved", wish.dpid);
    match record.outcome.as_deref() {
        Some("aborted") => {
            let why = record.aborted_because.as_deref().unwrap_or("aborted");
            Err(Failure::new(Exit::Failed, what, why)
                .hint(format!("nothing has changed: node {} still owns it", record.source))
                .hint(format!("see who could take it: baton switch show {}", wish.dpid)))
        }
        Some(_) => {
            let winner = record.winner.unwrap_or_default();
            let asked = wish.to.iter().chain(&wish.candidates).any(|node| node.0 == winner);
            if asked || (wish.auto.is_some() && winner != record.source) {
                return Ok(());
            }
            let what = format!("switch {} was not moved as asked", wish.dpid);
            let why = format!("node {winner} has it, since the others failed on the way");
            Err(Failure::new(Exit::Partly, what, why)
                .hint(format!("see what happened: baton migration show {}", record.id)))
        }
        None => Ok(()),
    }
}

fn refused(wish: &Migrate, status: &Status) -> Failure {
    let failure = Failure::from_status(format!("switch {} was not moved", wish.dpid), status);
    match status.code() {
        Code::FailedPrecondition => {
            advice::after_refusal(wish).into_iter().fold(failure, Failure::hint)
        }
        Code::NotFound => failure
            .hint("nothing has changed")
            .hint("see what there is: baton switch list, baton node list"),
        Code::Unavailable => failure.hint("see whether it runs: baton migration list --running"),
        _ => failure,
    }
}

fn still_running(wish: &Migrate, last: Option<&Migration>) -> Failure {
    let what = format!("switch {} may yet move", wish.dpid);
    let why = match last {
        Some(record) => format!("migration {} is {} still", record.id, record.state),
        None => "no answer in time".to_owned(),
    };
    let failure = Failure::new(Exit::StillRunning, what, why);
    match last {
        Some(Migration { id, .. }) => failure
            .hint(format!("follow it: baton migration watch {id}"))
            .hint(format!("give it up, if it is not committed: baton migration cancel {id}")),
        None => failure.hint("see whether it runs: baton migration list --running"),
    }
}

/// How long after its deadline a migration's end may take to be heard of.
const SETTLE: Duration = Duration::from_secs(1);
/// Period at which other nodes are asked after one was lost.
const RETRY: Duration = Duration::from_millis(200);
