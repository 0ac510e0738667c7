//! `baton node`.

use super::args::{Common, NodeAdd, NodeRemove, NodeVerb};
use super::exit::{Exit, Failure};
use super::out::{self, Format};
use super::{actor, drain, not_read, request, request_within};
use crate::admin::Client;
use crate::proto::admin::{
    AddNodeReply, AddNodeRequest, CordonNodeRequest, ListNodesRequest, Node, RemoveNodeRequest,
    ShowNodeReply, ShowNodeRequest, UncordonNodeRequest,
};
use migration::NodeId;
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Code, Status};

pub(super) async fn carry_out(
    mut client: Client,
    common: &Common,
    verb: NodeVerb,
) -> Result<(), Failure> {
    match verb {
        NodeVerb::List { view } => {
            let message = ListNodesRequest { linearizable: view.is_linearizable() };
            let answer = client.list_nodes(request(common, message)).await;
            let failed = |status| not_read("the nodes could not be listed", view, &status);
            let reply = answer.map_err(failed)?.into_inner();
            out::show(common.output, &reply, |reply| {
                table(&reply.nodes, common.output)
                    + &super::seen(reply.answered_by, reply.applied, common)
            })
        }
        NodeVerb::Show { node } => {
            let message = ShowNodeRequest { node: node.0 };
            let answer = client.show_node(request(common, message)).await;
            let what = format!("node {node} could not be shown");
            let reply = answer.map_err(|status| unchanged(what, &status))?.into_inner();
            out::show(common.output, &reply, describe)
        }
        NodeVerb::Cordon { node, reason, dry_run } => {
            let message = CordonNodeRequest { node: node.0, reason, actor: actor(), dry_run };
            let answer = client.cordon_node(request(common, message)).await;
            let done = "is given no switch until it is uncordoned";
            told(common, node, dry_run, done, answer)
        }
        NodeVerb::Uncordon { node, dry_run } => {
            let message = UncordonNodeRequest { node: node.0, actor: actor(), dry_run };
            let answer = client.uncordon_node(request(common, message)).await;
            told(common, node, dry_run, "may be given switches", answer)
        }
        NodeVerb::Drain(wish) => drain::drain(client, common, &wish).await,
        NodeVerb::Add(wish) => add(client, common, &wish).await,
        NodeVerb::Remove(wish) => remove(client, common, &wish).await,
    }
}

/// Prints what a change of what is wanted of a node came to.
fn told(
    common: &Common,
    node: NodeId,
    dry_run: bool,
    done: &str,
    answer: Result<tonic::Response<ShowNodeReply>, Status>,
) -> Result<(), Failure> {
    let what = format!("node {node} was not changed");
    let reply = answer.map_err(|status| unchanged(what, &status))?.into_inner();
    let would = if dry_run { "would be as told: " } else { "" };
    out::show(common.output, &reply, |_| format!("{would}node {node} {done}\n"))
}

/// Lets a node in: asks until it votes, or the time is over.
async fn add(mut client: Client, common: &Common, wish: &NodeAdd) -> Result<(), Failure> {
    let limit = common.timeout.unwrap_or(JOIN_LIMIT);
    let deadline = Instant::now() + limit;
    let what = format!("node {} was not let in", wish.node);
    let mut progress = String::new();
    loop {
        let message = AddNodeRequest {
            node: wish.node.0,
            address: wish.peer_address.clone(),
            replaces: wish.replace.map(|replaced| replaced.0),
            reason: wish.reason.clone(),
            actor: actor(),
            dry_run: wish.dry_run,
        };
        let reply = match client.add_node(request_within(ANSWER, message)).await {
            Ok(reply) => reply.into_inner(),
            // To ask again is harmless.
            Err(status) if status.code() == Code::Unavailable && Instant::now() < deadline => {
                progress = status.message().to_owned();
                tokio::time::sleep(RETRY).await;
                client = super::connect(common).await?;
                continue;
            }
            Err(status) => return Err(membership(wish.node, what, &status)),
        };
        if reply.behind == 0 {
            return out::show(common.output, &reply, |_| added(wish));
        }
        let news = format!(
            "node {} at {}: {} entries of the log are missing",
            wish.node, wish.peer_address, reply.behind
        );
        if news != progress {
            out::say(&news);
            progress = news;
        }
        if Instant::now() >= deadline {
            return Err(not_in_yet(wish, &reply));
        }
    }
}

fn added(wish: &NodeAdd) -> String {
    let would = if wish.dry_run { "could become a voter" } else { "is a voter" };
    match wish.replace {
        Some(replaced) => format!("node {} {would}, in the place of node {replaced}\n", wish.node),
        None => format!("node {} {would}\n", wish.node),
    }
}

