//! What the parties of a migration measured.

use crate::NodeId;
use serde::{Deserialize, Serialize};

/// Measurements of one finished migration.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Report {
    /// What happened at each party, in the order in which that party saw it.
    pub marks: Vec<Mark>,
    /// Packet-ins that the winner held back and then processed.
    pub buffered: u64,
    /// Packet-ins that the source held back, up to when it handed over.
    pub shadowed: u64,
    /// Bytes of application state that were handed over.
    pub state_bytes: u64,
}

/// One thing that one party saw or did.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Mark {
    /// Wall clock of the party in microseconds since 1970; monotonic within one party, and comparable
    /// between parties only as far as their clocks agree.
    pub at_us: u64,
    /// The party.
    pub node: NodeId,
    /// What it was.
    pub what: What,
    /// The other party: who sent or is sent a message, or whose marker it is.
    pub peer: Option<NodeId>,
}

/// What a party saw or did.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum What {
    /// Sent a message.
    Sent(Message),
    /// Received a message.
    Got(Message),
    /// Learnt from the log that the migration is open.
    Opened,
    /// Asked the log to commit.
    Proposed,
    /// Learnt from the log that the migration is committed.
    Committed,
    /// Processed what it had held back, and goes on by itself.
    Released,
}

/// The messages of a hand-over, as they are counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Message {
    /// Source to candidate: take part.
    Start,
    /// Candidate to source: no.
    Refuse,
    /// Candidate to source: here I am.
    Ready,
    /// Source to target: the application's state.
    LocalState,
    /// Target to source: the application's state has come in.
    Taken,
    /// Source to target: take over.
    EndMigration,
    /// Source to target: take over, and here is what I could not finish.
    Rest,
    /// Winner to source: what could you not finish?
    Collect,
    /// To the switch: `OFPT_ROLE_REQUEST(EQUAL)`.
    RoleEqual,
    /// To the switch: `OFPT_ROLE_REQUEST(MASTER)`.
    RoleMaster,
    /// To the switch: `OFPT_ROLE_REQUEST(SLAVE)`.
    RoleSlave,
    /// From the switch: `OFPT_ROLE_REPLY`.
    RoleReply,
    /// From the switch: `OFPT_ROLE_STATUS`.
    RoleStatus,
    /// To the switch: `OFPT_PACKET_OUT` with the marker.
    MarkerOut,
    /// From the switch: the marker, as `OFPT_PACKET_IN`, `OFPT_FLOW_REMOVED` or `OFPT_CONTROLLER_STATUS`.
    MarkerIn,
    /// To the switch: `OFPT_FLOW_MOD` that adds the flow whose removal is the marker.
    FlowAdd,
    /// To the switch: `OFPT_FLOW_MOD` that deletes it.
    FlowDelete,
    /// To the switch: `OFPT_BARRIER_REQUEST`.
    BarrierRequest,
    /// From the switch: `OFPT_BARRIER_REPLY`.
    BarrierReply,
}

/// Marks that the log keeps for one migration.
pub const MAX_MARKS: usize = 128;

/// Where the time of a migration went, in microseconds.
///
/// Three phases follow each other in every protocol; which messages part them is each protocol's own, so they
/// are told by what the parties do: choose, hand over, take over.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Phases {
    /// From the start until the source had chosen and cut, or had the commit where there is no choice.
    pub invite_us: u64,
    /// Source: from there until it told the target to take over, barrier and commit included.
    pub drain_us: u64,
    /// Target: from being told to its release, or to the grant of `MASTER` if that comes later.
    pub take_over_us: u64,
    /// Source, within the others: from its proposal to the commit.
    pub commit_us: u64,
    /// Target: how long it held packet-ins back.
    pub window_us: u64,
    /// From the start to the finish, across both clocks.
    pub total_us: u64,
}

impl Report {
    /// Returns the report with no more than [`MAX_MARKS`] marks.
    pub fn bounded(mut self) -> Self {
        self.marks.truncate(MAX_MARKS);
        self
    }

    /// Returns when `node` first saw or did `what`, in microseconds since 1970.
    pub fn at(&self, node: NodeId, what: What) -> Option<u64> {
        self.marks.iter().find(|mark| mark.node == node && mark.what == what).map(|mark| mark.at_us)
    }

    /// Returns how long `candidate` took to answer `source`, by way of the switch where the protocol has it
    /// so; none if its answer had not come when the source handed over.
    pub fn probe_us(&self, source: NodeId, candidate: NodeId) -> Option<u64> {
        let at = |what| {
            let mut marks = self.marks.iter();
            let of =
                |mark: &&Mark| (mark.node, mark.what, mark.peer) == (source, what, Some(candidate));
            marks.find(of).map(|mark| mark.at_us)
        };
        let opened = || self.at(source, What::Opened);
        let started = at(What::Sent(Message::Start)).or_else(opened)?;
        let ready = at(What::Got(Message::Ready));
        let answered = ready.or_else(|| at(What::Got(Message::MarkerIn)))?;
        Some(answered.saturating_sub(started))
    }

