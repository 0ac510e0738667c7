//! Each guard, each refusal and each failure rule once; what holds of every history is in `properties`.

mod drain;
mod failures;
mod membership;
mod peers;
mod ports;
mod properties;
mod restore;

use super::*;
use crate::report::{MAX_MARKS, Mark, Report, What};
use openflow::{GenerationId, MacAddr, Port, PortConfig, PortNo, PortState, Text};

const W: Dpid = Dpid(7);
const S: NodeId = NodeId(1);
const T: NodeId = NodeId(2);
const U: NodeId = NodeId(3);
const BOOT: u64 = 10;

/// A replica to which entries are applied, each in one line.
#[derive(Clone, Default)]
struct Replica(Ownership);

impl Replica {
    /// Returns three live nodes, all connected to `W`, which `S` owns with token 1.
    fn with_an_owner() -> Self {
        let mut replica = Self::with_nodes(&[S]);
        replica.connect(S, W);
        for node in [T, U] {
            replica.register(node, BOOT);
            replica.connect(node, W);
        }
        assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
        replica
    }

    /// Returns the same with migration 1, from `S` to `T` or else `U`, open.
    fn with_an_open_migration() -> Self {
        let mut replica = Self::with_an_owner();
        assert_eq!(replica.open(&[T, U]), Ok(Done::Opened(ID)));
        replica
    }

    /// Returns the same with migration 1 committed to `T`.
    fn with_a_committed_migration() -> Self {
        let mut replica = Self::with_an_open_migration();
        assert_eq!(replica.commit(T), Ok(Done::Applied));
        replica
    }

    /// Returns the same after migration 1 to `T`, which left `S` behind as a hot peer.
    fn with_a_peer() -> Self {
        let mut replica = Self::with_an_owner();
        replica.move_by(Protocol::ErcM2eS2m, T);
        replica
    }

    fn with_nodes(nodes: &[NodeId]) -> Self {
        let mut replica = Self::default();
        for &node in nodes {
            replica.register(node, BOOT);
        }
        replica
    }

    fn apply(&mut self, op: Op) -> Result<Done, Refusal> {
        let before = self.0.clone();
        let reply = self.0.apply(Command { actor: "ada".to_owned(), at_ms: 5, op });
        if reply.result.is_err() {
            assert_eq!(self.0, before, "a refused command changes nothing");
            assert!(reply.touched.is_empty() && !reply.links_changed);
        }
        reply.result
    }

    fn register(&mut self, node: NodeId, boot: u64) {
        let addresses = Addresses::default();
        assert_eq!(self.apply(Op::Register { node, boot, addresses }), Ok(Done::Applied));
    }

    fn connect(&mut self, node: NodeId, dpid: Dpid) {
        assert_eq!(self.sessions(node, &[(dpid, GenerationId(0))], &[]), Ok(Done::Applied));
    }

    fn disconnect(&mut self, node: NodeId, dpid: Dpid) {
        assert_eq!(self.sessions(node, &[], &[dpid]), Ok(Done::Applied));
    }

    fn sessions(
        &mut self,
        node: NodeId,
        up: &[(Dpid, GenerationId)],
        down: &[Dpid],
    ) -> Result<Done, Refusal> {
        let up = up.iter().map(|&seen| seen.into()).collect();
        self.sightings(node, up, down)
    }

    fn sightings(
        &mut self,
        node: NodeId,
        up: Vec<Sighting>,
        down: &[Dpid],
    ) -> Result<Done, Refusal> {
        let boot = self.0.nodes.get(&node).map_or(BOOT, |node| node.boot);
        self.apply(Op::Connected { node, boot, up, down: down.to_vec() })
    }

    fn die(&mut self, nodes: &[NodeId]) {
        let nodes = nodes.iter().map(|&node| (node, self.0.nodes[&node].boot)).collect();
        assert_eq!(self.apply(Op::NodesDown { nodes }), Ok(Done::Applied));
    }

