//! A switch's part in a hand-over: joins one, feeds its engine, carries out what that wants, leaves it.

use super::super::fence::Right;
use super::super::task::Io;
use super::super::timers::Timer;
use super::{Held, Switch};
use crate::app::App;
use crate::handover::{Account, Body, HandOver, Marker, Party, Slot};
use migration::engine::{self, Engine, Outcome, PeerMessage, Proposal, Side, Standing, Terms};
use migration::gate::{Mode, Order};
use migration::ownership::{AbortReason, Migration, Op, Protocol, State};
use migration::protocol::Probe;
use migration::reconcile::Wanted;
use migration::{MigrationId, NodeId};
use openflow::{ControllerStatus, FlowRemoved, Frame, Message, Version, Xid};
use std::time::Duration;

/// Bytes of application state, or of what was kept, in one message between nodes.
const CHUNK: usize = 256 << 10;
/// Messages about migrations that this node is no party of yet, at most.
const MAX_WORDS: usize = 32;

impl Switch {
    /// Becomes a party of the running migration, if the log wants that of this node.
    pub(super) fn join_running(&mut self, io: &mut Io) {
        let me = io.node.id;
        let Some((id, migration)) = self.log.running.clone() else { return };
        if !self.has_lease(io) {
            return;
        }
        let terms = Terms::of(id, &migration);
        let may_start = migration.protocol.table().starts == Side::Target;
        let mut slot = None;
        let engine = match migration.state {
            // What an earlier session held is lost, and it may have asked for the commit.
            State::Open if migration.source == me && self.is_undecided(me) => {
                let reason = AbortReason::ChannelLost(me);
                return io.node.propose_aside(Op::Abort { id, reason });
            }
            State::Open if migration.source == me && !self.can(migration.protocol) => {
                let why = "a switch of OpenFlow 1.0 tells nobody that a role is lost: take another protocol";
                let reason = AbortReason::Refused(me, why.to_owned());
                return io.node.propose_aside(Op::Abort { id, reason });
            }
            // A source that is not settled as the one that answers has nothing to hand over: it joins once it is.
            State::Open if migration.source == me && self.answers() => {
                Engine::source(terms, &migration.candidates)
            }
            // A second marker would be a second cut.
            State::Open if may_start && self.began_in == Some(id) => {
                let reason = "its session with the switch began anew".to_owned();
                return self.refuse(io, id, migration.source, reason);
            }
            State::Open if may_start && migration.candidates.contains(&me) => {
                match io.node.admission.enter() {
                    Ok(entered) => slot = Some(entered),
                    Err(reason) => return self.refuse(io, id, migration.source, reason),
                }
                Engine::target(terms, me)
            }
            State::Committed if migration.winner == Some(me) => Engine::winner(id, &migration, me),
            // Its session ended in between, and with it what the winner may be waiting for.
            State::Committed if migration.keeper == Some(me) => {
                return self.tell_nothing_kept(io, id, migration.winner);
            }
            State::Open | State::Committed | State::Done | State::Aborted(_) => return,
        };
        tracing::info!(dpid = %self.dpid, migration = %id, side = ?engine.side(), "joined a migration");
        self.party = Some(Party::new(engine, me, migration.nonce, slot));
        self.want(io, Wanted::HandsOff);
        self.drive(io, engine::Event::Log(Standing::of(&migration)));
        self.hear_waiting(io);
        if self.marker_waits() {
            // Up to the marker it is this node's as before; the engine hears of the marker in its place.
            self.order(io, Order::Release);
        }
    }

    /// Returns whether the switch can say all that a protocol has it say: the cut of Direct is `ROLE_STATUS`.
    fn can(&self, protocol: Protocol) -> bool {
        protocol != Protocol::Direct || self.card.version > Version::V1_0
    }

    /// Returns whether only the log can tell whose the switch is: an earlier session of this node may have asked it
    /// to commit a migration that is still open as far as this one knows.
    pub(super) fn is_undecided(&self, me: NodeId) -> bool {
        let open = |migration: &Migration| migration.state == State::Open && migration.source == me;
        let running = self.log.running.as_ref();
        running.is_some_and(|(id, migration)| self.began_in == Some(*id) && open(migration))
    }