    /// Returns where the time went in a migration from `source` to `winner`; a phase that was skipped, as
    /// after a failure, is 0.
    pub fn phases(&self, source: NodeId, winner: NodeId) -> Phases {
        let first = |node, whats: &[What]| whats.iter().find_map(|&what| self.at(node, what));
        let between = |from: Option<u64>, to: Option<u64>| {
            from.zip(to).map_or(0, |(from, to)| to.saturating_sub(from))
        };
        let marker = What::Got(Message::MarkerIn);
        let own_marker = || {
            let mine =
                |mark: &&Mark| (mark.node, mark.what, mark.peer) == (winner, marker, Some(winner));
            self.marks.iter().find(mine).map(|mark| mark.at_us)
        };
        let proposed = self.at(source, What::Proposed);
        let invited = self.at(source, What::Sent(Message::Start));
        // Where candidates start by themselves, whoever was first.
        let started = match invited {
            Some(invited) => Some(proposed.map_or(invited, |proposed| proposed.min(invited))),
            None => self.marks.iter().map(|mark| mark.at_us).min(),
        };
        let committed = self.at(source, What::Committed);
        let over = [What::Sent(Message::EndMigration), What::Sent(Message::Rest)];
        let told = [What::Got(Message::EndMigration), What::Got(Message::Rest)];
        let released = self.at(winner, What::Released);
        let finished = self.at(winner, What::Proposed).max(released);
        let cut = own_marker().or_else(|| self.at(winner, What::Got(Message::RoleReply)));
        Phases {
            invite_us: between(started, proposed),
            drain_us: between(proposed, first(source, &over)),
            take_over_us: between(first(winner, &told), finished),
            commit_us: between(proposed, committed),
            window_us: between(cut, released),
            total_us: between(started, finished),
        }
    }

    /// Returns how many messages of each kind were sent, the switch's answers counted where they arrived.
    pub fn messages(&self) -> Vec<(Message, u64)> {
        let mut counts = std::collections::BTreeMap::new();
        for mark in &self.marks {
            match mark.what {
                What::Sent(message) => *counts.entry(message).or_default() += 1,
                What::Got(message) if message.is_from_switch() => {
                    *counts.entry(message).or_default() += 1;
                }
                What::Got(_) | What::Opened | What::Proposed | What::Committed | What::Released => {
                }
            }
        }
        counts.into_iter().collect()
    }
}

impl Message {
    /// Every kind of message.
    pub const ALL: [Self; 19] = [
        Self::Start,
        Self::Refuse,
        Self::Ready,
        Self::LocalState,
        Self::Taken,
        Self::EndMigration,
        Self::Rest,
        Self::Collect,
        Self::RoleEqual,
        Self::RoleMaster,
        Self::RoleSlave,
        Self::RoleReply,
        Self::RoleStatus,
        Self::MarkerOut,
        Self::MarkerIn,
        Self::FlowAdd,
        Self::FlowDelete,
        Self::BarrierRequest,
        Self::BarrierReply,
    ];

    /// Returns whether parties send it to each other.
    pub fn is_between_parties(self) -> bool {
        matches!(
            self,
            Self::Start
                | Self::Refuse
                | Self::Ready
                | Self::LocalState
                | Self::Taken
                | Self::EndMigration
                | Self::Rest
                | Self::Collect
        )
    }

    /// Returns whether the switch sends it.
    pub fn is_from_switch(self) -> bool {
        matches!(self, Self::RoleReply | Self::RoleStatus | Self::MarkerIn | Self::BarrierReply)
    }

    /// Returns the name that time lines and counters use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Refuse => "refuse",
            Self::Ready => "ready",
            Self::LocalState => "local_state",
            Self::Taken => "taken",
            Self::EndMigration => "end_migration",
            Self::Rest => "rest",
            Self::Collect => "collect",
            Self::RoleEqual => "ROLE_REQUEST(EQUAL)",
            Self::RoleMaster => "ROLE_REQUEST(MASTER)",
            Self::RoleSlave => "ROLE_REQUEST(SLAVE)",
            Self::RoleReply => "ROLE_REPLY",
            Self::RoleStatus => "ROLE_STATUS",
            Self::MarkerOut => "PACKET_OUT(marker)",
            Self::MarkerIn => "marker",
            Self::FlowAdd => "FLOW_MOD(add marker)",
            Self::FlowDelete => "FLOW_MOD(delete marker)",
            Self::BarrierRequest => "BARRIER_REQUEST",
            Self::BarrierReply => "BARRIER_REPLY",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: NodeId = NodeId(1);
    const T: NodeId = NodeId(2);
    const U: NodeId = NodeId(3);