    fn assign(&mut self, dpid: Dpid) -> Result<Done, Refusal> {
        let token = self.0.switches[&dpid].token;
        self.apply(Op::Assign { dpid, token })
    }

    fn open(&mut self, candidates: &[NodeId]) -> Result<Done, Refusal> {
        self.open_by(Protocol::Erc, candidates)
    }

    fn open_by(&mut self, protocol: Protocol, candidates: &[NodeId]) -> Result<Done, Refusal> {
        self.apply(Op::Open(Wish {
            dpid: W,
            candidates: candidates.to_vec(),
            protocol,
            reason: "maintenance".to_owned(),
            deadline_ms: 5_000,
            ..Wish::default()
        }))
    }

    fn move_by(&mut self, protocol: Protocol, winner: NodeId) {
        let opened = self.open_by(protocol, &[winner]).expect("the switch can move");
        let Done::Opened(id) = opened else { panic!("opening opens: {opened:?}") };
        let token = self.0.migrations[&id].token;
        assert_eq!(self.apply(Op::Commit { id, token, winner }), Ok(Done::Applied));
        let report = Report::default();
        assert_eq!(self.apply(Op::Finish { id, winner, report }), Ok(Done::Applied));
    }

    fn cordon(&mut self, node: NodeId) {
        assert_eq!(self.apply(Op::Cordon { node, reason: String::new() }), Ok(Done::Applied));
    }

    fn drain(&mut self, node: NodeId) -> Result<Done, Refusal> {
        self.apply(Op::Drain { node, order: order(), leaves: None })
    }

    fn leaving(&mut self, node: NodeId) -> Result<Done, Refusal> {
        let leaves = Some(self.0.nodes[&node].boot);
        self.apply(Op::Drain { node, order: order(), leaves })
    }

    fn retire(&mut self, node: NodeId) -> Result<Done, Refusal> {
        self.apply(Op::Retire { node, reason: "sold".to_owned() })
    }

    fn equals(&self) -> Vec<NodeId> {
        self.0.switches[&W].equals.iter().copied().collect()
    }

    fn commit(&mut self, winner: NodeId) -> Result<Done, Refusal> {
        self.apply(Op::Commit { id: ID, token: Token(2), winner })
    }

    fn abort(&mut self) -> Result<Done, Refusal> {
        self.apply(Op::Abort { id: ID, reason: AbortReason::Deadline })
    }

    fn finish(&mut self, winner: NodeId) -> Result<Done, Refusal> {
        self.apply(Op::Finish { id: ID, winner, report: Report::default() })
    }

    fn owner_and_token(&self, dpid: Dpid) -> (Option<NodeId>, Token) {
        let switch = &self.0.switches[&dpid];
        (switch.owner, switch.token)
    }

    fn migration(&self) -> &Migration {
        &self.0.migrations[&ID]
    }

    fn last_cause(&self) -> Cause {
        self.0.switches[&W].history.back().expect("the switch was assigned at the start").cause
    }
}

fn order() -> DrainOrder {
    DrainOrder { parallel: 4, deadline_ms: 60_000, reason: "new disk".to_owned() }
}

const ID: MigrationId = MigrationId(1);

/// Ways to lose a node.
const LOSSES: [fn(&mut Replica, NodeId); 3] = [
    |replica, node| replica.die(&[node]),
    |replica, node| replica.disconnect(node, W),
    |replica, node| replica.register(node, BOOT + 1),
];

// Nodes and sessions.

#[test]
fn a_session_of_an_unknown_node_is_refused() {
    let refusal = Replica::default().sessions(S, &[(W, GenerationId(0))], &[]);
    assert_eq!(refusal, Err(Refusal::UnknownNode(S)));
}

#[test]
fn a_session_of_an_earlier_run_is_refused() {
    let mut replica = Replica::with_nodes(&[S]);
    let op = Op::Connected {
        node: S,
        boot: BOOT - 1,
        up: vec![(W, GenerationId(0)).into()],
        down: vec![],
    };
    assert_eq!(replica.apply(op), Err(Refusal::OldBoot(S)));
}