    /// Returns whether this node answers for the switch, but for a marker that came before its migration.
    fn answers(&self) -> bool {
        match self.gate.mode() {
            Mode::Process => true,
            Mode::Shadow => self.marker_waits(),
            // It has yet to be settled: until then a marker waits among the packet-ins.
            Mode::Buffer | Mode::Discard => false,
        }
    }

    fn marker_waits(&self) -> bool {
        self.gate.kept().any(|held| matches!(held, Held::Marker(_)))
    }

    /// Takes in a marker, wherever it came from.
    pub(super) fn handle_marker(&mut self, io: &mut Io, marker: Marker) {
        match &self.party {
            Some(party) if party.expects(&marker) => {
                if self.suspended.is_some() {
                    // Without a lease this node has not answered all that came before: that is no cut yet.
                    let _ = self.gate.offer(Held::Marker(marker), 0);
                    return;
                }
                let event = engine::SwitchEvent::Marker { of: marker.target };
                self.drive(io, engine::Event::Switch(event));
            }
            Some(party) if party.id() == marker.migration => {}
            Some(_) | None => self.let_wait(io, marker),
        }
    }

    /// A marker of a migration that this node is no party of yet: it waits in its place.
    fn let_wait(&mut self, io: &mut Io, marker: Marker) {
        if !self.may_yet_join(marker.migration) {
            return;
        }
        if self.gate.mode() == Mode::Process {
            self.order(io, Order::Shadow);
            io.timers.set(Timer::Early, EARLY);
        }
        // A standby discards it, as all else.
        let _ = self.gate.offer(Held::Marker(marker), 0);
    }

    /// Returns whether this node may become a party of `id` once its log has got there.
    fn may_yet_join(&self, id: MigrationId) -> bool {
        let running = self.log.running.as_ref().is_some_and(|(running, _)| *running == id);
        running || self.log.last.is_none_or(|last| id > last)
    }

    /// The log has not told of the migration whose marker came: it was none.
    pub(super) fn forget_early(&mut self, io: &mut Io) {
        if self.party.is_some() {
            return io.timers.set(Timer::Early, EARLY);
        }
        if self.marker_waits() {
            tracing::warn!(dpid = %self.dpid, "a marker of no migration");
            let all = self.gate.order(Order::Release);
            self.shadow(all.into_iter().filter(|held| matches!(held, Held::Packet(..))));
            self.order(io, Order::Release);
        }
    }

    /// Takes in the end of a flow: it may be a marker.
    pub(super) fn handle_flow_removed(&mut self, io: &mut Io, removed: &FlowRemoved) {
        let Some(party) = &self.party else { return };
        if Marker::is_cut(party.nonce, removed) {
            let of = match party.engine.side() {
                Side::Source => party.engine.target_node(),
                Side::Target | Side::Heir | Side::Keeper => io.node.id,
            };
            let marker = party.marker(of);
            self.handle_marker(io, marker);
        }
    }

    /// Takes in what the switch tells of a controller: it may be a marker.
    pub(super) fn handle_controller_status(&mut self, io: &mut Io, status: &ControllerStatus) {
        self.tells_controllers = true;
        let Some(party) = &self.party else { return };
        if let Some(of) = party.marked_by(status) {
            let marker = party.marker(of);
            self.handle_marker(io, marker);
        }
    }

    /// Takes part as a candidate that was invited; names itself, if the switch is to tell the others of it.
    fn join_invited(&mut self, io: &mut Io, terms: Terms, nonce: u64, slot: Option<Slot>) {
        let me = io.node.id;
        let mut party = Party::new(Engine::target(terms, me), me, nonce, slot);
        let short_id = party.short_id(me).filter(|_| self.tells_controllers);
        party.engine = party.engine.with_controller_status(short_id.is_some());
        if let Some(id) = short_id.filter(|_| party.engine.marks_by_role()) {
            self.write(io, &Message::ShortId(id), Right::Party);
        }
        self.party = Some(party);
        self.want(io, Wanted::HandsOff);
    }

