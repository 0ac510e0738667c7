//! Records of the log as messages of `admin.proto`, and their time lines back again.

use crate::proto::admin as proto;
use crate::session::SessionView;
use migration::NodeId;
use migration::gate::Mode;
use migration::ownership::{
    AbortReason, Cause, Change, Drain, DrainEnd, Migration, MigrationId, Note, Occasion, Ownership,
    State, Switch,
};
use migration::report::{Mark, Message, Report, What};
use openflow::{Dpid, GenerationId, Role};

/// Whether a record carries what each party saw and did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Marks {
    /// It does.
    With,
    /// It does not: in lists.
    Without,
}

/// Returns a migration as the admin service tells it.
pub(super) fn record_of(id: MigrationId, migration: &Migration, marks: Marks) -> proto::Migration {
    let report = migration.report.as_ref();
    let winner = migration.winner.filter(|_| migration.state.is_final());
    let phases = report.zip(winner).map(|(report, winner)| report.phases(migration.source, winner));
    let probe = |node| report.and_then(|report| report.probe_us(migration.source, node));
    let candidate = |&node: &NodeId| proto::Candidate { node: node.0, probe_us: probe(node) };
    let messages = report.map(Report::messages).unwrap_or_default().into_iter();
    proto::Migration {
        id: id.0,
        dpid: migration.dpid.to_string(),
        protocol: migration.protocol.name().to_owned(),
        rule: migration.rule.name().to_owned(),
        source: migration.source.0,
        winner: migration.winner.map(|winner| winner.0),
        candidates: migration.candidates.iter().map(candidate).collect(),
        state: migration.state.name().to_owned(),
        outcome: migration.state.is_final().then(|| migration.state.name().to_owned()),
        aborted_because: match &migration.state {
            State::Aborted(reason) => Some(reason.to_string()),
            State::Open | State::Committed | State::Done => None,
        },
        token: migration.token.0,
        actor: migration.actor.clone(),
        reason: migration.reason.clone(),
        deadline_ms: migration.deadline_ms,
        started_at_ms: migration.started_at_ms,
        phases: phases.map(|phases| proto::Phases {
            invite_us: phases.invite_us,
            drain_us: phases.drain_us,
            take_over_us: phases.take_over_us,
            commit_us: phases.commit_us,
            window_us: phases.window_us,
            total_us: phases.total_us,
        }),
        window_us: phases.map(|phases| phases.window_us),
        buffered: report.map_or(0, |report| report.buffered),
        shadowed: report.map_or(0, |report| report.shadowed),
        state_bytes: report.map_or(0, |report| report.state_bytes),
        messages: messages.map(|(kind, n)| (kind.name().to_owned(), n)).collect(),
        marks: match (marks, report) {
            (Marks::With, Some(report)) => report.marks.iter().map(mark_of).collect(),
            (_, _) => Vec::new(),
        },
    }
}

/// Returns what each party saw and did; what a newer node may know besides is left out.
pub(crate) fn marks_from(record: &proto::Migration) -> Vec<Mark> {
    record.marks.iter().filter_map(mark_from).collect()
}

fn mark_of(mark: &Mark) -> proto::Mark {
    let (what, message) = match mark.what {
        What::Sent(message) => ("sent", Some(message)),
        What::Got(message) => ("got", Some(message)),
        What::Opened => ("opened", None),
        What::Proposed => ("proposed", None),
        What::Committed => ("committed", None),
        What::Released => ("released", None),
    };
    proto::Mark {
        at_us: mark.at_us,
        node: mark.node.0,
        what: what.to_owned(),
        message: message.map(|message| message.name().to_owned()),
        peer: mark.peer.map(|peer| peer.0),
    }
}

fn mark_from(mark: &proto::Mark) -> Option<Mark> {
    let message = || {
        let name = mark.message.as_deref()?;
        Message::ALL.into_iter().find(|message| message.name() == name)
    };
    let what = match mark.what.as_str() {
        "sent" => What::Sent(message()?),
        "got" => What::Got(message()?),
        "opened" => What::Opened,
        "proposed" => What::Proposed,
        "committed" => What::Committed,
        "released" => What::Released,
        _ => return None,
    };
    Some(Mark { at_us: mark.at_us, node: NodeId(mark.node), what, peer: mark.peer.map(NodeId) })
}