#[test]
fn a_session_of_a_node_that_is_down_is_refused() {
    let mut replica = Replica::with_nodes(&[S]);
    replica.die(&[S]);
    assert_eq!(replica.sessions(S, &[(W, GenerationId(0))], &[]), Err(Refusal::NotUp(S)));
}

#[test]
fn one_switch_more_than_the_cluster_takes_is_refused() {
    let mut replica = Replica::with_nodes(&[S]);
    let switches = |range: std::ops::Range<usize>| -> Vec<_> {
        range.map(|dpid| (Dpid(dpid as u64), GenerationId(0))).collect()
    };
    // Without a node that takes switches nobody is given any, which keeps this quick.
    replica.cordon(S);
    assert_eq!(replica.sessions(S, &switches(0..MAX_SWITCHES), &[]), Ok(Done::Applied));
    let one_more = switches(MAX_SWITCHES..MAX_SWITCHES + 1);
    assert_eq!(replica.sessions(S, &one_more, &[]), Err(Refusal::Full));
    assert_eq!(replica.sessions(S, &switches(0..9), &[]), Ok(Done::Applied), "known ones may come");
}

#[test]
fn a_generation_seen_at_the_switch_raises_the_token() {
    let mut replica = Replica::with_an_owner();
    for (seen, token) in [(9, 9), (4, 9), (u64::MAX, 9)] {
        assert_eq!(replica.sessions(T, &[(W, GenerationId(seen))], &[]), Ok(Done::Applied));
        assert_eq!(replica.owner_and_token(W), (Some(S), Token(token)));
    }
}