    /// Takes in what another party says.
    pub(crate) fn handle_peer(&mut self, io: &mut Io, message: HandOver) {
        let HandOver { dpid, migration: id, from, body } = message;
        let ours = self.party.as_ref().map(Party::id);
        if let Body::Start { terms, nonce } = body {
            return match &self.party {
                // The log may have been quicker than the source.
                Some(party) if party.id() == id && party.engine.side() == Side::Target => {
                    self.drive(io, engine::Event::Peer { from, message: PeerMessage::Start });
                }
                // The last migration is over, or this one could not have opened: only the log is late here.
                Some(party) if party.id() < id => {
                    let body = Body::Start { terms, nonce };
                    self.keep_word(io, HandOver { dpid, migration: id, from, body });
                }
                Some(_) | None => self.take_part(io, Terms { id, source: from, ..terms }, nonce),
            };
        }
        if ours != Some(id) {
            return self.keep_word(io, HandOver { dpid, migration: id, from, body });
        }
        if let Some(message) = self.read_body(io, id, from, body) {
            self.drive(io, engine::Event::Peer { from, message });
        }
    }

    /// Becomes a candidate, as its source asks, or declines.
    fn take_part(&mut self, io: &mut Io, terms: Terms, nonce: u64) {
        let (id, source) = (terms.id, terms.source);
        match self.may_join(io, &terms) {
            Ok(slot) => {
                self.join_invited(io, terms, nonce, slot);
                let message = PeerMessage::Start;
                self.drive(io, engine::Event::Peer { from: source, message });
                self.follow_log(io);
            }
            Err(reason) => self.refuse(io, id, source, reason),
        }
    }

    /// A word of a migration that this node is no party of yet: it will be, once its log tells of it.
    fn keep_word(&mut self, io: &Io, word: HandOver) {
        let HandOver { migration: id, from, .. } = word;
        if matches!(word.body, Body::Collect) && self.party.is_none() {
            self.tell_nothing_kept(io, id, Some(from));
        } else if self.may_yet_join(id) && self.words.len() < MAX_WORDS {
            self.words.push(word);
        }
    }

    /// Hears what was said too early, once the time for it has come, and forgets what never will be.
    pub(super) fn hear_waiting(&mut self, io: &mut Io) {
        let words = std::mem::take(&mut self.words);
        self.words = words.into_iter().filter(|word| self.may_yet_join(word.migration)).collect();
        let is_start = |word: &HandOver| matches!(word.body, Body::Start { .. });
        if self.party.is_none()
            && let Some(place) = self.words.iter().position(is_start)
        {
            let start = self.words.remove(place);
            self.handle_peer(io, start);
        }
        let Some(ours) = self.party.as_ref().map(Party::id) else { return };
        let words = std::mem::take(&mut self.words).into_iter();
        let (now, later) = words.partition::<Vec<_>, _>(|word| word.migration == ours);
        self.words = later;
        for word in now {
            self.handle_peer(io, word);
        }
    }

    /// Takes out what is the driver's; returns what the engine is to hear, if anything.
    fn read_body(
        &mut self,
        io: &mut Io,
        id: MigrationId,
        from: NodeId,
        body: Body,
    ) -> Option<PeerMessage> {
        let party = self.party.as_mut().filter(|party| party.id() == id)?;
        match body {
            Body::Start { .. } => None,
            Body::Refuse(reason) => Some(PeerMessage::Refuse(reason)),
            Body::Ready { load } => {
                let probe_us = party.probe_us(from, io.node.clock.unix_us());
                Some(PeerMessage::Ready { score: score(probe_us, load) })
            }
            Body::LocalState { piece, last } => {
                party.take_state(&piece);
                if last {
                    self.import(id);
                }
                last.then_some(PeerMessage::LocalState)
            }
            Body::Taken => Some(PeerMessage::Taken),
            Body::Nothing => Some(PeerMessage::Nothing),
            Body::Collect => Some(PeerMessage::Collect),
            Body::Kept(frames) => {
                self.keep(id, frames);
                None
            }
            Body::End(account) => {
                party.take_account(account);
                Some(PeerMessage::End)
            }
            Body::Rest(account) => {
                party.take_account(account);
                let kept = std::mem::take(&mut party.kept);
                let kept =
                    kept.into_iter().map(|packet| Held::Packet(packet, self.next_sequence()));
                let kept = kept.collect();
                self.gate.take_over(kept);
                Some(PeerMessage::Rest)
            }
        }
    }

