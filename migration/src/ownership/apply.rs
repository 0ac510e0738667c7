//! Carrying a command out: guards first, then the change, never half of it.

use super::{
    AbortReason, Cause, Change, Command, Done, KEPT_CHANGES, KEPT_MIGRATIONS, LinkChange,
    MAX_CANDIDATES, MAX_LINKS, MAX_SWITCHES, Migration, MigrationId, Node, NodeId, NodeState, Op,
    Ownership, Protocol, Refusal, Reply, Sighting, State, Token, Wish,
};
use crate::protocol::Probe;
use crate::report::Report;
use openflow::Dpid;
use std::collections::{BTreeMap, BTreeSet};

impl Ownership {
    /// Carries one entry of the log out.
    pub fn apply(&mut self, command: Command) -> Reply {
        let mut entry = Entry {
            state: self,
            actor: command.actor,
            at_ms: command.at_ms,
            touched: BTreeSet::new(),
            links_changed: false,
            served: None,
        };
        let result = match command.op {
            Op::Register { node, boot, addresses } => entry.register(node, boot, addresses),
            Op::Connected { node, boot, up, down } => entry.connected(node, boot, up, &down),
            Op::NodesDown { nodes } => entry.nodes_down(&nodes),
            Op::Assign { dpid, token } => entry.assign(dpid, token),
            Op::Open(wish) => entry.open(wish),
            Op::Commit { id, token, winner } => entry.commit(id, token, winner),
            Op::Abort { id, reason } => entry.abort(id, reason),
            Op::Finish { id, winner, report } => entry.finish(id, winner, report),
            Op::Links(change) => entry.links(&change),
            Op::Cordon { node, reason } => entry.cordon(node, reason),
            Op::Uncordon { node } => entry.uncordon(node),
            Op::Drain { node, order, leaves } => entry.drain(node, order, leaves),
            Op::EndDrain { node, id } => entry.end_drain(node, id),
            Op::Leave { node, boot } => entry.leave(node, boot),
            Op::Retire { node, reason } => entry.retire(node, reason),
        };
        let (touched, links_changed) = (entry.touched, entry.links_changed);
        Reply { result, touched: touched.into_iter().collect(), links_changed }
    }

    /// Returns whether a migration could open, and if not, why not: what `--dry-run` asks.
    pub fn check_open(
        &self,
        dpid: Dpid,
        candidates: &[NodeId],
        protocol: Protocol,
    ) -> Result<(), Refusal> {
        let switch = self.switches.get(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
        let distinct = candidates.iter().collect::<BTreeSet<_>>().len() == candidates.len();
        if candidates.is_empty() || candidates.len() > MAX_CANDIDATES || !distinct {
            return Err(Refusal::BadCandidates);
        }
        let table = protocol.table();
        if table.probe == Probe::None && candidates.len() > 1 {
            return Err(Refusal::NoRace(protocol));
        }
        for &node in candidates {
            let record = self.nodes.get(&node).ok_or(Refusal::UnknownNode(node))?;
            if switch.owner == Some(node) {
                return Err(Refusal::AlreadyOwner { node, dpid });
            }
            match record.state() {
                NodeState::Up => {}
                NodeState::Cordoned => return Err(Refusal::Cordoned(node)),
                NodeState::Draining => return Err(Refusal::Draining(node)),
                NodeState::Left | NodeState::Down => return Err(Refusal::NotUp(node)),
            }
            if !switch.connected.contains_key(&node) {
                return Err(Refusal::NotConnected { node, dpid });
            }
            if table.exchange.target_was_equal && !switch.equals.contains(&node) {
                return Err(Refusal::NotPeer { node, dpid, protocol });
            }
        }
        if let Some(id) = switch.migration {
            return Err(Refusal::Running { id, dpid });
        }
        match switch.owner {
            Some(owner) if !self.can_serve(owner, dpid) => Err(Refusal::NoOwner(dpid)),
            Some(owner) if table.exchange.needs_master && switch.equals.contains(&owner) => {
                Err(Refusal::NoMaster { dpid, protocol })
            }
            Some(_) => Ok(()),
            None => Err(Refusal::NoOwner(dpid)),
        }
    }

    /// Returns the node that should own `dpid`: live, connected, with the fewest switches to serve;
    /// ties go to the earlier standby, then to the lower id.
    fn best_owner(&self, dpid: Dpid, served: &BTreeMap<NodeId, usize>) -> Option<NodeId> {
        let load = |node: &NodeId| served.get(node).copied().unwrap_or_default();
        let switch = self.switches.get(&dpid)?;
        let rank = |node: &NodeId| switch.standbys.iter().position(|standby| standby == node);
        let willing = switch
            .connected
            .keys()
            .filter(|&&node| self.nodes.get(&node).is_some_and(Node::takes_switches));
        willing
            .min_by_key(|node| (load(node), rank(node), **node))
            .or_else(|| switch.connected.keys().find(|&&node| self.can_serve(node, dpid)))
            .copied()
    }

    /// Returns whether every node that takes switches is connected to `dpid`.
    fn all_connected(&self, dpid: Dpid) -> bool {
        let connected =
            |node| self.switches.get(&dpid).is_some_and(|s| s.connected.contains_key(node));
        self.nodes.iter().filter(|(_, node)| node.takes_switches()).all(|(id, _)| connected(id))
    }
}

pub(super) type Outcome = Result<Done, Refusal>;

/// One entry while it is carried out, with what it has touched so far.
pub(super) struct Entry<'a> {
    pub(super) state: &'a mut Ownership,
    pub(super) actor: String,
    pub(super) at_ms: u64,
    touched: BTreeSet<Dpid>,
    links_changed: bool,
    /// How many switches each node serves, once that was asked, until sessions change: one entry may orphan thousands.
    served: Option<BTreeMap<NodeId, usize>>,
}