#[test]
fn a_generation_that_counts_as_older_than_any_token_does_not_raise_it() {
    let mut replica = Replica::with_an_owner();
    let seen = GenerationId(u64::MAX - 1);
    assert!(seen.is_older_than(GenerationId(1)), "ids are compared around the wrap");
    assert_eq!(replica.sessions(T, &[(W, seen)], &[]), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
}

#[test]
fn a_generation_seen_during_a_migration_leaves_the_reserved_token_the_newest() {
    let mut replica = Replica::with_an_open_migration();
    assert_eq!(replica.sessions(U, &[(W, GenerationId(9))], &[]), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
    assert_eq!(replica.commit(T), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
}

fn sighting(of: u8) -> Sighting {
    let address = |number| MacAddr([2, 0, 0, 0, of, number]);
    let ports = [1, 2].map(|number| Port {
        port_no: PortNo(number.into()),
        hw_addr: address(number),
        name: Text::default(),
        config: PortConfig::default(),
        state: PortState::default(),
        properties: vec![],
    });
    Sighting { identity: Identity::of(&ports), ..(W, GenerationId(0)).into() }
}

#[test]
fn a_second_switch_that_says_the_same_of_itself_is_not_taken_in_by_any_node() {
    let mut replica = Replica::with_nodes(&[S, T, U]);
    for node in [S, T] {
        assert_eq!(replica.sightings(node, vec![sighting(1)], &[]), Ok(Done::Applied));
    }
    let before = replica.0.clone();
    assert_eq!(replica.sightings(U, vec![sighting(2)], &[]), Ok(Done::Strangers(vec![W])));
    assert_eq!(replica.0, before, "nothing has changed");
    // A node that loses the switch is not given the other in its stead.
    assert_eq!(replica.sightings(T, vec![sighting(2)], &[]), Ok(Done::Strangers(vec![W])));
    assert!(replica.0.switches[&W].connected.keys().eq([&S]));
    assert_eq!(replica.sightings(T, vec![sighting(1)], &[]), Ok(Done::Applied));
}

#[test]
fn a_switch_that_was_exchanged_is_taken_in_once_every_node_has_seen_the_new_one() {
    let mut replica = Replica::with_nodes(&[S, T, U]);
    for node in [S, T, U] {
        assert_eq!(replica.sightings(node, vec![sighting(1)], &[]), Ok(Done::Applied));
    }
    let stranger = Ok(Done::Strangers(vec![W]));
    assert_eq!(replica.sightings(S, vec![sighting(2)], &[]), stranger);
    assert_eq!(replica.sightings(T, vec![sighting(2)], &[]), stranger);
    for node in [U, S, T] {
        assert_eq!(replica.sightings(node, vec![sighting(2)], &[]), Ok(Done::Applied));
    }
    let switch = &replica.0.switches[&W];
    assert!(switch.connected.keys().eq([&S, &T, &U]));
    assert!(switch.owner.is_some());
}

#[test]
fn a_switch_that_loses_its_last_session_loses_its_links() {
    let mut replica = Replica::with_nodes(&[S]);
    replica.connect(S, W);
    replica.connect(S, Dpid(8));
    let link = link(W, Dpid(8));
    let up = vec![link, link.reversed()];
    assert_eq!(replica.apply(Op::Links(LinkChange { up, down: vec![] })), Ok(Done::Applied));
    assert_eq!(replica.0.links.len(), 2);
    replica.disconnect(S, Dpid(8));
    assert!(replica.0.links.is_empty());
}

// Who owns a switch that no migration moves.

#[test]
fn a_switch_is_assigned_once_every_node_that_takes_switches_is_connected() {
    let mut replica = Replica::with_nodes(&[S, T]);
    replica.connect(T, W);
    assert_eq!(replica.owner_and_token(W), (None, Token(0)), "S may come yet");
    replica.connect(S, W);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(1)), "the first to connect");
    assert_eq!(replica.0.switches[&W].standbys, [S]);
}

#[test]
fn assignment_spreads_switches_evenly() {
    let mut replica = Replica::with_nodes(&[S, T, U]);
    for dpid in (0..30).map(Dpid) {
        for node in [S, T, U] {
            replica.connect(node, dpid);
        }
    }
    assert_eq!([S, T, U].map(|node| replica.0.owned_by(node)), [10, 10, 10]);
}

#[test]
fn a_switch_that_only_some_nodes_reach_waits_for_an_assignment() {
    let mut replica = Replica::with_nodes(&[S, T]);
    replica.connect(T, W);
    assert_eq!(replica.0.orphans().collect::<Vec<_>>(), [(W, Token(0))]);
    assert_eq!(replica.assign(W), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(1)));
    assert_eq!(replica.0.orphans().count(), 0);
}

#[test]
fn assigning_an_unknown_switch_is_refused() {
    let refusal = Replica::default().apply(Op::Assign { dpid: W, token: Token(0) });
    assert_eq!(refusal, Err(Refusal::UnknownSwitch(W)));
}

#[test]
fn assigning_with_a_token_that_has_moved_on_is_refused() {
    let mut replica = Replica::with_an_owner();
    let refusal = Refusal::StaleToken { dpid: W, now: Token(1), asked: Token(0) };
    assert_eq!(replica.apply(Op::Assign { dpid: W, token: Token(0) }), Err(refusal));
}

#[test]
fn assigning_a_switch_that_is_served_is_refused() {
    assert_eq!(Replica::with_an_owner().assign(W), Err(Refusal::HasOwner(W)));
}

#[test]
fn a_cordoned_node_is_given_a_switch_only_when_nobody_else_can_serve_it() {
    let mut replica = Replica::with_an_owner();
    replica.cordon(T);
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(U), Token(2)));
    replica.die(&[U]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(3)));
}

#[test]
fn a_dead_owner_is_followed_by_the_least_loaded_then_by_the_earliest_standby() {
    let mut replica = Replica::with_an_owner();
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)), "connected before U");
    assert_eq!(replica.last_cause(), Cause::OwnerDied);

    let mut replica = Replica::with_an_owner();
    replica.connect(T, Dpid(8));
    assert_eq!(replica.assign(Dpid(8)), Ok(Done::Applied));
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(U), Token(2)), "T has a switch already");
}