    fn report(marks: &[(u64, NodeId, What, Option<NodeId>)]) -> Report {
        let marks = marks.iter().map(|&(at_us, node, what, peer)| Mark { at_us, node, what, peer });
        Report { marks: marks.collect(), ..Report::default() }
    }

    fn erc() -> Report {
        report(&[
            (90, S, What::Opened, None),
            (100, S, What::Sent(Message::Start), Some(T)),
            (101, S, What::Sent(Message::Start), Some(U)),
            (140, S, What::Got(Message::MarkerIn), Some(U)),
            (150, S, What::Got(Message::MarkerIn), Some(T)),
            (155, S, What::Proposed, None),
            (190, S, What::Committed, None),
            (200, S, What::Sent(Message::EndMigration), Some(T)),
            (142, T, What::Got(Message::MarkerIn), Some(U)),
            (152, T, What::Got(Message::MarkerIn), Some(T)),
            (210, T, What::Got(Message::EndMigration), Some(S)),
            (230, T, What::Got(Message::RoleReply), None),
            (231, T, What::Released, None),
            (232, T, What::Proposed, None),
        ])
    }

    #[test]
    fn the_phases_of_erc_follow_each_other_and_the_window_begins_at_the_winners_own_marker() {
        let expected = Phases {
            invite_us: 55,
            drain_us: 45,
            take_over_us: 22,
            commit_us: 35,
            window_us: 79,
            total_us: 132,
        };
        assert_eq!(erc().phases(S, T), expected);
    }

    #[test]
    fn the_phases_of_direct_begin_with_the_commit_and_the_window_with_the_grant() {
        let direct = report(&[
            (100, S, What::Opened, None),
            (101, S, What::Proposed, None),
            (102, S, What::Sent(Message::Start), Some(T)),
            (120, S, What::Committed, None),
            (150, S, What::Sent(Message::Rest), Some(T)),
            (140, T, What::Got(Message::RoleReply), None),
            (160, T, What::Got(Message::Rest), Some(S)),
            (161, T, What::Released, None),
            (162, T, What::Proposed, None),
        ]);
        let phases = direct.phases(S, T);
        assert_eq!((phases.commit_us, phases.drain_us), (19, 49));
        assert_eq!((phases.window_us, phases.take_over_us, phases.total_us), (21, 2, 61));
    }

    #[test]
    fn a_phase_that_was_skipped_takes_no_time() {
        let heir = report(&[
            (100, T, What::Got(Message::RoleReply), None),
            (130, T, What::Released, None),
            (131, T, What::Proposed, None),
        ]);
        let phases = heir.phases(S, T);
        assert_eq!((phases.invite_us, phases.drain_us, phases.take_over_us), (0, 0, 0));
        assert_eq!((phases.window_us, phases.total_us), (30, 31));
        assert_eq!(Report::default().phases(S, T), Phases::default());
    }

    #[test]
    fn a_probe_is_timed_from_its_own_invitation_to_its_own_answer() {
        let erc = erc();
        assert_eq!((erc.probe_us(S, T), erc.probe_us(S, U)), (Some(50), Some(39)));
        assert_eq!(erc.probe_us(S, NodeId(9)), None, "it has not answered");
    }

    #[test]
    fn where_candidates_say_that_they_are_ready_that_is_the_answer() {
        let mut elasticon = erc();
        let ready = What::Got(Message::Ready);
        elasticon.marks.push(Mark { at_us: 160, node: S, what: ready, peer: Some(T) });
        assert_eq!(elasticon.probe_us(S, T), Some(60));
    }

    #[test]
    fn a_candidate_that_starts_by_itself_is_timed_from_the_opening() {
        let peer =
            report(&[(90, S, What::Opened, None), (120, S, What::Got(Message::MarkerIn), Some(T))]);
        assert_eq!(peer.probe_us(S, T), Some(30));
    }

    #[test]
    fn messages_are_counted_where_they_are_sent_and_the_switchs_where_they_arrive() {
        let counted = erc().messages();
        let of = |message| counted.iter().find(|(kind, _)| *kind == message).map(|(_, n)| *n);
        assert_eq!(of(Message::Start), Some(2));
        assert_eq!(of(Message::MarkerIn), Some(4));
        assert_eq!(of(Message::EndMigration), Some(1), "it is not counted twice");
        assert_eq!(of(Message::RoleStatus), None);
    }

    #[test]
    fn every_kind_of_message_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Message::ALL.map(Message::name).into();
        assert_eq!(names.len(), Message::ALL.len());
        assert!(Message::ALL.iter().all(|m| !(m.is_between_parties() && m.is_from_switch())));
    }
}
