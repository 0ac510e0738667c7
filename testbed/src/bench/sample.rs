//! One measured hand-over.

use super::chance::Draw;
use super::floor::Floor;
use crate::cluster::{Mark, Migrated};
use crate::oracle::Tally;

/// What one hand-over came to; times in microseconds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sample {
    /// From the operator's request until its outcome came back.
    pub waited: u64,
    /// What it could not have done without, where that was measured.
    pub floor: Option<Floor>,
    /// From start to release.
    pub total: u64,
    /// How long the target held packet-ins back.
    pub window: u64,
    /// From the start to the cut.
    pub invite: u64,
    /// From the cut to `end_migration`.
    pub drain: u64,
    /// From `end_migration` to the release.
    pub take_over: u64,
    /// Within draining: how long the source had everything but the commit, and waited.
    pub commit_wait: u64,
    /// Packet-ins that the target held back.
    pub buffered: u64,
    /// Packet-ins that the source held back.
    pub shadowed: u64,
    /// Packet-ins that more than one controller was sent, once for each but the first.
    pub copies: u64,
    /// Messages sent.
    pub messages: u64,
    /// Bytes of application state.
    pub state_bytes: u64,
    /// Times from the start to the markers of the candidates, and whether each was slow.
    pub probes: Vec<(u64, bool)>,
    /// What the oracle counted during it.
    pub trouble: Trouble,
}

/// What went wrong with packet-ins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Trouble {
    /// Never answered.
    pub lost: u64,
    /// Answered more than once.
    pub twice: u64,
    /// Answered after a later one.
    pub reordered: u64,
}

impl Sample {
    /// Reads what `baton migrate` told; what the oracle counted is to come.
    pub fn of(migrated: &Migrated, draw: &Draw) -> Option<Self> {
        let phases = migrated.phases?;
        let probes = migrated.candidates.iter();
        let probes =
            probes.filter_map(|one| Some((one.probe_us?, draw.is_slow(one.node)))).collect();
        Some(Self {
            waited: migrated.waited_us?,
            floor: None,
            total: phases.total_us,
            window: phases.window_us,
            invite: phases.invite_us,
            drain: phases.drain_us,
            take_over: phases.take_over_us,
            commit_wait: commit_wait(migrated.source, &migrated.marks),
            buffered: migrated.buffered,
            shadowed: migrated.shadowed,
            messages: migrated.messages.values().sum(),
            state_bytes: migrated.state_bytes,
            probes,
            ..Self::default()
        })
    }

    /// Returns what no phase accounts for: `end_migration` on its way from one party to the other.
    pub fn between(&self) -> u64 {
        self.total.saturating_sub(self.invite + self.drain + self.take_over)
    }

    /// Returns the time without the wait for the commit: what the messages and their handling took.
    pub fn without_commit(&self) -> u64 {
        self.total.saturating_sub(self.commit_wait)
    }
}

impl Trouble {
    /// Returns whether all went well.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Returns what has gone wrong from one moment to another.
    pub fn between(before: &Tally, after: &Tally) -> Self {
        let lost = |tally: &Tally| tally.lost + tally.waiting;
        Self {
            lost: lost(after).saturating_sub(lost(before)),
            twice: after.twice.saturating_sub(before.twice),
            reordered: after.reordered.saturating_sub(before.reordered),
        }
    }
}

impl std::ops::AddAssign for Trouble {
    fn add_assign(&mut self, more: Self) {
        self.lost += more.lost;
        self.twice += more.twice;
        self.reordered += more.reordered;
    }
}

/// Returns how long the source waited for the commit alone: from the switch's last word to `end_migration`.
fn commit_wait(source: u64, marks: &[Mark]) -> u64 {
    let at = |what: &'static str, message: &'static str| {
        let is = move |mark: &&Mark| {
            mark.node == source && mark.what == what && mark.message.as_deref() == Some(message)
        };
        marks.iter().filter(is).map(|mark| mark.at_us)
    };
    let Some(ended) = at("sent", "end_migration").next() else { return 0 };
    let answered = at("got", "BARRIER_REPLY").filter(|&at_us| at_us <= ended).max();
    answered.map_or(0, |answered| ended - answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::chance::Drawn;
    use serde_json::json;

    fn migrated() -> Migrated {
        serde_json::from_value(json!({
            "id": 7, "source": 1, "winner": 2, "outcome": "done", "waited_us": 90, "buffered": 3, "shadowed": 4,
            "phases": {"invite_us": 10, "drain_us": 20, "take_over_us": 30, "commit_us": 15,
                       "window_us": 45, "total_us": 60},
            "candidates": [{"node": 2, "probe_us": 10}, {"node": 3, "probe_us": 12}, {"node": 4}],
            "messages": {"start": 1, "BARRIER_REPLY": 1},
            "marks": [
                {"at_us": 100, "node": 1, "what": "got", "message": "BARRIER_REPLY"},
                {"at_us": 104, "node": 1, "what": "committed"},
                {"at_us": 104, "node": 1, "what": "sent", "message": "end_migration"},
                {"at_us": 109, "node": 2, "what": "got", "message": "BARRIER_REPLY"},
            ],
        }))
        .unwrap()
    }

    fn draw() -> Draw {
        let drawn = |node, is_slow| Drawn { node, is_slow, stalls: false };
        Draw { pool: vec![drawn(2, false), drawn(3, true)], candidates: vec![2, 3] }
    }

    #[test]
    fn a_result_becomes_a_sample() {
        let sample = Sample::of(&migrated(), &draw()).unwrap();
        assert_eq!((sample.total, sample.window, sample.messages), (60, 45, 2));
        assert_eq!(sample.between(), 0);
        assert_eq!((sample.commit_wait, sample.without_commit()), (4, 56));
        assert_eq!(sample.probes, [(10, false), (12, true)]);
    }

    #[test]
    fn a_protocol_without_a_barrier_waits_for_no_commit() {
        let mut direct = migrated();
        direct.marks.retain(|mark| mark.message.as_deref() != Some("BARRIER_REPLY"));
        assert_eq!(Sample::of(&direct, &draw()).unwrap().commit_wait, 0);
    }

    #[test]
    fn what_still_waits_in_the_end_is_lost() {
        let before = Tally { waiting: 1, twice: 2, ..Tally::default() };
        let after = Tally { waiting: 3, lost: 1, twice: 2, reordered: 1, ..Tally::default() };
        assert_eq!(Trouble::between(&before, &after), Trouble { lost: 3, twice: 0, reordered: 1 });
    }
}