#[test]
fn nodes_that_die_together_inherit_nothing_from_each_other() {
    let mut replica = Replica::with_an_owner();
    replica.die(&[S, T]);
    assert_eq!(replica.owner_and_token(W), (Some(U), Token(2)));
    assert_eq!(replica.0.switches[&W].history.len(), 2);
}

#[test]
fn the_death_of_an_earlier_run_is_refused() {
    let mut replica = Replica::with_an_owner();
    replica.register(S, BOOT + 1);
    let refusal = replica.apply(Op::NodesDown { nodes: vec![(S, BOOT)] });
    assert_eq!(refusal, Err(Refusal::OldBoot(S)));
    assert_eq!(replica.apply(Op::NodesDown { nodes: vec![] }), Ok(Done::Applied));
}

#[test]
fn an_owner_that_loses_its_session_is_replaced() {
    let mut replica = Replica::with_an_owner();
    replica.disconnect(S, W);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert_eq!(replica.last_cause(), Cause::ChannelLost);
}

#[test]
fn a_switch_that_nobody_reaches_keeps_its_owner() {
    let mut replica = Replica::with_an_owner();
    for node in [T, U, S] {
        replica.disconnect(node, W);
    }
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
    assert_eq!(replica.0.orphans().count(), 0, "nobody could take it");
}

#[test]
fn a_node_that_returns_is_a_standby_and_takes_nothing_back() {
    let mut replica = Replica::with_an_owner();
    replica.die(&[S]);
    replica.register(S, BOOT + 1);
    replica.connect(S, W);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert_eq!(replica.0.switches[&W].standbys, [U, S]);
}

#[test]
fn a_restart_of_all_nodes_keeps_owners_and_tokens() {
    let mut replica = Replica::with_an_owner();
    for node in [S, T, U] {
        replica.register(node, BOOT + 1);
    }
    for node in [U, T, S] {
        replica.connect(node, W);
    }
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
    assert_eq!(replica.0.switches[&W].history.len(), 1);
}

#[test]
fn a_run_that_registers_again_keeps_its_sessions() {
    let mut replica = Replica::with_an_owner();
    replica.register(S, BOOT);
    assert!(replica.0.can_serve(S, W));
}

#[test]
fn only_the_last_changes_of_ownership_are_kept() {
    let mut replica = Replica::with_an_owner();
    for _ in 0..KEPT_CHANGES {
        let owner = replica.0.switches[&W].owner.expect("somebody is always connected");
        replica.disconnect(owner, W);
        replica.connect(owner, W);
    }
    let history = &replica.0.switches[&W].history;
    assert_eq!(history.len(), KEPT_CHANGES);
    assert_eq!(
        history.front().map(|change| change.token),
        Some(Token(2)),
        "the first is forgotten"
    );
    assert_eq!(history.back().map(|change| change.token), Some(Token(KEPT_CHANGES as u64 + 1)));
}

// Opening a migration.

#[test]
fn opening_reserves_the_next_token_and_moves_nothing() {
    let replica = Replica::with_an_open_migration();
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(1)));
    let migration = replica.migration();
    assert_eq!((migration.source, migration.token), (S, Token(2)));
    assert_eq!((&migration.state, migration.winner), (&State::Open, None));
    assert_eq!(replica.0.migration_of(W), Some(migration));
}

#[test]
fn a_migration_of_an_unknown_switch_is_refused() {
    assert_eq!(Replica::with_nodes(&[T]).open(&[T]), Err(Refusal::UnknownSwitch(W)));
}

#[test]
fn a_migration_to_an_unknown_node_is_refused() {
    let refusal = Err(Refusal::UnknownNode(NodeId(9)));
    assert_eq!(Replica::with_an_owner().open(&[NodeId(9)]), refusal);
}

