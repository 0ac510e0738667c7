//! `baton node drain`: has the cluster move a node's switches to others, and tells how it goes.

use super::args::{Common, NodeDrain};
use super::exit::{Exit, Failure};
use super::{actor, connect, out, request_within};
use crate::admin::Client;
use crate::proto::admin::{
    Drain, DrainNodeReply, DrainNodeRequest, ShowNodeReply, ShowNodeRequest,
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, interval, timeout};
use tonic::Code;

pub(super) async fn drain(
    mut client: Client,
    common: &Common,
    wish: &NodeDrain,
) -> Result<(), Failure> {
    let limit = common.timeout.unwrap_or(DEFAULT_LIMIT);
    let deadline = Instant::now() + limit + SETTLE;
    let message = DrainNodeRequest {
        node: wish.node.0,
        parallel: wish.parallel,
        deadline_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        reason: wish.reason.clone(),
        actor: actor(),
        dry_run: wish.dry_run,
    };
    let asked = client.drain_node(request_within(limit.max(ANSWER), message)).await;
    let reply = asked.map_err(|status| refused(wish, &status))?.into_inner();
    if wish.dry_run {
        return out::show(common.output, &reply, |reply| plan(wish, reply));
    }
    let switches = reply.moves.len() + reply.moving.len();
    out::say(format!("node {}: {switches} switches to move, {} at once", wish.node, wish.parallel));
    if wish.no_wait {
        return out::show(common.output, &reply, |_| {
            format!("follow it: baton node show {}\n", wish.node)
        });
    }
    follow(client, common, wish, reply.drain.unwrap_or_default(), deadline).await
}

/// Asks for the drain's record until it is over; from any node that answers.
async fn follow(
    mut client: Client,
    common: &Common,
    wish: &NodeDrain,
    id: u64,
    deadline: Instant,
) -> Result<(), Failure> {
    let mut looks = interval(LOOK_EVERY);
    let mut told = String::new();
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            _ = tokio::signal::ctrl_c() => return Err(still_running(wish, &told)),
        }
        let message = request_within(ANSWER, ShowNodeRequest { node: wish.node.0 });
        match timeout(ANSWER, client.show_node(message)).await {
            Ok(Ok(reply)) => {
                let drain = drain_of(reply.into_inner()).filter(|drain| drain.id == id);
                let Some(drain) = drain else { return Err(replaced(wish)) };
                let news = line(wish, &drain);
                if news != told {
                    out::say(&news);
                    told = news;
                }
                if drain.state != "running" {
                    return conclude(common, wish, &drain);
                }
            }
            Ok(Err(_)) | Err(_) => {
                if let Ok(another) = connect(common).await {
                    client = another;
                }
            }
        }
        if Instant::now() >= deadline {
            return Err(still_running(wish, &told));
        }
    }
}

fn drain_of(reply: ShowNodeReply) -> Option<Drain> {
    reply.node?.drain
}

/// What a drain came to.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    node: u64,
    #[serde(flatten)]
    drain: &'a Drain,
}

fn conclude(common: &Common, wish: &NodeDrain, drain: &Drain) -> Result<(), Failure> {
    let node = wish.node;
    out::show(common.output, &Answer { node: node.0, drain }, |_| match drain.state.as_str() {
        "done" => format!(
            "node {node} serves no switch and is cordoned; to end that: baton node uncordon {node}\n"
        ),
        _ => format!("{}\n", describe(drain)),
    })?;
    let exit = if drain.moved > 0 { Exit::Partly } else { Exit::Failed };
    let what = format!("node {node} is not drained");
    match drain.state.as_str() {
        "done" => Ok(()),
        "cancelled" => Err(Failure::new(exit, what, "it was uncordoned meanwhile")
            .hint(format!("{} switches are still its own", drain.left))),
        _ => Err(Failure::new(exit, what, "its time was over")
            .hint(format!("{} switches are still its own, and it is given no others", drain.left))
            .hint(format!("go on: baton node drain {node} --timeout 5m"))
            .hint(format!("let it take switches again: baton node uncordon {node}"))),
    }
}

/// Returns how far a drain has come, without the node's name.
pub(super) fn describe(drain: &Drain) -> String {
    let total = drain.moved + drain.left;
    let mut text = format!("{} of {total} moved", drain.moved);
    if drain.failed > 0 {
        text += &format!(", {} refused", drain.failed);
        if let Some(last) = drain.failures.last() {
            text += &format!(", lately switch {}: {}", last.dpid, last.why);
        }
    }
    text
}

fn line(wish: &NodeDrain, drain: &Drain) -> String {
    format!("node {}: {}", wish.node, describe(drain))
}

fn plan(wish: &NodeDrain, reply: &DrainNodeReply) -> String {
    let node = wish.node;
    if reply.moves.is_empty() && reply.moving.is_empty() {
        return format!("node {node} serves no switch: it would only be cordoned\n");
    }
    let planned = reply.moves.iter().map(|it| [it.dpid.clone(), it.to.to_string()]);
    let moving = reply.moving.iter().map(|dpid| [dpid.clone(), "moving already".to_owned()]);
    out::table(["SWITCH", "WOULD MOVE TO"], planned.chain(moving))
}

fn refused(wish: &NodeDrain, status: &tonic::Status) -> Failure {
    let node = wish.node;
    let failure = Failure::from_status(format!("node {node} is not drained"), status);
    match status.code() {
        Code::FailedPrecondition => {
            failure.hint(format!("see what it has and does: baton node show {node}"))
        }
        Code::NotFound => {
            failure.hint("nothing has changed").hint("see what there is: baton node list")
        }
        _ => failure,
    }
}

fn replaced(wish: &NodeDrain) -> Failure {
    let why = "its process was restarted, or another drain has begun since";
    Failure::new(
        Exit::Failed,
        format!("the drain of node {} is not known any more", wish.node),
        why,
    )
    .hint(format!("see how it fares: baton node show {}", wish.node))
}

fn still_running(wish: &NodeDrain, told: &str) -> Failure {
    let why = if told.is_empty() { "no answer in time" } else { told };
    Failure::new(Exit::StillRunning, format!("node {} is still being drained", wish.node), why)
        .hint(format!("see how it fares: baton node show {}", wish.node))
        .hint(format!("give it up: baton node uncordon {}", wish.node))
}

/// Time that a drain has if nobody says otherwise.
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);
/// How long after its time a drain's end may take to be heard of: moves under way are brought to an end.
const SETTLE: Duration = Duration::from_secs(6);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const ANSWER: Duration = Duration::from_secs(6);