    /// Hands the application the state that has come in.
    fn import(&mut self, id: MigrationId) {
        let Some(party) = &mut self.party else { return };
        let state = party.finish_state();
        if let Err(error) = self.app.import(&state) {
            // Addresses are learnt again from traffic: a hand-over does not fail for want of them.
            tracing::warn!(dpid = %self.dpid, migration = %id, %error, "application state not taken over");
        }
    }

    /// Takes in what another party could not finish.
    fn keep(&mut self, id: MigrationId, frames: Vec<Vec<u8>>) {
        let Some(party) = &mut self.party else { return };
        for bytes in frames {
            match Frame::decode(&bytes.into()).map(|frame| frame.message) {
                Ok(Message::PacketIn(packet)) => party.kept.push(packet),
                Ok(command) => party.refused.push(command),
                Err(error) => {
                    tracing::warn!(dpid = %self.dpid, migration = %id, ?error, "a kept message does not parse");
                }
            }
        }
    }

    /// Returns this node's place in a migration, if it needs one, or says why it cannot take part.
    fn may_join(&self, io: &Io, terms: &Terms) -> Result<Option<Slot>, String> {
        let id = terms.id;
        if let Some(party) = &self.party {
            return Err(format!("migration {} of the switch is not over here", party.id()));
        }
        // The log may not have got here yet; what it holds already must not contradict.
        io.node.consensus.read(|state| match state.migrations().get(&id) {
            None => Ok(()),
            Some(migration) if migration.state.is_final() => {
                Err(format!("migration {id} is {}", migration.state.name()))
            }
            Some(migration) if migration.source != terms.source => {
                Err(format!("node {} is not the source of migration {id}", terms.source))
            }
            Some(migration) if !migration.candidates.contains(&io.node.id) => {
                Err(format!("node {} is no candidate of migration {id}", io.node.id))
            }
            Some(_) => Ok(()),
        })?;
        // Where there is no choice the log commits whatever is answered: a winner cannot decline.
        if terms.protocol.table().probe == Probe::None {
            return Ok(None);
        }
        if !io.node.lease.is_valid() {
            return Err("it has no lease".to_owned());
        }
        io.node.admission.enter().map(Some)
    }

    fn refuse(&self, io: &Io, id: MigrationId, source: NodeId, reason: String) {
        tracing::warn!(dpid = %self.dpid, migration = %id, %source, reason, "refused to take part");
        self.tell(io, source, id, Body::Refuse(reason));
    }

    /// Feeds the hand-over's engine and carries out what it wants.
    pub(super) fn drive(&mut self, io: &mut Io, event: engine::Event) {
        let now_us = io.node.clock.unix_us();
        let Some(party) = &mut self.party else { return };
        for action in party.handle(event, now_us) {
            self.carry_out(io, action);
        }
    }

    /// Returns whether `action` would confirm that all before the cut is answered, and it is not.
    fn comes_too_early(&self, action: &engine::Action) -> bool {
        action.confirms() && !self.overdue.is_empty() && self.is_source()
    }