#[test]
fn a_migration_to_none_to_too_many_or_twice_to_the_same_node_is_refused() {
    let mut replica = Replica::with_an_owner();
    let many: Vec<NodeId> = (10..=10 + MAX_CANDIDATES as u64).map(NodeId).collect();
    for candidates in [&[][..], &[T, T], &many] {
        assert_eq!(replica.open(candidates), Err(Refusal::BadCandidates), "{candidates:?}");
    }
}

#[test]
fn a_migration_to_the_owner_is_refused() {
    let refusal = Err(Refusal::AlreadyOwner { node: S, dpid: W });
    assert_eq!(Replica::with_an_owner().open(&[T, S]), refusal);
}

#[test]
fn a_migration_to_a_node_that_takes_no_switches_is_refused() {
    let mut replica = Replica::with_an_owner();
    replica.cordon(T);
    assert_eq!(replica.open(&[T]), Err(Refusal::Cordoned(T)));
    assert_eq!(replica.leaving(T), Ok(Done::Draining(DrainId(1))));
    assert_eq!(replica.open(&[T]), Err(Refusal::Draining(T)));
    replica.die(&[T]);
    assert_eq!(replica.open(&[T]), Err(Refusal::NotUp(T)));
}

#[test]
fn a_migration_to_a_node_without_a_session_is_refused() {
    let mut replica = Replica::with_an_owner();
    replica.disconnect(T, W);
    assert_eq!(replica.open(&[T]), Err(Refusal::NotConnected { node: T, dpid: W }));
}

#[test]
fn a_second_migration_of_the_same_switch_is_refused() {
    for mut replica in [Replica::with_an_open_migration(), Replica::with_a_committed_migration()] {
        assert_eq!(replica.open(&[U]), Err(Refusal::Running { id: ID, dpid: W }));
    }
}

#[test]
fn a_migration_from_nobody_is_refused() {
    let mut unowned = Replica::with_nodes(&[S, T]);
    unowned.connect(T, W);
    assert_eq!(unowned.open(&[T]), Err(Refusal::NoOwner(W)));

    let mut unserved = Replica::with_an_owner();
    unserved.register(S, BOOT + 1);
    assert_eq!(unserved.open(&[T]), Err(Refusal::NoOwner(W)), "S has no session yet");
}

#[test]
fn several_candidates_of_a_protocol_that_leaves_no_choice_are_refused() {
    for protocol in [Protocol::Direct, Protocol::Naive] {
        let mut replica = Replica::with_an_owner();
        assert_eq!(replica.open_by(protocol, &[T, U]), Err(Refusal::NoRace(protocol)));
        assert_eq!(replica.open_by(protocol, &[T]), Ok(Done::Opened(ID)));
    }
}

#[test]
fn a_protocol_for_hot_peers_refuses_a_node_that_is_none() {
    for protocol in [Protocol::ErcM2sE2m, Protocol::ErcM2eE2m] {
        let mut replica = Replica::with_a_peer();
        let refusal = Refusal::NotPeer { node: U, dpid: W, protocol };
        assert_eq!(replica.open_by(protocol, &[S, U]), Err(refusal));
        assert_eq!(replica.open_by(protocol, &[S]), Ok(Done::Opened(MigrationId(2))));
    }
}

#[test]
fn a_protocol_that_demotes_a_master_needs_one() {
    for protocol in [Protocol::Direct, Protocol::Naive] {
        let mut replica = Replica::with_an_owner();
        replica.move_by(Protocol::ErcE2sS2e, T);
        let refusal = Refusal::NoMaster { dpid: W, protocol };
        assert_eq!(replica.open_by(protocol, &[S]), Err(refusal));
        assert_eq!(replica.open_by(Protocol::Erc, &[S]), Ok(Done::Opened(MigrationId(2))));
    }
}

// Committing, aborting, finishing.

