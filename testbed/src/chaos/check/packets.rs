//! Every packet-in exactly once, as far as that can be promised.
//!
//! | raised | never answered |
//! |---|---|
//! | before the batch's first fault | lost: a violation |
//! | later, and somebody who had to answer it was spared | lost: a violation |
//! | later, and all who had to answer it were struck | only they were sent it: counted |
//!
//! A second answer is a violation if it came before the batch's first fault, and is counted otherwise: whoever takes over
//! from a source that dies answers all that it has heard since it was invited.
//!
//! Who had to answer is told as in `testbed faults migrations`: of those who were sent it, the master, and who has
//! joined a hand-over since that became master; but not a candidate of which the log says that it lost. Struck is who
//! was killed, frozen or cut off in this batch, and who was taken for dead; the promise with a crash is *at least once by
//! a survivor*.

use crate::faults::{Named, owing, without_losers};
use crate::oracle::{Hearers, Ledger, Report};
use crate::switches::{Act, Deed, Moment, What};
use openflow::Role;
use serde::Serialize;
use std::time::Duration;

/// What is known of one batch at one switch.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Packet-ins and their answers.
    pub ledger: &'a Ledger,
    /// What controllers asked for.
    pub moments: &'a [Moment],
    /// What the switch has accepted.
    pub deeds: &'a [Deed],
    /// Nodes of the cluster.
    pub nodes: u64,
    /// Winners of hand-overs that the log has named.
    pub(crate) named: &'a [Named],
    /// Nodes that were struck.
    pub struck: Hearers,
    /// When the first fault began, on the switch's clock; nothing if there was none.
    pub first_fault: Option<Duration>,
}

/// Sums, and what is wrong.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Verdict {
    /// Packet-ins answered.
    pub answered: u64,
    /// Packet-ins never answered, though somebody who had to was spared.
    pub lost: u64,
    /// Packet-ins never answered that only struck nodes were sent.
    pub unheard_by_survivors: u64,
    /// Packets for which the switch had no controller to ask.
    pub unheard: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// Violations.
    pub wrong: Vec<String>,
}

impl Verdict {
    /// Adds another's sums, and what is wrong there.
    pub fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.lost += other.lost;
        self.unheard_by_survivors += other.unheard_by_survivors;
        self.unheard += other.unheard;
        self.twice += other.twice;
        self.wrong.extend(other.wrong);
    }
}

/// Judges a batch whose packet-ins will get no more answers.
pub fn check(batch: Batch<'_>) -> Verdict {
    let report = Report::of([batch.ledger]);
    let granted = granted(batch.moments, batch.deeds);
    let first_us = batch.first_fault.map_or(u64::MAX, |at| at.as_micros() as u64);
    // What was on its way to a node when that was struck was raised before.
    let is_before = |at_us: u64| at_us.saturating_add(ON_ITS_WAY_US) < first_us;
    let owed = |&(at_us, hearers): &(u64, Hearers)| {
        let struck = if is_before(at_us) { Hearers::default() } else { batch.struck };
        let owing = owing(&granted, batch.nodes, None, at_us, hearers);
        without_losers(&granted, batch.nodes, batch.named, at_us, owing).outlive(struck)
    };
    let (lost, unheard): (Vec<_>, Vec<_>) = batch.ledger.unanswered().partition(owed);
    let mut wrong = vec![];
    if let (Some((first, heard_first)), Some((last, _))) = (lost.first(), lost.last()) {
        let number = lost.len();
        wrong.push(format!(
            "{number} packet-ins lost, raised from {} to {} ms of its clock; the first fault was at {} ms; \
             the first was sent to {:?}, struck were {:?}",
            first / 1_000,
            last / 1_000,
            first_us / 1_000,
            heard_first.numbers(),
            batch.struck.numbers(),
        ));
    }
    let early = batch.ledger.answered_again().filter(|&again_us| again_us < first_us).count();
    if early > 0 {
        wrong.push(format!("{early} packet-ins answered twice, though nothing had failed yet"));
    }
    if report.stray > 0 {
        wrong.push(format!("{} answers to nothing", report.stray));
    }
    Verdict {
        answered: report.answered,
        lost: lost.len() as u64,
        unheard_by_survivors: unheard.len() as u64,
        unheard: report.unheard,
        twice: report.twice,
        wrong,
    }
}

/// Returns the moments without claims that the switch refused: those made nobody master.
///
/// They begin with whoever was master when the books were opened.
fn granted(moments: &[Moment], deeds: &[Deed]) -> Vec<Moment> {
    let latest_claim = |by_then: &dyn Fn(Duration) -> bool| {
        let mut claims = deeds.iter().rev().filter(|deed| !matches!(deed.what, Act::Wrote));
        claims.find(|deed| by_then(deed.at)).filter(|deed| deed.what != Act::Restarted)
    };
    let claimed = |moment: &Moment| {
        latest_claim(&|at| at <= moment.at).is_none_or(|deed| deed.by == moment.by)
    };
    let is_well = |moment: &&Moment| moment.what != What::Role(Role::Master) || claimed(moment);
    let opened = moments.first().map_or(Duration::MAX, |moment| moment.at);
    let before = latest_claim(&|at| at < opened);
    let before =
        before.map(|deed| Moment { at: deed.at, by: deed.by, what: What::Role(Role::Master) });
    before.into_iter().chain(moments.iter().filter(is_well).copied()).collect()
}

