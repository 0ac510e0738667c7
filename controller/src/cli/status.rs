//! `baton status`: the cluster on one screen.

use super::args::Common;
use super::exit::{Exit, Failure};
use super::out::{self, Colour, Format, or_dash};
use super::{migration, node, request};
use crate::admin::{Client, Verdict};
use crate::proto::admin::{StatusReply, StatusRequest};

pub(super) async fn status(mut client: Client, common: &Common) -> Result<(), Failure> {
    let digest = common.output != Format::Table;
    let asked = StatusRequest { digest, ask_down: true };
    let answer = client.status(request(common, asked)).await;
    let failed = |status| Failure::from_status("the cluster has no status", &status);
    let reply = answer.map_err(failed)?.into_inner();
    out::show(common.output, &reply, |reply| describe(reply, common))?;
    if reply.verdict == Verdict::Unhealthy.name() {
        let why = reply.problems.join("; ");
        return Err(Failure::new(Exit::Unhealthy, "the cluster does not do all of its work", why));
    }
    Ok(())
}

fn describe(reply: &StatusReply, common: &Common) -> String {
    let colour = match reply.verdict.as_str() {
        "healthy" => Colour::Green,
        "degraded" => Colour::Yellow,
        _ => Colour::Red,
    };
    let mut text = format!(
        "{}\nquorum {}   leader {}   term {}   applied {}   answered by node {}\n",
        out::paint(&reply.verdict, colour),
        if reply.quorum { "yes" } else { "no" },
        or_dash(reply.leader.map(|leader| format!("node {leader}"))),
        reply.term,
        reply.applied,
        reply.answered_by,
    );
    if !reply.digest.is_empty() {
        text += &format!("digest {} as of entry {}\n", reply.digest, reply.applied);
    }
    for problem in &reply.problems {
        text += &format!("! {problem}\n");
    }
    text += "\n";
    text += &node::table(&reply.nodes, common.output);
    text += &format!(
        "\nswitches {}   without an owner {}   unreachable {}   migrations under way {}\n",
        reply.switches,
        reply.orphans.len(),
        reply.unreachable.len(),
        reply.migrations.len(),
    );
    if !reply.migrations.is_empty() {
        text += "\n";
        text += &migration::table(&reply.migrations, common.output);
    }
    text
}