#[test]
fn a_commit_moves_the_switch_with_the_reserved_token_and_says_why() {
    let replica = Replica::with_a_committed_migration();
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert_eq!(replica.0.switches[&W].standbys, [U, S]);
    let change = replica.0.switches[&W].history.back().expect("it has just changed hands");
    assert_eq!((change.from, change.to, change.cause), (Some(S), T, Cause::Migrated(ID)));
    assert_eq!((&*change.actor, &*change.reason, change.at_ms), ("ada", "maintenance", 5));
}

#[test]
fn a_commit_repeated_changes_nothing() {
    let mut replica = Replica::with_a_committed_migration();
    let before = replica.0.clone();
    assert_eq!(replica.commit(T), Ok(Done::Applied));
    assert_eq!(replica.0, before);
}

#[test]
fn a_commit_to_a_second_winner_is_refused() {
    let refusal = Refusal::WrongState { id: ID, state: "committed".to_owned() };
    assert_eq!(Replica::with_a_committed_migration().commit(U), Err(refusal));
}

#[test]
fn a_commit_that_is_no_candidates_is_refused() {
    let refusal = Err(Refusal::NotParty { id: ID, node: NodeId(9) });
    assert_eq!(Replica::with_an_open_migration().commit(NodeId(9)), refusal);
}

#[test]
fn a_commit_with_another_token_is_refused() {
    let mut replica = Replica::with_an_open_migration();
    let refusal = Refusal::StaleToken { dpid: W, now: Token(2), asked: Token(3) };
    let op = Op::Commit { id: ID, token: Token(3), winner: T };
    assert_eq!(replica.apply(op), Err(refusal));
}

#[test]
fn what_names_an_unknown_migration_is_refused() {
    let mut replica = Replica::with_an_owner();
    let refusal = Err(Refusal::UnknownMigration(ID));
    assert_eq!(replica.commit(T), refusal);
    assert_eq!(replica.abort(), refusal);
    assert_eq!(replica.finish(T), refusal);
}

#[test]
fn an_abort_moves_nothing_and_burns_the_token() {
    let mut replica = Replica::with_an_open_migration();
    assert_eq!(replica.abort(), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(2)));
    assert_eq!(replica.migration().state, State::Aborted(AbortReason::Deadline));
    assert_eq!(replica.open(&[T]), Ok(Done::Opened(MigrationId(2))));
    assert_eq!(replica.0.migrations[&MigrationId(2)].token, Token(3));
}

#[test]
fn an_abort_after_the_commit_is_refused() {
    let refusal = Refusal::WrongState { id: ID, state: "committed".to_owned() };
    assert_eq!(Replica::with_a_committed_migration().abort(), Err(refusal));
}

#[test]
fn a_commit_after_the_abort_is_refused() {
    let mut replica = Replica::with_an_open_migration();
    assert_eq!(replica.abort(), Ok(Done::Applied));
    let refusal = Refusal::WrongState { id: ID, state: "aborted".to_owned() };
    assert_eq!(replica.commit(T), Err(refusal));
}

#[test]
fn only_the_winner_finishes_only_after_the_commit_and_only_once() {
    let mut replica = Replica::with_an_open_migration();
    let open = Refusal::WrongState { id: ID, state: "open".to_owned() };
    assert_eq!(replica.finish(T), Err(open));
    assert_eq!(replica.commit(T), Ok(Done::Applied));
    assert_eq!(replica.finish(U), Err(Refusal::NotParty { id: ID, node: U }));
    assert_eq!(replica.finish(T), Ok(Done::Applied));
    assert_eq!((&replica.migration().state, replica.0.migration_of(W)), (&State::Done, None));
    let done = Refusal::WrongState { id: ID, state: "done".to_owned() };
    assert_eq!(replica.finish(T), Err(done));
}

#[test]
fn a_report_is_cut_to_its_bound() {
    let mut replica = Replica::with_a_committed_migration();
    let mark = Mark { at_us: 0, node: T, what: What::Opened, peer: None };
    let report = Report { marks: vec![mark; MAX_MARKS + 1], ..Report::default() };
    assert_eq!(replica.apply(Op::Finish { id: ID, winner: T, report }), Ok(Done::Applied));
    let kept = replica.migration().report.as_ref().map(|report| report.marks.len());
    assert_eq!(kept, Some(MAX_MARKS));
}

