use super::*;
use Message as M;
use What::{Committed, Got, Opened, Proposed, Released, Sent};

const S: u64 = 1;
const T: u64 = 2;
/// No other party.
const NOBODY: u64 = 0;

/// What one party saw or did: when, what, and with whom.
type Seen = (u64, What, u64);

fn marks(node: u64, seen: &[Seen]) -> Vec<Mark> {
    let peer = |peer| Some(NodeId(peer)).filter(|_| peer != NOBODY);
    let mark = |&(at, what, with)| Mark {
        at_us: 1_000_000 + at,
        node: NodeId(node),
        what,
        peer: peer(with),
    };
    seen.iter().map(mark).collect()
}

fn parties(winner: u64, candidates: &[u64]) -> Parties {
    let candidates = candidates.iter().copied().map(NodeId).collect();
    Parties { source: NodeId(S), winner: NodeId(winner), candidates }
}

/// Draws what the source and the winner tell, in the order in which reports have it.
fn drawn(parties: &Parties, source: &[Seen], winner: &[Seen]) -> String {
    let marks = [marks(S, source), marks(parties.winner.0, winner)].concat();
    draw(parties, &marks)
}

#[track_caller]
fn assert_chart(drawn: &str, expected: &[&str]) {
    assert_eq!(drawn.lines().collect::<Vec<_>>(), expected, "\n{drawn}");
    assert!(drawn.lines().all(|line| line.len() <= 80), "it fits a terminal:\n{drawn}");
}

#[rustfmt::skip]
#[test]
fn erc_reads_like_its_specification() {
    let source = [
        (0, Opened, NOBODY),
        (3, Sent(M::Start), T),
        (455, Got(M::MarkerIn), T),
        (456, Sent(M::LocalState), T),
        (457, Sent(M::BarrierRequest), NOBODY),
        (458, Proposed, NOBODY),
        (700, Got(M::BarrierReply), NOBODY),
        (1_900, Committed, NOBODY),
        (1_901, Sent(M::EndMigration), T),
        (2_400, Got(M::RoleStatus), NOBODY),
    ];
    let target = [
        (212, Got(M::Start), S),
        (230, Sent(M::RoleEqual), NOBODY),
        (231, Sent(M::MarkerOut), T),
        (400, Got(M::RoleReply), NOBODY),
        (460, Got(M::MarkerIn), T),
        (610, Got(M::LocalState), S),
        (2_000, Got(M::EndMigration), S),
        (2_010, Sent(M::RoleMaster), NOBODY),
        (2_300, Got(M::RoleReply), NOBODY),
        (2_301, Released, NOBODY),
        (2_302, Proposed, NOBODY),
    ];
    assert_chart(&drawn(&parties(T, &[T]), &source, &target), &[
        "      us  node 1                     switch                      node 2  us",
        "       0  * log: open                   |                             |",
        "       3  |------------------------- start -------------------------->|  212",
        "          |                             |<--- ROLE_REQUEST(EQUAL) ----|  230",
        "          |                             |<---- PACKET_OUT(marker) ----|  231",
        "          |                             |-------- ROLE_REPLY -------->|  400",
        "     455  |<---------- marker ----------|                             |",
        "     456  |---------------------- local_state ----------------------->|  610",
        "     457  |----- BARRIER_REQUEST ------>|                             |",
        "     458  * asks the log to commit      |                             |",
        "          |                             |---------- marker ---------->|  460",
        "     700  |<------ BARRIER_REPLY -------|                             |",
        "    1900  * log: committed              |                             |",
        "    1901  |--------------------- end_migration ---------------------->|  2000",
        "          |                             |<--- ROLE_REQUEST(MASTER) ---|  2010",
        "          |                             |-------- ROLE_REPLY -------->|  2300",
        "          |                             |      processes what it held *  2301",
        "          |                             |      asks the log to finish *  2302",
        "    2400  |<------- ROLE_STATUS --------|                             |",
    ]);
}

