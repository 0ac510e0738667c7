//! Who would have to answer a packet-in, of those whom the switch has sent it.

use crate::oracle::Hearers;
use crate::switches::{Moment, What};
use openflow::Role;
use std::time::Duration;

/// Returns who of `hearers` had to do with a packet-in that was raised at `at_us`.
///
/// Once another is master, who has been `EQUAL` since before is no party any more: the log had named the winner
/// before that claimed the switch, and a loser's request for `SLAVE` is on its way. A source that asks for `EQUAL`
/// then stays as a hot peer, which hears everything and answers for nothing.
pub(crate) fn owing(
    moments: &[Moment],
    nodes: u64,
    source: Option<u64>,
    at_us: u64,
    hearers: Hearers,
) -> Hearers {
    let at = Duration::from_micros(at_us);
    let before = || moments.iter().rev().filter(move |moment| moment.at <= at);
    let claims = |moment: &&Moment| moment.what == What::Role(Role::Master);
    let Some(master) = before().find(claims) else { return hearers };
    let joined = |node| {
        let since = before().take_while(|moment| moment.at > master.at);
        let mut asked = since.filter(|moment| moment.by == node);
        asked.any(|moment| match moment.what {
            What::Role(Role::Equal) => Some(node) != source,
            What::Role(role) => role == Role::Master,
            _ => false,
        })
    };
    let left = (1..=nodes).filter(|&node| node != master.by && !joined(node));
    left.fold(hearers, Hearers::without)
}

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
        ];
        let all = Hearers::from_iter([1, 2, 3]);
        assert_eq!(owing(&moments, 4, Some(4), 4_000, all), all);
        assert_eq!(owing(&moments, 4, Some(4), 6_000, all), Hearers::from_iter([2]));
        assert_eq!(owing(&moments, 4, Some(4), 9_000, all), Hearers::from_iter([1, 2]));
        assert_eq!(
            owing(&moments, 4, Some(1), 9_000, all),
            Hearers::from_iter([2]),
            "it stays as a peer"
        );
    }
}