#[test]
fn only_the_last_finished_migrations_are_kept() {
    let mut replica = Replica::with_an_owner();
    for number in 1..=KEPT_MIGRATIONS as u64 + 2 {
        let id = MigrationId(number);
        assert_eq!(replica.open(&[T]), Ok(Done::Opened(id)));
        let abort = Op::Abort { id, reason: AbortReason::NoAnswer };
        assert_eq!(replica.apply(abort), Ok(Done::Applied));
    }
    assert_eq!(replica.0.migrations.len(), KEPT_MIGRATIONS);
    assert_eq!(replica.0.migrations.keys().next(), Some(&MigrationId(3)));
}

// Links.

fn link(from: Dpid, to: Dpid) -> Link {
    Link { from, from_port: PortNo(1), to, to_port: PortNo(2) }
}

#[test]
fn links_come_and_go_and_only_a_change_is_told() {
    let mut replica = Replica::with_nodes(&[S]);
    replica.connect(S, W);
    replica.connect(S, Dpid(8));
    let mut tell = |up: &[Link], down: &[Link]| {
        let op = Op::Links(LinkChange { up: up.to_vec(), down: down.to_vec() });
        replica.0.apply(Command { actor: String::new(), at_ms: 0, op }).links_changed
    };
    let there = link(W, Dpid(8));
    let from_nowhere = link(Dpid(9), W);
    assert!(tell(&[there], &[]));
    assert!(!tell(&[there, from_nowhere], &[from_nowhere]));
    assert!(tell(&[], &[there]));
    assert!(!tell(&[], &[there]));
}

#[test]
fn more_links_than_the_cluster_keeps_are_refused() {
    let mut replica = Replica::with_nodes(&[S]);
    let numbered = |port| Link { from_port: PortNo(port), ..link(W, Dpid(8)) };
    let up = (0..=MAX_LINKS as u32).map(numbered).collect();
    let refusal = replica.apply(Op::Links(LinkChange { up, down: vec![] }));
    assert_eq!(refusal, Err(Refusal::Full));
}

// Refusals, as the command line tells them.

#[test]
fn refusals_tell_what_is_missing_from_what_is_forbidden() {
    for missing in
        [Refusal::UnknownSwitch(W), Refusal::UnknownNode(S), Refusal::UnknownMigration(ID)]
    {
        assert_eq!(missing.kind(), Kind::NotFound, "{missing}");
    }
    for forbidden in [
        Refusal::OldBoot(S),
        Refusal::NotUp(S),
        Refusal::NotConnected { node: S, dpid: W },
        Refusal::AlreadyOwner { node: S, dpid: W },
        Refusal::NoOwner(W),
        Refusal::Running { id: ID, dpid: W },
        Refusal::BadCandidates,
        Refusal::NoRace(Protocol::Direct),
        Refusal::NotPeer { node: S, dpid: W, protocol: Protocol::ErcM2sE2m },
        Refusal::NoMaster { dpid: W, protocol: Protocol::Direct },
        Refusal::StaleToken { dpid: W, now: Token(1), asked: Token(0) },
        Refusal::WrongState { id: ID, state: "open".to_owned() },
        Refusal::NotParty { id: ID, node: S },
        Refusal::HasOwner(W),
        Refusal::Cordoned(S),
        Refusal::Draining(S),
        Refusal::NotDraining(S),
        Refusal::NotRunning(S),
        Refusal::NoHeir { node: S, switches: 1, first: W },
        Refusal::Serves { node: S, switches: 1 },
        Refusal::Alive(S),
        Refusal::MayReturn(S),
        Refusal::Retired(S),
        Refusal::TooManyRetired,
        Refusal::Full,
    ] {
        assert_eq!(forbidden.kind(), Kind::Guard, "{forbidden}");
    }
}