#[rustfmt::skip]
#[test]
fn those_that_lost_a_race_are_told_of_where_they_were_asked() {
    let source = [
        (0, Sent(M::Start), 4),
        (1, Sent(M::Start), T),
        (1, Sent(M::Start), 3),
        (1, Sent(M::Start), 5),
        (300, Got(M::Refuse), 5),
        (455, Got(M::MarkerIn), T),
        (456, Proposed, NOBODY),
        (1_900, Got(M::MarkerIn), 4),
        (1_950, Got(M::Ready), 4),
    ];
    let winner = [(212, Got(M::Start), S), (460, Got(M::MarkerIn), T), (1_905, Got(M::MarkerIn), 4)];
    assert_chart(&drawn(&parties(T, &[4, T, 3, 5]), &source, &winner), &[
        "      us  node 1                     switch                      node 2  us",
        "       0  * node 4 asked too: answered after 1.950 ms                 |",
        "       1  |------------------------- start -------------------------->|  212",
        "       1  * node 3 asked too: no answer before the hand-over ended    |",
        "       1  * node 5 asked too: refused   |                             |",
        "     300  * refuse from node 5          |                             |",
        "     455  |<----- marker of node 2 -----|                             |",
        "     456  * asks the log to commit      |                             |",
        "          |                             |----- marker of node 2 ----->|  460",
        "    1900  |<----- marker of node 4 -----|                             |",
        "          |                             |----- marker of node 4 ----->|  1905",
        "    1950  * ready from node 4           |                             |",
    ]);
}

#[rustfmt::skip]
#[test]
fn elasticon_answers_by_a_message_and_plants_a_flow() {
    let source = [
        (0, Sent(M::Start), T),
        (300, Got(M::Ready), T),
        (301, Sent(M::FlowAdd), NOBODY),
        (302, Sent(M::BarrierRequest), NOBODY),
        (400, Got(M::BarrierReply), NOBODY),
        (401, Sent(M::FlowDelete), NOBODY),
        (500, Got(M::MarkerIn), T),
    ];
    let target = [(90, Got(M::Start), S), (250, Sent(M::Ready), S), (510, Got(M::MarkerIn), T)];
    assert_chart(&drawn(&parties(T, &[T]), &source, &target), &[
        "      us  node 1                     switch                      node 2  us",
        "       0  |------------------------- start -------------------------->|  90",
        "     300  |<------------------------- ready --------------------------|  250",
        "     301  |--- FLOW_MOD(add marker) --->|                             |",
        "     302  |----- BARRIER_REQUEST ------>|                             |",
        "     400  |<------ BARRIER_REPLY -------|                             |",
        "     401  |- FLOW_MOD(delete marker) -->|                             |",
        "     500  |<---------- marker ----------|                             |",
        "          |                             |---------- marker ---------->|  510",
    ]);
}

#[rustfmt::skip]
#[test]
fn direct_commits_before_it_starts_and_ends_with_the_rest() {
    let source = [
        (0, Opened, NOBODY),
        (0, Proposed, NOBODY),
        (900, Committed, NOBODY),
        (900, Sent(M::Start), T),
        (1_300, Got(M::RoleStatus), NOBODY),
        (1_301, Sent(M::BarrierRequest), NOBODY),
        (1_500, Got(M::BarrierReply), NOBODY),
        (1_501, Sent(M::Rest), T),
    ];
    let target = [
        (1_000, Got(M::Start), S),
        (1_001, Sent(M::RoleMaster), NOBODY),
        (1_250, Got(M::RoleReply), NOBODY),
        (1_600, Got(M::Rest), S),
        (1_601, Released, NOBODY),
    ];
    assert_chart(&drawn(&parties(T, &[T]), &source, &target), &[
        "      us  node 1                     switch                      node 2  us",
        "       0  * log: open                   |                             |",
        "       0  * asks the log to commit      |                             |",
        "     900  * log: committed              |                             |",
        "     900  |------------------------- start -------------------------->|  1000",
        "          |                             |<--- ROLE_REQUEST(MASTER) ---|  1001",
        "          |                             |-------- ROLE_REPLY -------->|  1250",
        "    1300  |<------- ROLE_STATUS --------|                             |",
        "    1301  |----- BARRIER_REQUEST ------>|                             |",
        "    1500  |<------ BARRIER_REPLY -------|                             |",
        "    1501  |-------------------------- rest -------------------------->|  1600",
        "          |                             |      processes what it held *  1601",
    ]);
}

#[rustfmt::skip]
#[test]
fn a_hand_over_that_its_target_starts_needs_no_invitation() {
    let source = [
        (0, Opened, NOBODY),
        (455, Got(M::MarkerIn), T),
        (456, Sent(M::LocalState), T),
        (800, Got(M::Taken), T),
        (801, Sent(M::RoleSlave), NOBODY),
    ];
    let target = [
        (100, Opened, NOBODY),
        (101, Sent(M::RoleEqual), NOBODY),
        (102, Sent(M::MarkerOut), T),
        (600, Got(M::LocalState), S),
        (601, Sent(M::Taken), S),
    ];
    assert_chart(&drawn(&parties(T, &[T, 3]), &source, &target), &[
        "      us  node 1                     switch                      node 2  us",
        "       0  * log: open                   |                             |",
        "       0  * node 3 asked too: no answer before the hand-over ended    |",
        "          |                             |                   log: open *  100",
        "          |                             |<--- ROLE_REQUEST(EQUAL) ----|  101",
        "          |                             |<---- PACKET_OUT(marker) ----|  102",
        "     455  |<----- marker of node 2 -----|                             |",
        "     456  |---------------------- local_state ----------------------->|  600",
        "     800  |<------------------------- taken --------------------------|  601",
        "     801  |--- ROLE_REQUEST(SLAVE) ---->|                             |",
    ]);
}

