//! Letting nodes in and taking them out: the log of Raft members and the ownership state, in an order that may be
//! broken off anywhere and asked for again.
//!
//! - In: refused for a number that was ever removed; then a learner, then a voter; then whom it replaces is retired.
//! - Out: refused while it serves a switch; then no member; then retired.

use crate::clock::unix_ms;
use consensus::{Admitted, Consensus, Newcomer, ProposeError};
use migration::NodeId;
use migration::ownership::{Command, Done, Kind, Life, Op, Refusal};
use tonic::Status;

/// Who asks for a change, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker {
    pub(crate) actor: String,
    pub(crate) reason: String,
}

/// Lets a node in, as far as one request takes it.
pub(crate) async fn add(
    consensus: &Consensus,
    newcomer: Newcomer,
    asker: Asker,
) -> Result<Admitted, Status> {
    consensus.read_linearizable().await.map_err(failed)?;
    let Newcomer { node, replaces, dry_run, .. } = newcomer;
    let members = consensus.status().members;
    consensus.read(|state| {
        if state.retired().contains_key(&node) {
            return Err(refused(&Refusal::Retired(node)));
        }
        let Some(replaced) = replaces.filter(|it| !state.retired().contains_key(it)) else {
            return Ok(());
        };
        if !members.contains_key(&replaced) && !state.nodes().contains_key(&replaced) {
            return Err(refused(&Refusal::UnknownNode(replaced)));
        }
        state.check_remove(replaced, true).map_err(|refusal| refused(&refusal))
    })?;
    let admitted = consensus.add_node(newcomer).await.map_err(failed)?;
    if let (Admitted::Voter, Some(replaced), false) = (admitted, replaces, dry_run) {
        let reason = match asker.reason.as_str() {
            "" => format!("replaced by node {node}"),
            reason => reason.to_owned(),
        };
        retire(consensus, replaced, Asker { reason, ..asker }).await?;
    }
    Ok(admitted)
}

/// Takes a node out for ever; `dead` says that whoever asks knows that it will never come back.
pub(crate) async fn remove(
    consensus: &Consensus,
    node: NodeId,
    dead: bool,
    dry_run: bool,
    asker: Asker,
) -> Result<(), Status> {
    consensus.read_linearizable().await.map_err(failed)?;
    let is_member = consensus.status().members.contains_key(&node);
    let is_retired = consensus.read(|state| {
        let is_retired = state.retired().contains_key(&node);
        if !is_member && !is_retired && !state.nodes().contains_key(&node) {
            return Err(refused(&Refusal::UnknownNode(node)));
        }
        // An earlier request was broken off when it had taken the vote: whatever its disk holds, it cannot come back.
        let is_down = state.nodes().get(&node).is_some_and(|node| node.life == Life::Down);
        let dead = dead || (is_down && !is_member);
        state.check_remove(node, dead).map_err(|refusal| refused(&refusal))?;
        Ok(is_retired)
    })?;
    consensus.remove_node(node, dry_run).await.map_err(failed)?;
    if dry_run || is_retired {
        return Ok(());
    }
    retire(consensus, node, asker).await
}

async fn retire(consensus: &Consensus, node: NodeId, asker: Asker) -> Result<(), Status> {
    let Asker { actor, reason } = asker;
    propose(consensus, actor, Op::Retire { node, reason }).await.map(drop)
}

/// Puts `op` into the log in somebody's name.
pub(crate) async fn propose(consensus: &Consensus, actor: String, op: Op) -> Result<Done, Status> {
    let reply = consensus.propose(Command { actor, at_ms: unix_ms(), op }).await;
    reply.map_err(unavailable)?.result.map_err(|refusal| refused(&refusal))
}

pub(crate) fn refused(refusal: &Refusal) -> Status {
    match refusal.kind() {
        Kind::NotFound => Status::not_found(refusal.to_string()),
        Kind::Guard => Status::failed_precondition(refusal.to_string()),
    }
}

pub(crate) fn unavailable(error: ProposeError) -> Status {
    Status::unavailable(error.to_string())
}

/// A leader's no is a guard's.
fn failed(error: ProposeError) -> Status {
    match error {
        ProposeError::Refused(why) => Status::failed_precondition(why),
        other => unavailable(other),
    }
}