/// How long a packet-in may wait on a busy machine that nothing has befallen.
const ON_ITS_WAY_US: u64 = 700_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Parties;

    const FAULT: Duration = Duration::from_secs(2);
    const BEFORE: u64 = 1_000_000;
    const AFTER: u64 = 2_500_000;

    fn claim(by: u64, token: u64) -> (Moment, Deed) {
        let at = Duration::from_millis(1);
        let moment = Moment { at, by, what: What::Role(Role::Master) };
        (moment, Deed { at, by, what: Act::Claimed(token), times: 1 })
    }

    /// Node 1 is master, and packet-ins come as `fill` says.
    fn verdict(struck: &[u64], fill: impl FnOnce(&mut Ledger)) -> Verdict {
        let mut ledger = Ledger::default();
        fill(&mut ledger);
        let (moment, deed) = claim(1, 7);
        check(Batch {
            ledger: &ledger,
            moments: &[moment],
            deeds: &[deed],
            nodes: 3,
            named: &[],
            struck: struck.iter().copied().collect(),
            first_fault: Some(FAULT),
        })
    }

    fn to(nodes: &[u64]) -> Hearers {
        nodes.iter().copied().collect()
    }

    #[test]
    fn what_a_spared_master_never_answers_is_lost() {
        let raise = |ledger: &mut Ledger| {
            ledger.raise_to(AFTER, to(&[1]));
        };
        assert_eq!(verdict(&[2], raise).wrong.len(), 1);
        let struck = verdict(&[1], raise);
        assert_eq!((struck.lost, struck.unheard_by_survivors, struck.wrong.len()), (0, 1, 0));
    }

    #[test]
    fn before_the_first_fault_everything_is_answered_once() {
        let silent = verdict(&[1], |ledger| {
            ledger.raise_to(BEFORE, to(&[1]));
        });
        assert_eq!((silent.lost, silent.wrong.len()), (1, 1));
        let twice = |again_us| {
            verdict(&[1], |ledger| {
                let number = ledger.raise_to(BEFORE, to(&[1, 2]));
                ledger.answered(number, BEFORE, 1);
                ledger.answered(number, again_us, 2);
            })
        };
        assert_eq!((twice(BEFORE).twice, twice(BEFORE).wrong.len()), (1, 1));
        assert_eq!((twice(AFTER).twice, twice(AFTER).wrong.len()), (1, 0), "by an heir, say");
    }

    #[test]
    fn an_answer_to_nothing_is_a_violation() {
        assert_eq!(verdict(&[], |ledger| ledger.answered(99, AFTER, 1)).wrong.len(), 1);
    }

    #[test]
    fn whoever_was_master_before_is_master_still_and_a_newcomer_owes_nothing() {
        let (_, deed) = claim(1, 7);
        let mut ledger = Ledger::default();
        ledger.raise_to(AFTER, to(&[1, 2]));
        let batch = |struck: &[u64]| {
            check(Batch {
                ledger: &ledger,
                moments: &[],
                deeds: &[deed],
                nodes: 3,
                named: &[],
                struck: to(struck),
                first_fault: Some(FAULT),
            })
        };
        // Node 2 is `EQUAL` as everyone is who has just connected.
        assert_eq!((batch(&[1]).lost, batch(&[1]).wrong.len()), (0, 0));
        assert_eq!((batch(&[2]).lost, batch(&[2]).wrong.len()), (1, 1));
    }

    #[test]
    fn what_source_and_winner_took_with_them_the_loser_of_their_race_does_not_owe() {
        let (moment, deed) = claim(1, 7);
        let at = Duration::from_micros(AFTER);
        let joins = Moment { at, by: 3, what: What::Role(Role::Equal) };
        let mut ledger = Ledger::default();
        ledger.raise_to(AFTER + 1, to(&[1, 2, 3]));
        let parties = Parties { source: 1, winner: 2 };
        let lost = |named: &[Named], struck: &[u64]| {
            check(Batch {
                ledger: &ledger,
                moments: &[moment, joins, Moment { what: What::Marker, ..joins }],
                deeds: &[deed],
                nodes: 3,
                named,
                struck: to(struck),
                first_fault: Some(FAULT),
            })
            .lost
        };
        let named = [Named { at: at + Duration::from_millis(3), parties }];
        assert_eq!(lost(&[], &[1, 2]), 1, "it would owe that in a race that was given up");
        assert_eq!(lost(&named, &[1, 2]), 0);
        assert_eq!(lost(&named, &[2]), 1, "the source has kept it");
    }

    #[test]
    fn a_claim_that_was_refused_makes_nobody_master() {
        let (by_one, deed) = claim(1, 7);
        let refused = Moment { at: Duration::from_millis(5), by: 2, ..by_one };
        assert_eq!(granted(&[by_one, refused], &[deed]), [by_one]);
    }
}