#[rustfmt::skip]
#[test]
fn an_heir_collects_what_the_source_keeps() {
    let source = [
        (0, Sent(M::Start), T),
        (1, Sent(M::Start), 3),
        (455, Got(M::MarkerIn), T),
        (456, Sent(M::LocalState), T),
        (457, Proposed, NOBODY),
        (900, Committed, NOBODY),
        (901, Sent(M::EndMigration), T),
        (2_000, Got(M::Collect), 3),
        (2_100, Sent(M::Rest), 3),
    ];
    let heir = [
        (1_500, Committed, NOBODY),
        (1_501, Sent(M::RoleMaster), NOBODY),
        (1_700, Got(M::RoleReply), NOBODY),
        (1_701, Sent(M::Collect), S),
        (2_200, Got(M::Rest), S),
        (2_201, Released, NOBODY),
    ];
    let parties = parties(3, &[T, 3]);
    assert_chart(&drawn(&parties, &source, &heir), &[
        "      us  node 1                     switch                      node 3  us",
        "       0  * node 2 asked too: answered after 455 us                   |",
        "       1  |------------------------- start -------------------------->|",
        "     455  |<----- marker of node 2 -----|                             |",
        "     456  * local_state to node 2       |                             |",
        "     457  * asks the log to commit      |                             |",
        "     900  * log: committed              |                             |",
        "     901  * end_migration to node 2     |                             |",
        "          |                             |              log: committed *  1500",
        "          |                             |<--- ROLE_REQUEST(MASTER) ---|  1501",
        "          |                             |-------- ROLE_REPLY -------->|  1700",
        "    2000  |<------------------------ collect -------------------------|  1701",
        "    2100  |-------------------------- rest -------------------------->|  2200",
        "          |                             |      processes what it held *  2201",
    ]);
    assert_eq!(parties.chosen(&marks(S, &source)), Some(NodeId(T)));
}

#[rustfmt::skip]
#[test]
fn a_source_that_has_it_back_shows_whom_it_had_chosen() {
    let source = [
        (0, Sent(M::Start), T),
        (455, Got(M::MarkerIn), 3),
        (456, Sent(M::LocalState), 3),
        (457, Proposed, NOBODY),
        (900, Committed, NOBODY),
        (2_000, Released, NOBODY),
        (2_001, Proposed, NOBODY),
    ];
    assert_chart(&drawn(&parties(S, &[T, 3]), &source, &[]), &[
        "      us  node 1                     switch                      node 3  us",
        "       0  * node 2 asked too: no answer before the hand-over ended    |",
        "     455  |<----- marker of node 3 -----|                             |",
        "     456  |---------------------- local_state ----------------------->|",
        "     457  * asks the log to commit      |                             |",
        "     900  * log: committed              |                             |",
        "    2000  * processes what it held      |                             |",
        "    2001  * asks the log to finish      |                             |",
    ]);
}

#[rustfmt::skip]
#[test]
fn a_lost_half_and_a_stranger_are_shown_too() {
    let marks = [
        marks(T, &[(0, Got(M::EndMigration), S), (9, Sent(M::Refuse), S)]),
        marks(3, &[(5, Sent(M::RoleMaster), NOBODY)]),
    ].concat();
    assert_chart(&draw(&parties(T, &[T]), &marks), &[
        "      us  node 1                     switch                      node 2  us",
        "          |--------------------- end_migration ---------------------->|  0",
        "          5 us: node 3: sends ROLE_REQUEST(MASTER)",
        "          |<------------------------- refuse -------------------------|  9",
    ]);
}

#[test]
fn every_message_fits_its_arrow() {
    for message in Message::ALL {
        assert_eq!(arrow(message.name(), SEGMENT, Ahead::Left).len(), SEGMENT, "{message:?}");
    }
    let marker = format!("{} of node 1000000000", Message::MarkerIn.name());
    assert_eq!(arrow(&marker, SEGMENT, Ahead::Right).len(), SEGMENT);
}