pub(super) fn switch_of(dpid: Dpid, switch: &Switch) -> proto::Switch {
    proto::Switch {
        dpid: dpid.to_string(),
        owner: switch.owner.map(|owner| owner.0),
        token: switch.token.0,
        standbys: switch.standbys.iter().map(|node| node.0).collect(),
        connected: switch.connected.keys().map(|node| node.0).collect(),
        migration: switch.migration.map(|id| id.0),
        equals: switch.equals.iter().map(|node| node.0).collect(),
    }
}

pub(super) fn change_of(change: &Change) -> proto::Change {
    let (cause, migration) = match change.cause {
        Cause::Assigned => ("assigned", None),
        Cause::Migrated(id) => ("migrated", Some(id)),
        Cause::RolledBack(id) => ("rolled-back", Some(id)),
        Cause::OwnerDied => ("owner-died", None),
        Cause::ChannelLost => ("channel-lost", None),
        Cause::OwnerLeft => ("owner-left", None),
    };
    proto::Change {
        token: change.token.0,
        from: change.from.map(|node| node.0),
        to: change.to.0,
        cause: cause.to_owned(),
        migration: migration.map(|id| id.0),
        actor: change.actor.clone(),
        reason: change.reason.clone(),
        at_ms: change.at_ms,
    }
}

pub(super) fn session_of(session: &SessionView) -> proto::Session {
    let role = match session.role {
        Role::NoChange => "nochange",
        Role::Equal => "equal",
        Role::Master => "master",
        Role::Slave => "slave",
    };
    let gate = match session.gate {
        Mode::Process => "process",
        Mode::Buffer => "buffer",
        Mode::Shadow => "shadow",
        Mode::Discard => "discard",
    };
    let generation = session.generation;
    proto::Session {
        peer: session.peer_addr.clone(),
        version: session.version.to_string(),
        role: role.to_owned(),
        generation_id: (generation != GenerationId::UNDEFINED).then_some(generation.0),
        gate: gate.to_owned(),
        connected_for_ms: u64::try_from(session.connected_for.as_millis()).unwrap_or(u64::MAX),
        packet_ins: session.packet_ins,
        fenced: session.fenced,
        ports: session.n_ports as u64,
    }
}

pub(super) fn drain_of(node: NodeId, drain: &Drain, state: &Ownership) -> proto::Drain {
    let served = state.served_by(node) as u64;
    let (state, left) = match drain.end {
        None => ("running", served),
        Some(DrainEnd::Done) => ("done", 0),
        Some(DrainEnd::Partly { left }) => ("partly", left.into()),
        Some(DrainEnd::Cancelled) => ("cancelled", served),
    };
    let occasion = match drain.occasion {
        Occasion::Maintenance => "maintenance",
        Occasion::Leaving => "leaving",
    };
    let failed = |(dpid, why): &(Dpid, AbortReason)| proto::FailedMove {
        dpid: dpid.to_string(),
        why: why.to_string(),
    };
    proto::Drain {
        id: drain.id.0,
        state: state.to_owned(),
        occasion: occasion.to_owned(),
        planned: drain.planned.into(),
        moved: drain.moved.into(),
        left,
        failed: drain.failed.into(),
        failures: drain.failures.iter().map(failed).collect(),
        parallel: drain.order.parallel.into(),
        deadline_ms: drain.order.deadline_ms,
        actor: drain.actor.clone(),
        reason: drain.order.reason.clone(),
        started_at_ms: drain.started_at_ms,
    }
}

pub(super) fn cordon_of(note: &Note) -> proto::Cordon {
    let Note { actor, reason, at_ms } = note.clone();
    proto::Cordon { actor, reason, at_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_line_survives_the_way_to_the_client() {
        let whats = [What::Opened, What::Proposed, What::Committed, What::Released];
        let sent = Message::ALL.into_iter().map(What::Sent);
        let got = Message::ALL.into_iter().map(What::Got);
        for what in sent.chain(got).chain(whats) {
            let mark = Mark { at_us: 7, node: NodeId(2), what, peer: Some(NodeId(3)) };
            assert_eq!(mark_from(&mark_of(&mark)), Some(mark));
        }
    }
}