    pub(super) fn is_source(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.engine.side() == Side::Source)
    }

    pub(super) fn carry_out(&mut self, io: &mut Io, action: engine::Action) {
        if self.comes_too_early(&action) {
            return self.postponed.push(action);
        }
        match action {
            engine::Action::AskRole { role, token } => {
                let xid = self.ask_role(io, role, token.into());
                if let Some(party) = &mut self.party {
                    party.role_request = Some(xid);
                }
            }
            engine::Action::SendMarker { of } => {
                self.write_marker(io, of, Marker::packet_out);
            }
            engine::Action::PlantFlow => self.write_marker(io, io.node.id, Marker::plant),
            engine::Action::CutFlow => self.write_marker(io, io.node.id, Marker::cut),
            engine::Action::SendBarrier(barrier) => {
                let xid = self.write(io, &Message::BarrierRequest, Right::Party);
                if let Some(party) = &mut self.party {
                    party.barrier = xid.map(|xid| (xid, barrier));
                }
            }
            engine::Action::Tell { to, message } => self.tell_party(io, to, message),
            engine::Action::Propose(proposal) => self.propose(io, proposal),
            engine::Action::Gate(order) => self.order(io, order),
            engine::Action::SetTimer(timer) => {
                io.timers.set(Timer::Engine(timer), engine_time(timer));
            }
            engine::Action::ClearTimer(timer) => io.timers.clear(Timer::Engine(timer)),
            engine::Action::Over(outcome) => self.leave(io, outcome),
        }
    }

    fn write_marker(&mut self, io: &mut Io, of: NodeId, form: fn(Marker) -> Message) {
        if let Some(marker) = self.party.as_ref().map(|party| party.marker(of)) {
            self.write(io, &form(marker), Right::Party);
        }
    }

    fn tell_party(&mut self, io: &mut Io, to: NodeId, message: PeerMessage) {
        let Some(party) = &mut self.party else { return };
        let id = party.id();
        let body = match message {
            PeerMessage::Start => Body::Start { terms: *party.engine.terms(), nonce: party.nonce },
            PeerMessage::Ready { .. } => Body::Ready { load: io.node.load.permille() },
            PeerMessage::LocalState => return self.tell_state(io, to, id),
            PeerMessage::Taken => Body::Taken,
            PeerMessage::End => {
                if !party.state_told {
                    self.tell_state(io, to, id);
                }
                Body::End(self.account())
            }
            PeerMessage::Nothing => Body::Nothing,
            PeerMessage::Collect => Body::Collect,
            PeerMessage::Rest => {
                self.tell_state(io, to, id);
                self.tell_kept(io, to, id);
                Body::Rest(self.account())
            }
            PeerMessage::Refuse(reason) => Body::Refuse(reason),
        };
        self.tell(io, to, id, body);
    }

    /// Hands the application's state over, in as many messages as it takes.
    fn tell_state(&mut self, io: &Io, to: NodeId, id: MigrationId) {
        if let Some(party) = &mut self.party {
            party.state_told = true;
        }
        let state = self.app.export();
        let mut rest = state.as_slice();
        loop {
            let (piece, after) = rest.split_at(rest.len().min(CHUNK));
            let last = after.is_empty();
            self.tell(io, to, id, Body::LocalState { piece: piece.to_vec(), last });
            if last {
                return;
            }
            rest = after;
        }
    }

    /// Hands over what this node could not finish, in as many messages as it takes.
    fn tell_kept(&self, io: &Io, to: NodeId, id: MigrationId) {
        let refused = self.party.iter().flat_map(|party| party.refused.iter().cloned());
        let held = self.overdue.iter().chain(self.gate.kept()).filter_map(|held| match held {
            Held::Packet(packet, _) => Some(Message::PacketIn(packet.clone())),
            Held::Marker(_) => None,
        });
        let (mut frames, mut bytes) = (Vec::new(), 0);
        for message in refused.chain(held) {
            let frame = Frame { version: self.card.version, xid: Xid(0), message };
            let mut encoded = Vec::new();
            if frame.encode(&mut encoded).is_err() {
                continue;
            }
            bytes += encoded.len();
            frames.push(encoded);
            if bytes >= CHUNK {
                self.tell(io, to, id, Body::Kept(std::mem::take(&mut frames)));
                bytes = 0;
            }
        }
        self.tell(io, to, id, Body::Kept(frames));
    }

    /// Tells the winner not to wait: a source whose session has ended holds nothing, and nothing of what it sent by
    /// that session is on its way any more. The winner answers all that it heard: nobody knows what took effect.
    fn tell_nothing_kept(&self, io: &Io, id: MigrationId, winner: Option<NodeId>) {
        let Some(winner) = winner else { return };
        tracing::info!(dpid = %self.dpid, migration = %id, %winner, "nothing is kept: the session ended in between");
        self.tell(io, winner, id, Body::Nothing);
    }

    /// Returns the source's part of the report.
    fn account(&mut self) -> Account {
        let shadowed = self.gate.held() as u64;
        let marks = self.party.as_ref().map(|party| party.report.marks.clone());
        Account { marks: marks.unwrap_or_default(), shadowed }
    }

    fn tell(&self, io: &Io, to: NodeId, migration: MigrationId, body: Body) {
        io.node.peers.send(to, HandOver { dpid: self.dpid, migration, from: io.node.id, body });
    }

    fn propose(&mut self, io: &mut Io, proposal: Proposal) {
        let Some(party) = &self.party else { return };
        let (id, me) = (party.id(), io.node.id);
        let op = match proposal {
            Proposal::Commit { winner } => Op::Commit { id, token: party.engine.token(), winner },
            // A lapsed lease has stopped the release: nothing is done yet.
            Proposal::Finish if self.suspended.is_some() => return,
            Proposal::Finish => Op::Finish { id, winner: me, report: party.report.clone() },
            Proposal::Abort(reason) => Op::Abort { id, reason },
        };
        io.node.propose_aside(op);
    }

    /// A hand-over is over for this node: back to what the log says.
    fn leave(&mut self, io: &mut Io, outcome: Outcome) {
        let Some(party) = self.party.take() else { return };
        self.postponed.clear();
        let (id, side) = (party.id(), party.engine.side());
        tracing::info!(dpid = %self.dpid, migration = %id, ?side, ?outcome, "left a migration");
        for timer in engine::Timer::ALL {
            io.timers.clear(Timer::Engine(timer));
        }
        let was_source = matches!(side, Side::Source | Side::Keeper);
        let won = outcome == Outcome::Done && !was_source;
        if won {
            self.reconciler.assume(party.engine.role(), self.log.token);
            self.claimed_at = None;
        }
        let reports = won || (outcome == Outcome::Aborted && was_source);
        if let Some(migration) = self.log.ours.as_ref().filter(|_| reports) {
            io.node.metrics.migration_finished(migration);
        }
        if outcome != Outcome::Aborted && !won {
            self.app.disowned();
        }
        // The log may have the switch's next migration already: what it wants comes before any claim as an owner,
        // which would be a cut of its own.
        io.node.registry.nudge(self.dpid);
    }

    /// Returns the place of the next packet-in in what this session has heard.
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

/// How long a node with this probe and load would take, as in a queue that is so busy; less is better.
fn score(probe_us: u64, load: u32) -> u64 {
    let idle = 1_001 - u64::from(load.min(1_000));
    probe_us.saturating_mul(1_000) / idle
}

/// How long a marker may come before its migration is in this node's log.
const EARLY: Duration = Duration::from_secs(1);

/// How long a hand-over waits.
fn engine_time(timer: engine::Timer) -> Duration {
    match timer {
        engine::Timer::Answer => Duration::from_secs(2),
        engine::Timer::Poll => Duration::from_millis(20),
        engine::Timer::Proposal => Duration::from_secs(1),
        engine::Timer::Forward => Duration::from_secs(5),
        engine::Timer::Claim => Duration::from_millis(500),
    }
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn a_busy_node_scores_as_if_it_were_further_away() {
        assert!(score(1_000, 0) < score(1_100, 0));
        assert!(score(1_000, 500) > score(1_900, 0));
        assert!(score(1_000, u32::MAX) < u64::MAX);
    }
}