impl Entry<'_> {
    fn connected(&mut self, node: NodeId, boot: u64, up: Vec<Sighting>, down: &[Dpid]) -> Outcome {
        let record = self.state.nodes.get(&node).ok_or(Refusal::UnknownNode(node))?;
        if record.boot != boot {
            return Err(Refusal::OldBoot(node));
        }
        if !record.is_up() {
            return Err(Refusal::NotUp(node));
        }
        let new = up.iter().filter(|seen| !self.state.switches.contains_key(&seen.dpid)).count();
        if self.state.switches.len() + new > MAX_SWITCHES {
            return Err(Refusal::Full);
        }
        let mut strangers = vec![];
        for sighting in up {
            self.forget_another(node, &sighting);
            if self.is_stranger(node, &sighting) {
                strangers.push(sighting.dpid);
            } else {
                self.session_up(node, sighting);
            }
        }
        for &dpid in down {
            self.session_down(node, dpid);
            self.settle(dpid, Cause::ChannelLost, |_| AbortReason::ChannelLost(node));
        }
        Ok(if strangers.is_empty() { Done::Applied } else { Done::Strangers(strangers) })
    }

    /// Forgets a node's session with a switch if what it sees now is another switch: that session is over.
    fn forget_another(&mut self, node: NodeId, sighting: &Sighting) {
        let dpid = sighting.dpid;
        let switch = self.state.switches.get(&dpid);
        let before = switch.and_then(|switch| switch.connected.get(&node));
        if before.is_some_and(|before| before.contradicts(&sighting.identity)) {
            self.session_down(node, dpid);
            self.settle(dpid, Cause::ChannelLost, |_| AbortReason::ChannelLost(node));
        }
    }

    /// Returns whether other nodes have sessions with another switch that says the same of itself.
    fn is_stranger(&self, node: NodeId, sighting: &Sighting) -> bool {
        let switch = self.state.switches.get(&sighting.dpid);
        let mut others = switch.into_iter().flat_map(|switch| &switch.connected);
        others.any(|(&other, known)| other != node && known.contradicts(&sighting.identity))
    }

    fn session_up(&mut self, node: NodeId, sighting: Sighting) {
        self.served = None;
        let switch = self.state.switches.entry(sighting.dpid).or_default();
        switch.probed |= switch.learns_of_ports(node, &sighting);
        let Sighting { dpid, generation: seen, identity, probed: _ } = sighting;
        self.touched.insert(dpid);
        switch.connected.insert(node, identity);
        if switch.owner != Some(node) && !switch.standbys.contains(&node) {
            switch.standbys.push(node);
        }
        if switch.is_outdated_by(seen) {
            switch.token = Token(seen.0);
        }
        if switch.owner.is_none() && self.state.all_connected(dpid) {
            self.give_to_best(dpid, Cause::Assigned);
        }
    }

    fn session_down(&mut self, node: NodeId, dpid: Dpid) {
        let Some(switch) = self.state.switches.get_mut(&dpid) else { return };
        if switch.connected.remove(&node).is_none() {
            return;
        }
        self.served = None;
        switch.standbys.retain(|&standby| standby != node);
        switch.equals.remove(&node);
        self.touched.insert(dpid);
        if switch.connected.is_empty() {
            switch.probed = false;
            let before = self.state.links.len();
            self.state.links.retain(|link| link.from != dpid && link.to != dpid);
            self.links_changed |= self.state.links.len() != before;
        }
    }

    /// Takes nodes out of every switch's sessions, and settles the migrations that this upsets.
    pub(super) fn forget_sessions(&mut self, lost: &[NodeId]) {
        let dpids: Vec<Dpid> = self.state.switches.keys().copied().collect();
        for dpid in dpids {
            for &node in lost {
                self.session_down(node, dpid);
            }
            let blame = |party: NodeId| AbortReason::NodeLost(party);
            if self.state.migration_of(dpid).is_some() {
                self.settle(dpid, Cause::OwnerDied, blame);
            }
        }
    }

    /// Ends or re-aims a migration, and finds another owner, once a party can no longer serve `dpid`.
    ///
    /// Before the commit, a lost source is replaced by a candidate that may have heard its packet-ins, and
    /// the loss of every candidate aborts. After the commit, a lost winner is replaced by the next candidate,
    /// else by the source, which keeps the packet-ins since the cut either way.
    fn settle(&mut self, dpid: Dpid, cause: Cause, blame: impl Fn(NodeId) -> AbortReason) {
        let state = &*self.state;
        let Some(switch) = state.switches.get(&dpid) else { return };
        let serves = |node: NodeId| state.can_serve(node, dpid);
        let Some((id, migration)) =
            switch.migration.and_then(|id| Some((id, state.migrations.get(&id)?)))
        else {
            if switch.owner.is_some_and(|owner| !serves(owner)) {
                self.give_to_best(dpid, cause);
            }
            return;
        };
        let candidate = || migration.candidates.iter().copied().find(|&node| serves(node));
        let source = Some(migration.source).filter(|&node| serves(node));
        match (migration.state == State::Open, migration.winner) {
            (true, _) if source.is_none() => match candidate() {
                Some(heir) => self.hand_to(dpid, id, heir, None, cause),
                None => {
                    let reason = blame(migration.source);
                    self.end_aborted(dpid, id, reason);
                }
            },
            (true, _) if candidate().is_none() => {
                let reason = blame(migration.candidates[0]);
                self.end_aborted(dpid, id, reason);
            }
            (false, Some(winner)) if !serves(winner) => {
                let heir =
                    candidate().or(source).or_else(|| state.best_owner(dpid, &state.served()));
                if let Some(heir) = heir {
                    let keeper = migration.keeper.and(source).filter(|&source| source != heir);
                    self.hand_to(dpid, id, heir, keeper, Cause::RolledBack(id));
                }
            }
            (false, _) if migration.keeper.is_some() && source.is_none() => {
                if let Some(migration) = self.state.migrations.get_mut(&id) {
                    migration.keeper = None;
                    self.touched.insert(dpid);
                }
            }
            (_, _) => {}
        }
    }

    /// Commits a running migration to `heir` with a token newer than the reserved one.
    fn hand_to(
        &mut self,
        dpid: Dpid,
        id: MigrationId,
        heir: NodeId,
        keeper: Option<NodeId>,
        cause: Cause,
    ) {
        let Some(migration) = self.state.migrations.get_mut(&id) else { return };
        migration.token = migration.token.next();
        migration.state = State::Committed;
        migration.winner = Some(heir);
        migration.keeper = keeper;
        let token = migration.token;
        self.change_owner(dpid, heir, token, cause, &format!("migration {id} lost a party"));
    }

    fn assign(&mut self, dpid: Dpid, asked: Token) -> Outcome {
        let switch = self.state.switches.get(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
        if switch.token != asked {
            return Err(Refusal::StaleToken { dpid, now: switch.token, asked });
        }
        if switch.owner.is_some_and(|owner| self.state.can_serve(owner, dpid)) {
            return Err(Refusal::HasOwner(dpid));
        }
        if switch.migration.is_some() {
            self.settle(dpid, Cause::ChannelLost, AbortReason::ChannelLost);
        } else {
            let cause = match switch.owner {
                None => Cause::Assigned,
                Some(_) => Cause::ChannelLost,
            };
            self.give_to_best(dpid, cause);
        }
        Ok(Done::Applied)
    }

    /// Gives a switch that no migration moves to the best node; without one, it keeps its owner.
    pub(super) fn give_to_best(&mut self, dpid: Dpid, cause: Cause) {
        let served = self.served.get_or_insert_with(|| self.state.served());
        let Some(best) = self.state.best_owner(dpid, served) else { return };
        let Some(switch) = self.state.switches.get(&dpid) else { return };
        if switch.owner != Some(best) && switch.migration.is_none() {
            let (token, reason) = (switch.token.next(), describe(cause, switch.owner));
            self.change_owner(dpid, best, token, cause, &reason);
        }
    }

    fn change_owner(&mut self, dpid: Dpid, to: NodeId, token: Token, cause: Cause, reason: &str) {
        let Some(switch) = self.state.switches.get_mut(&dpid) else { return };
        let from = switch.owner.replace(to);
        if let Some(served) = &mut self.served {
            let loses = from.filter(|from| switch.connected.contains_key(from));
            if let Some(load) = loses.and_then(|from| served.get_mut(&from)) {
                *load -= 1;
            }
            *served.entry(to).or_default() += usize::from(switch.connected.contains_key(&to));
        }
        switch.token = token;
        switch.equals.remove(&to);
        switch.standbys.retain(|&standby| standby != to);
        if let Some(old) = from.filter(|&old| old != to && switch.connected.contains_key(&old)) {
            switch.standbys.push(old);
        }
        if switch.history.len() == KEPT_CHANGES {
            switch.history.pop_front();
        }
        let (actor, reason) = (self.actor.clone(), reason.to_owned());
        switch.history.push_back(Change {
            token,
            from,
            to,
            cause,
            actor,
            reason,
            at_ms: self.at_ms,
        });
        self.touched.insert(dpid);
        self.count_move(from, to);
    }

    fn open(&mut self, wish: Wish) -> Outcome {
        let dpid = wish.dpid;
        self.state.check_open(dpid, &wish.candidates, wish.protocol)?;
        let id = MigrationId(self.state.last_migration.0 + 1);
        let switch = self.state.switches.get_mut(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
        let source = switch.owner.ok_or(Refusal::NoOwner(dpid))?;
        switch.migration = Some(id);
        self.state.last_migration = id;
        let token = switch.token.next();
        let migration = Migration::open(wish, source, token, self.actor.clone(), self.at_ms);
        self.state.migrations.insert(id, migration);
        self.touched.insert(dpid);
        Ok(Done::Opened(id))
    }

    fn commit(&mut self, id: MigrationId, token: Token, winner: NodeId) -> Outcome {
        let migration = self.state.migrations.get_mut(&id).ok_or(Refusal::UnknownMigration(id))?;
        let dpid = migration.dpid;
        // Proposing it again after an unknown outcome is harmless.
        if migration.state == State::Committed
            && (migration.winner, migration.token) == (Some(winner), token)
        {
            return Ok(Done::Applied);
        }
        if migration.state != State::Open {
            return Err(Refusal::WrongState { id, state: migration.state.name().to_owned() });
        }
        if migration.token != token {
            return Err(Refusal::StaleToken { dpid, now: migration.token, asked: token });
        }
        if !migration.candidates.contains(&winner) {
            return Err(Refusal::NotParty { id, node: winner });
        }
        let (source, exchange) = (migration.source, migration.protocol.table().exchange);
        migration.state = State::Committed;
        migration.winner = Some(winner);
        migration.keeper = Some(source);
        self.actor.clone_from(&migration.actor);
        let reason = migration.reason.clone();
        self.change_owner(dpid, winner, token, Cause::Migrated(id), &reason);
        if let Some(switch) = self.state.switches.get_mut(&dpid) {
            switch.equals.remove(&source);
            switch.equals.extend(exchange.source_stays.then_some(source));
            switch.equals.extend(exchange.target_is_equal.then_some(winner));
        }
        // A winner that was lost since the source chose it is replaced at once.
        self.settle(dpid, Cause::ChannelLost, AbortReason::ChannelLost);
        Ok(Done::Applied)
    }

    fn abort(&mut self, id: MigrationId, reason: AbortReason) -> Outcome {
        let migration = self.state.migrations.get(&id).ok_or(Refusal::UnknownMigration(id))?;
        if migration.state != State::Open {
            return Err(Refusal::WrongState { id, state: migration.state.name().to_owned() });
        }
        self.end_aborted(migration.dpid, id, reason);
        Ok(Done::Applied)
    }

    fn end_aborted(&mut self, dpid: Dpid, id: MigrationId, reason: AbortReason) {
        let Some(migration) = self.state.migrations.get_mut(&id) else { return };
        migration.state = State::Aborted(reason.clone());
        // The reserved token is burnt: a candidate may have told it to the switch already.
        let (burnt, source) = (migration.token, migration.source);
        let drain = self.state.nodes.get_mut(&source).and_then(|record| record.drain.as_mut());
        if let Some(drain) = drain.filter(|drain| drain.is_running()) {
            drain.note_failure(dpid, reason);
        }
        self.close(dpid, burnt);
    }

    fn finish(&mut self, id: MigrationId, winner: NodeId, report: Report) -> Outcome {
        let migration = self.state.migrations.get_mut(&id).ok_or(Refusal::UnknownMigration(id))?;
        if migration.state != State::Committed {
            return Err(Refusal::WrongState { id, state: migration.state.name().to_owned() });
        }
        if migration.winner != Some(winner) {
            return Err(Refusal::NotParty { id, node: winner });
        }
        migration.state = State::Done;
        migration.report = Some(report.bounded());
        let (dpid, token) = (migration.dpid, migration.token);
        self.close(dpid, token);
        Ok(Done::Applied)
    }

    /// Frees the switch for its next migration and forgets the oldest finished ones.
    fn close(&mut self, dpid: Dpid, token: Token) {
        self.touched.insert(dpid);
        if let Some(switch) = self.state.switches.get_mut(&dpid) {
            switch.migration = None;
            switch.token = switch.token.max(token);
        }
        let finished = |(&id, m): (&MigrationId, &Migration)| m.state.is_final().then_some(id);
        let migrations = &mut self.state.migrations;
        while migrations.len() > KEPT_MIGRATIONS
            && let Some(oldest) = migrations.iter().find_map(finished)
        {
            migrations.remove(&oldest);
        }
    }

    fn links(&mut self, change: &LinkChange) -> Outcome {
        let state = &mut *self.state;
        let new = change.up.iter().filter(|link| !state.links.contains(link)).count();
        if state.links.len() + new > MAX_LINKS {
            return Err(Refusal::Full);
        }
        for link in &change.down {
            self.links_changed |= state.links.remove(link);
        }
        for &link in &change.up {
            let ends = [link.from, link.to];
            let known = |dpid| state.switches.get(dpid).is_some_and(|s| !s.connected.is_empty());
            if ends.iter().all(known) {
                self.links_changed |= state.links.insert(link);
            }
        }
        Ok(Done::Applied)
    }
}

fn describe(cause: Cause, from: Option<NodeId>) -> String {
    match (cause, from) {
        (Cause::OwnerDied, Some(node)) => format!("node {node} died"),
        (Cause::OwnerLeft, Some(node)) => format!("node {node} left"),
        (Cause::ChannelLost, Some(node)) => format!("node {node} lost its session"),
        (_, _) => "the switch had no owner".to_owned(),
    }
}