fn not_in_yet(wish: &NodeAdd, reply: &AddNodeReply) -> Failure {
    let node = wish.node;
    let what = format!("node {node} is a member without a vote");
    let why = format!("it lacks {} entries of the log, or is not in contact", reply.behind);
    Failure::new(Exit::StillRunning, what, why)
        .hint(format!(
            "check that it runs and that its peer address is {}; then repeat this command",
            wish.peer_address
        ))
        .hint(format!("give it up: baton node remove {node} --force-dead"))
}

async fn remove(mut client: Client, common: &Common, wish: &NodeRemove) -> Result<(), Failure> {
    let node = wish.node;
    let message = RemoveNodeRequest {
        node: node.0,
        force_dead: wish.force_dead,
        reason: wish.reason.clone(),
        actor: actor(),
        dry_run: wish.dry_run,
    };
    let limit = common.timeout.unwrap_or(ANSWER);
    let answer = client.remove_node(request_within(limit, message)).await;
    let what = format!("node {node} was not removed");
    let reply = answer.map_err(|status| membership(node, what, &status))?.into_inner();
    let (would, remain) = if wish.dry_run { ("could be", "would") } else { ("is", "") };
    out::show(common.output, &reply, |reply| {
        format!(
            "node {node} {would} removed for ever; the voters {} {}\n",
            out::list(&reply.voters),
            format!("{remain} remain").trim(),
        )
    })
}

fn unchanged(what: String, status: &Status) -> Failure {
    let failure = Failure::from_status(what, status);
    match status.code() {
        Code::NotFound => {
            failure.hint("nothing has changed").hint("see what there is: baton node list")
        }
        _ => failure,
    }
}

fn membership(node: NodeId, what: String, status: &Status) -> Failure {
    let failure = unchanged(what, status);
    let why = status.message();
    match status.code() {
        Code::FailedPrecondition if why.contains("drain it first") => {
            failure.hint(format!("baton node drain {node}"))
        }
        Code::FailedPrecondition if why.contains("may come back") => {
            failure.hint(format!("if it is gone for good: baton node remove {node} --force-dead"))
        }
        Code::FailedPrecondition => failure.hint("see who is there: baton node list -o wide"),
        _ => failure,
    }
}

/// Returns everything about a node.
fn describe(reply: &ShowNodeReply) -> String {
    let Some(node) = &reply.node else { return String::new() };
    let mut text = format!(
        "node       {}: {}, {}\nswitches   owns {}, connected to {}\n",
        node.id, node.state, node.raft, node.owned, node.connected
    );
    for (name, address) in [
        ("openflow", &node.openflow),
        ("peer", &node.peer),
        ("admin", &node.admin),
        ("http", &node.http),
    ] {
        text += &format!("{name:<10} {}\n", if address.is_empty() { "-" } else { address });
    }
    if let Some(cordon) = &reply.cordon {
        text += &format!("cordoned   by {} at {}", cordon.actor, out::moment(cordon.at_ms));
        text += &if cordon.reason.is_empty() {
            "\n".to_owned()
        } else {
            format!(": {}\n", cordon.reason)
        };
    }
    if let Some(it) = &node.drain {
        text += &format!("drain      {}, {}: {}\n", it.id, it.state, drain::describe(it));
        text += &format!("asked by   {} at {}", it.actor, out::moment(it.started_at_ms));
        text += &if it.reason.is_empty() { "\n".to_owned() } else { format!(": {}\n", it.reason) };
    }
    text
}

pub(super) fn table(nodes: &[Node], format: Format) -> String {
    let short = |node: &Node| {
        let Node { id, raft, owned, connected, .. } = node;
        [id.to_string(), state(node), raft.clone(), owned.to_string(), connected.to_string()]
    };
    if format != Format::Wide {
        let header = ["NODE", "STATE", "RAFT", "OWNS", "CONNECTED"];
        return out::table(header, nodes.iter().map(short));
    }
    let header =
        ["NODE", "STATE", "RAFT", "OWNS", "CONNECTED", "OPENFLOW", "PEER", "ADMIN", "HTTP"];
    let wide = |node: &Node| {
        let [id, state, raft, owned, connected] = short(node);
        let Node { openflow, peer, admin, http, .. } = node.clone();
        [id, state, raft, owned, connected, openflow, peer, admin, http]
    };
    out::table(header, nodes.iter().map(wide))
}

/// Returns a node's state, and how far its drain has come.
fn state(node: &Node) -> String {
    let hidden = node.cordoned && ["down", "left"].contains(&node.state.as_str());
    let cordoned = if hidden { ", cordoned" } else { "" };
    let drain = node.drain.as_ref().map(|it| format!(", {}", drain::describe(it)));
    format!("{}{cordoned}{}", node.state, drain.unwrap_or_default())
}

const RETRY: Duration = Duration::from_millis(300);
/// Time for a node to catch up, if nobody says otherwise.
const JOIN_LIMIT: Duration = Duration::from_secs(60);
/// Time for one request for a change of the membership.
const ANSWER: Duration = Duration::from_secs(15);
