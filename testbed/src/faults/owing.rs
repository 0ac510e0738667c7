//! Who would have to answer a packet-in, of those whom the switch has sent it.

use crate::oracle::Hearers;
use crate::switches::{Moment, What};
use openflow::Role;
use std::time::Duration;

/// The two between whom a switch moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Parties {
    pub(crate) source: u64,
    pub(crate) winner: u64,
}

/// When the log named the winner of a hand-over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    pub(crate) at: Duration,
    pub(crate) parties: Parties,
}

/// Returns who of `hearers` had to do with a packet-in that was raised at `at_us`.
///
/// A hot peer hears everything and answers for nothing, until it takes part: it asks for a role, or has the switch send its
/// marker. Once another is master, or the source of a group without one is `SLAVE`, who has been `EQUAL` since before is
/// no party any more: the log had named the winner before that, and a loser's request for `SLAVE` is on its way. A source that
/// asks for `EQUAL` then stays as a hot peer.
///
/// What a target hears before the marker is the source's, unless that dies. Where the parties are not known, nor who of them
/// died, a target owes only what comes after a marker.
pub(crate) fn owing(
    moments: &[Moment],
    nodes: u64,
    parties: Option<Parties>,
    at_us: u64,
    hearers: Hearers,
) -> Hearers {
    let at = Duration::from_micros(at_us);
    let source = parties.map(|parties| parties.source);
    let before = || moments.iter().rev().filter(move |moment| moment.at <= at);
    let in_charge = |moment: &Moment| match moment.what {
        What::Role(Role::Master) => Some((moment.at, moment.by)),
        What::Role(Role::Slave) if Some(moment.by) == source => {
            parties.map(|parties| (moment.at, parties.winner))
        }
        _ => None,
    };
    let takes_part = |moment: &Moment| match moment.what {
        What::Role(Role::Equal) => Some(moment.by) != source,
        What::Role(role) => role == Role::Master,
        What::Marker => true,
        _ => false,
    };
    let charge = before().find_map(in_charge);
    let since = charge.map_or(Duration::ZERO, |(since, _)| since);
    let joined = |node| {
        let news: Vec<&Moment> = before().take_while(|moment| moment.at > since).collect();
        let first = news.iter().rposition(|moment| moment.by == node && takes_part(moment));
        let is_cut = |first| news[..=first].iter().any(|moment| moment.what == What::Marker);
        first.is_some_and(|first| parties.is_some() || is_cut(first))
    };
    let owes = |node| match charge {
        Some((_, by)) => node == by || joined(node),
        None => source.is_none_or(|source| node == source) || joined(node),
    };
    (1..=nodes).filter(|&node| !owes(node)).fold(hearers, Hearers::without)
}

/// Returns who of `hearers` has not lost the race in which it was sent a packet-in that was raised at `at_us`.
///
/// A loser drops all that it has heard once it reads the winner's name in the log: the source keeps what the winner may
/// not live to answer. If both of them die, that is gone with them.
pub(crate) fn without_losers(
    moments: &[Moment],
    nodes: u64,
    named: &[Named],
    at_us: u64,
    hearers: Hearers,
) -> Hearers {
    let at = Duration::from_micros(at_us);
    let has_lost = |node: u64| {
        let mut own = moments.iter().filter(|moment| moment.by == node);
        let before = own.clone().rfind(|moment| moment.at <= at);
        let joins = |what| matches!(what, What::Role(Role::Equal) | What::Marker);
        let Some(joined) = before.filter(|moment| joins(moment.what)) else { return false };
        let left = own.find(|moment| moment.at > at && !joins(moment.what));
        let left = left.map_or(Duration::MAX, |moment| moment.at);
        named.iter().any(|Named { at, parties: Parties { source, winner } }| {
            ![*source, *winner].contains(&node) && joined.at <= *at + LATE && *at <= left
        })
    };
    (1..=nodes).filter(|&node| has_lost(node)).fold(hearers, Hearers::without)
}

/// How late a candidate may join a race that is decided, because it has not read that yet.
const LATE: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at_ms: u64, by: u64, what: What) -> Moment {
        Moment { at: Duration::from_millis(at_ms), by, what }
    }

    #[test]
    fn a_loser_owes_nothing_of_what_comes_after_the_winner_s_claim() {
        let moments = [
            moment(1, 3, What::Role(Role::Equal)),
            moment(5, 2, What::Role(Role::Master)),
            moment(9, 1, What::Role(Role::Equal)),
            moment(10, 1, What::Marker),
        ];
        let all = Hearers::from_iter([1, 2, 3]);
        assert_eq!(owing(&moments, 4, None, 4_000, all), all);
        assert_eq!(owing(&moments, 4, None, 6_000, all), Hearers::from_iter([2]));
        assert_eq!(owing(&moments, 4, None, 9_000, all), Hearers::from_iter([2]), "before the cut");
        assert_eq!(owing(&moments, 4, None, 10_000, all), Hearers::from_iter([1, 2]));
        let parties = Some(Parties { source: 1, winner: 2 });
        let two = Hearers::from_iter([2]);
        assert_eq!(owing(&moments, 4, parties, 9_000, all), two, "it stays as a peer");
    }

    #[test]
    fn a_hot_peer_owes_nothing_until_it_takes_part() {
        let moments = [moment(5, 2, What::Marker), moment(9, 1, What::Role(Role::Slave))];
        let (parties, all) =
            (Some(Parties { source: 1, winner: 2 }), Hearers::from_iter([1, 2, 3]));
        assert_eq!(owing(&moments, 4, parties, 4_000, all), Hearers::from_iter([1]));
        assert_eq!(owing(&moments, 4, parties, 6_000, all), Hearers::from_iter([1, 2]));
        assert_eq!(owing(&moments, 4, parties, 9_000, all), Hearers::from_iter([2]), "it yielded");
    }

    #[test]
    fn a_loser_has_dropped_what_it_heard_and_the_source_and_the_winner_have_not() {
        let moments = [
            moment(1, 1, What::Role(Role::Master)),
            moment(1_000, 3, What::Role(Role::Equal)),
            moment(1_000, 3, What::Marker),
            moment(1_009, 3, What::Role(Role::Slave)),
        ];
        let all = Hearers::from_iter([1, 2, 3]);
        let left = |winner, at_ms, raised_ms: u64| {
            let (at, parties) = (Duration::from_millis(at_ms), Parties { source: 1, winner });
            without_losers(&moments, 3, &[Named { at, parties }], raised_ms * 1_000, all)
        };
        assert_eq!(left(2, 1_004, 1_002), Hearers::from_iter([1, 2]));
        assert_eq!(left(2, 1_004, 1_006), Hearers::from_iter([1, 2]), "its SLAVE is on its way");
        assert_eq!(left(3, 1_004, 1_002), all, "it has won");
        assert_eq!(left(2, 1_004, 999), all, "it had not joined");
        assert_eq!(left(2, 1_004, 1_010), all, "it has left");
        assert_eq!(left(2, 1_010, 1_002), all, "it was another race");
        assert_eq!(left(2, 600, 1_002), all, "it was a race long before");
    }
}
