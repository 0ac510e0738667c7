//! A switch's part in a hand-over: joins one, feeds its engine, carries out what that wants, leaves it.

use super::io::{Body, Effect, HandOver, Kind, Slot};
use super::party::Party;
use super::{Desk, Held, Switch, Timer};
use crate::numbered::Numbered;
use crate::sim::agenda::Micros;
use crate::sim::faults::Boundary;
use crate::sim::mutant::Mutant;
use controller::handover::Marker;
use migration::engine::{self, Engine, Outcome, PeerMessage, Proposal, Side, Standing, Terms};
use migration::gate::{Mode, Order};
use migration::ownership::{AbortReason, Migration, Op, State};
use migration::protocol::Probe;
use migration::reconcile::Wanted;
use migration::report::Report;
use migration::{MigrationId, NodeId};
use openflow::{FlowRemoved, Message};

/// Words of migrations that this node is no party of yet, at most.
const MAX_WORDS: usize = 32;
/// How long a marker may come before its migration is in this node's log.
const EARLY: Micros = 1_000_000;

impl Switch {
    pub(super) fn join_running(&mut self, desk: &mut Desk<'_, '_>) {
        let me = desk.io.me;
        let Some((id, migration)) = self.log.running.clone() else { return };
        if !self.has_lease(desk) {
            return;
        }
        let terms = Terms::of(id, &migration);
        let may_start = migration.protocol.table().starts == Side::Target;
        let mut slot = None;
        let engine = match migration.state {
            // What an earlier session held is lost, and it may have asked for the commit.
            State::Open if migration.source == me && self.is_undecided(me) => {
                let reason = AbortReason::ChannelLost(me);
                desk.io.cross(Boundary::ProposeAbort);
                return desk.io.out.push(Effect::Propose(Op::Abort { id, reason }));
            }
            State::Open if migration.source == me && self.answers() => {
                Engine::source(terms, &migration.candidates)
            }
            // A second marker would be a second cut.
            State::Open if may_start && self.began_in == Some(id) => {
                let reason = "its session with the switch began anew".to_owned();
                return self.refuse(desk, id, migration.source, reason);
            }
            State::Open if may_start && migration.candidates.contains(&me) => {
                match desk.io.admission.enter() {
                    Ok(entered) => slot = Some(entered),
                    Err(reason) => return self.refuse(desk, id, migration.source, reason),
                }
                Engine::target(terms, me)
            }
            State::Committed if migration.winner == Some(me) => {
                match desk.io.is(Mutant::CommitMakesAnHeir) {
                    false => Engine::winner(id, &migration, me),
                    true => Engine::heir(Terms { token: migration.token, ..terms }, me),
                }
            }
            State::Committed if migration.keeper == Some(me) => {
                return self.tell_nothing_kept(desk, id, migration.winner);
            }
            State::Open | State::Committed | State::Done | State::Aborted(_) => return,
        };
        self.party = Some(Party::new(engine, migration.nonce, slot, desk.io.now));
        self.want(desk, Wanted::HandsOff);
        self.drive(desk, engine::Event::Log(Standing::of(&migration)));
        self.hear_waiting(desk);
        if self.marker_waits() {
            // Up to the marker it is this node's as before; the engine hears of the marker in its place.
            self.order(desk, Order::Release);
        }
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

    pub(super) fn handle_marker(&mut self, desk: &mut Desk<'_, '_>, marker: Marker) {
        match &self.party {
            Some(party) if party.expects(&marker) => {
                if self.suspended.is_some() {
                    // Without a lease this node has not answered all that came before: that is no cut yet.
                    let _ = self.gate.offer(Held::Marker(marker), 0);
                    return;
                }
                let event = engine::SwitchEvent::Marker { of: marker.target };
                self.drive(desk, engine::Event::Switch(event));
            }
            Some(party) if party.id() == marker.migration => {}
            Some(_) | None => self.let_wait(desk, marker),
        }
    }

    /// A marker of a migration that this node is no party of yet: it waits in its place.
    fn let_wait(&mut self, desk: &mut Desk<'_, '_>, marker: Marker) {
        if !self.may_yet_join(marker.migration) || desk.io.is(Mutant::EarlyMarkersIgnored) {
            return;
        }
        if self.gate.mode() == Mode::Process {
            self.order(desk, Order::Shadow);
            desk.set_timer(Timer::Early, EARLY);
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
    pub(super) fn forget_early(&mut self, desk: &mut Desk<'_, '_>) {
        if self.party.is_some() {
            return desk.set_timer(Timer::Early, EARLY);
        }
        if self.marker_waits() {
            let all = self.gate.order(Order::Release);
            self.shadow(all.into_iter().filter(|held| matches!(held, Held::Packet(_))));
            self.order(desk, Order::Release);
        }
    }

    pub(super) fn handle_flow_removed(&mut self, desk: &mut Desk<'_, '_>, removed: &FlowRemoved) {
        let Some(party) = &self.party else { return };
        if Marker::is_cut(party.nonce, removed) {
            let of = match party.engine.side() {
                Side::Source => party.engine.target_node(),
                Side::Target | Side::Heir | Side::Keeper => desk.io.me,
            };
            let marker = party.marker(of);
            self.handle_marker(desk, marker);
        }
    }

    pub(super) fn handle_peer(&mut self, desk: &mut Desk<'_, '_>, message: HandOver) {
        let HandOver { dpid, migration: id, from, body } = message;
        let known = self.party.as_ref().filter(|party| party.id() == id);
        if let Body::Start { .. } = body
            && known.is_some_and(|party| party.engine.side() == Side::Target)
        {
            // The log may have been quicker than the source.
            return self.drive(desk, engine::Event::Peer { from, message: PeerMessage::Start });
        }
        if let Body::Start { .. } = body
            && self.party.as_ref().is_some_and(|party| party.id() < id)
        {
            // The last migration is over, or this one could not have opened: only the log is late here.
            return self.keep_word(desk, HandOver { dpid, migration: id, from, body });
        }
        if let Body::Start { terms, nonce } = body {
            // Where there is no choice the commit came first: a winner cannot decline.
            let is_winner = terms.protocol.table().probe == Probe::None;
            return match self.may_join(desk, id, from, is_winner) {
                Ok(slot) => {
                    let terms = Terms { id, source: from, ..terms };
                    let engine = Engine::target(terms, desk.io.me);
                    self.party = Some(Party::new(engine, nonce, slot, desk.io.now));
                    self.want(desk, Wanted::HandsOff);
                    self.drive(desk, engine::Event::Peer { from, message: PeerMessage::Start });
                    self.follow_log(desk);
                }
                Err(reason) => self.refuse(desk, id, from, reason),
            };
        }
        if self.party.as_ref().is_none_or(|party| party.id() != id) {
            return self.keep_word(desk, HandOver { dpid, migration: id, from, body });
        }
        if let Some(message) = self.read_body(desk, id, from, body) {
            self.drive(desk, engine::Event::Peer { from, message });
        }
    }

    /// A word of a migration that this node is no party of yet: it will be, once its log tells of it.
    fn keep_word(&mut self, desk: &mut Desk<'_, '_>, word: HandOver) {
        let HandOver { migration: id, from, .. } = word;
        if matches!(word.body, Body::Collect) && self.party.is_none() {
            return self.tell_nothing_kept(desk, id, Some(from));
        }
        let ignored = desk.io.is(Mutant::EarlyWordsIgnored);
        if self.may_yet_join(id) && !ignored && self.words.len() < MAX_WORDS {
            self.words.push(word);
        }
    }

    /// Tells the winner not to wait: a source whose session has ended holds nothing, and nothing of what it sent by
    /// that session is on its way any more.
    fn tell_nothing_kept(&self, desk: &mut Desk<'_, '_>, id: MigrationId, winner: Option<NodeId>) {
        if let Some(winner) = winner.filter(|_| !desk.io.is(Mutant::NewSessionSaysNothing)) {
            self.tell(desk, winner, id, Body::Nothing);
        }
    }

    /// Hears what was said too early, once the time for it has come, and forgets what never will be.
    pub(super) fn hear_waiting(&mut self, desk: &mut Desk<'_, '_>) {
        let words = std::mem::take(&mut self.words);
        self.words = words.into_iter().filter(|word| self.may_yet_join(word.migration)).collect();
        let is_start = |word: &HandOver| matches!(word.body, Body::Start { .. });
        if self.party.is_none()
            && let Some(place) = self.words.iter().position(is_start)
        {
            let start = self.words.remove(place);
            self.handle_peer(desk, start);
        }
        let Some(ours) = self.party.as_ref().map(Party::id) else { return };
        let (now, later) =
            std::mem::take(&mut self.words).into_iter().partition(|word| word.migration == ours);
        self.words = later;
        for word in now {
            self.handle_peer(desk, word);
        }
    }

    fn read_body(
        &mut self,
        desk: &Desk<'_, '_>,
        id: MigrationId,
        from: NodeId,
        body: Body,
    ) -> Option<PeerMessage> {
        let _ = from;
        let party = self.party.as_mut().filter(|party| party.id() == id)?;
        match body {
            Body::Start { .. } => None,
            Body::Refuse(reason) => Some(PeerMessage::Refuse(reason)),
            Body::Ready { load } => {
                let probe_us = desk.io.now - party.invited_at;
                Some(PeerMessage::Ready { score: score(probe_us, load) })
            }
            Body::LocalState { last } => last.then_some(PeerMessage::LocalState),
            Body::Taken => Some(PeerMessage::Taken),
            Body::Nothing => Some(PeerMessage::Nothing),
            Body::Collect => Some(PeerMessage::Collect),
            Body::Kept(messages) => {
                for message in messages {
                    match message {
                        Message::PacketIn(packet) => party.kept.push(packet),
                        command => party.refused.push(command),
                    }
                }
                None
            }
            Body::End => Some(PeerMessage::End),
            Body::Rest => {
                let kept = std::mem::take(&mut party.kept);
                self.gate.take_over(kept.into_iter().map(Held::Packet).collect());
                Some(PeerMessage::Rest)
            }
        }
    }

    fn may_join(
        &self,
        desk: &Desk<'_, '_>,
        id: MigrationId,
        source: NodeId,
        is_winner: bool,
    ) -> Result<Option<Slot>, String> {
        if let Some(party) = &self.party {
            return Err(format!("migration {} of the switch is not over here", party.id()));
        }
        match desk.io.log.migrations().get(&id) {
            None => {}
            Some(migration) if migration.state.is_final() => {
                return Err(format!("migration {id} is {}", migration.state.name()));
            }
            Some(migration) if migration.source != source => {
                return Err(format!("node {source} is not the source of migration {id}"));
            }
            Some(migration) if !migration.candidates.contains(&desk.io.me) => {
                return Err(format!("node {} is no candidate of migration {id}", desk.io.me));
            }
            Some(_) => {}
        }
        if is_winner {
            return Ok(None);
        }
        if !desk.io.lease_is_valid() {
            return Err("it has no lease".to_owned());
        }
        desk.io.admission.enter().map(Some)
    }

    fn refuse(&self, desk: &mut Desk<'_, '_>, id: MigrationId, source: NodeId, reason: String) {
        desk.io.cross(Boundary::TellRefuse);
        self.tell(desk, source, id, Body::Refuse(reason));
    }

    /// Feeds the hand-over's engine and carries out what it wants.
    pub(super) fn drive(&mut self, desk: &mut Desk<'_, '_>, event: engine::Event) {
        let Some(party) = &mut self.party else { return };
        let mut actions = Vec::new();
        party.engine.handle(event, &mut actions);
        let engine = desk.io.mutant.map(|_| party.engine.clone());
        for action in actions {
            let Some(engine) = &engine else {
                self.carry_out(desk, action);
                continue;
            };
            let change = Mutant::change(desk.io.mutant, engine, action);
            for action in change.actions {
                self.carry_out(desk, action);
            }
            if let Some(event) = change.event {
                self.drive(desk, event);
            }
        }
    }

    /// Returns whether `action` would confirm that all before the cut is answered, and it is not.
    fn comes_too_early(&self, action: &engine::Action) -> bool {
        action.confirms() && !self.overdue.is_empty() && self.is_source()
    }

    pub(super) fn is_source(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.engine.side() == Side::Source)
    }

    pub(super) fn carry_out(&mut self, desk: &mut Desk<'_, '_>, action: engine::Action) {
        if self.comes_too_early(&action) {
            return self.postponed.push(action);
        }
        if let Some(boundary) = Boundary::of(&action) {
            desk.io.cross(boundary);
        }
        match action {
            engine::Action::AskRole { role, token } => {
                let xid = self.ask_role(desk, role, token.into());
                if let Some(party) = &mut self.party {
                    party.role_request = Some(xid);
                }
            }
            engine::Action::SendMarker { of } => self.write_marker(desk, of, Marker::packet_out),
            engine::Action::PlantFlow => self.write_marker(desk, desk.io.me, Marker::plant),
            engine::Action::CutFlow => self.write_marker(desk, desk.io.me, Marker::cut),
            engine::Action::SendBarrier(barrier) => {
                let xid = self.write(desk, &Message::BarrierRequest, true, Kind::Other);
                if let Some(party) = &mut self.party {
                    party.barrier = xid.map(|xid| (xid, barrier));
                }
            }
            engine::Action::Tell { to, message } => self.tell_party(desk, to, message),
            engine::Action::Propose(proposal) => self.propose(desk, proposal),
            engine::Action::Gate(order) => self.order(desk, order),
            engine::Action::SetTimer(timer) => {
                desk.set_timer(Timer::Engine(timer), engine_time(timer));
            }
            engine::Action::ClearTimer(timer) => desk.clear_timer(Timer::Engine(timer)),
            engine::Action::Over(outcome) => self.leave(desk, outcome),
        }
    }

    fn write_marker(&mut self, desk: &mut Desk<'_, '_>, of: NodeId, form: fn(Marker) -> Message) {
        if let Some(marker) = self.party.as_ref().map(|party| party.marker(of)) {
            self.write(desk, &form(marker), true, Kind::Step);
        }
    }

    fn tell_party(&mut self, desk: &mut Desk<'_, '_>, to: NodeId, message: PeerMessage) {
        let Some(party) = &mut self.party else { return };
        let id = party.id();
        let body = match message {
            PeerMessage::Start => {
                party.invited_at = desk.io.now;
                Body::Start { terms: *party.engine.terms(), nonce: party.nonce }
            }
            PeerMessage::Ready { .. } => Body::Ready { load: desk.io.now as u32 % 900 },
            PeerMessage::LocalState => return self.tell_state(desk, to, id),
            PeerMessage::Taken => Body::Taken,
            PeerMessage::End => {
                if !party.state_told {
                    self.tell_state(desk, to, id);
                }
                Body::End
            }
            PeerMessage::Nothing => Body::Nothing,
            PeerMessage::Collect => Body::Collect,
            PeerMessage::Rest => {
                self.tell_state(desk, to, id);
                self.tell_kept(desk, to, id);
                Body::Rest
            }
            PeerMessage::Refuse(reason) => Body::Refuse(reason),
        };
        self.tell(desk, to, id, body);
    }

    fn tell_state(&mut self, desk: &mut Desk<'_, '_>, to: NodeId, id: MigrationId) {
        if let Some(party) = &mut self.party {
            party.state_told = true;
        }
        for last in [false, true] {
            self.tell(desk, to, id, Body::LocalState { last });
        }
    }

    /// Hands over what this node could not finish, in small pieces.
    fn tell_kept(&self, desk: &mut Desk<'_, '_>, to: NodeId, id: MigrationId) {
        let refused = self.party.iter().flat_map(|party| party.refused.iter().cloned());
        let held = self.overdue.iter().chain(self.gate.kept()).filter_map(|held| match held {
            Held::Packet(packet) => Some(Message::PacketIn(packet.clone())),
            Held::Marker(_) => None,
        });
        let all: Vec<Message> = refused.chain(held).collect();
        for piece in all.chunks(16) {
            self.tell(desk, to, id, Body::Kept(piece.to_vec()));
        }
    }

    fn tell(&self, desk: &mut Desk<'_, '_>, to: NodeId, migration: MigrationId, body: Body) {
        let message = HandOver { dpid: self.dpid, migration, from: desk.io.me, body };
        desk.io.out.push(Effect::Tell { to, message });
    }

    fn propose(&mut self, desk: &mut Desk<'_, '_>, proposal: Proposal) {
        let Some(party) = &self.party else { return };
        let (id, me) = (party.id(), desk.io.me);
        desk.io.out.push(Effect::Propose(match proposal {
            Proposal::Commit { winner } => Op::Commit { id, token: party.engine.token(), winner },
            // A lapsed lease has stopped the release: nothing is done yet.
            Proposal::Finish if self.suspended.is_some() => return,
            Proposal::Finish => Op::Finish { id, winner: me, report: Report::default() },
            Proposal::Abort(reason) => Op::Abort { id, reason },
        }));
    }

    fn leave(&mut self, desk: &mut Desk<'_, '_>, outcome: Outcome) {
        let Some(party) = self.party.take() else { return };
        self.postponed.clear();
        let numbers = party.refused.iter().filter_map(answered).collect();
        for timer in engine::Timer::ALL {
            desk.clear_timer(Timer::Engine(timer));
        }
        let was_source = matches!(party.engine.side(), Side::Source | Side::Keeper);
        if outcome == Outcome::Done && matches!(party.engine.side(), Side::Target | Side::Heir) {
            self.reconciler.assume(party.engine.role(), self.log.token);
        }
        let won = outcome == Outcome::Done && !was_source;
        if !won && (outcome != Outcome::Aborted || !was_source) {
            let heir = self.log.owner.filter(|_| was_source);
            desk.io.out.push(Effect::Lost { heir, handed_over: numbers });
        }
        drop(party);
        desk.io.out.push(Effect::Nudge);
    }
}

/// Returns the number of the packet-in that `command` answers.
fn answered(command: &Message) -> Option<u64> {
    let Message::PacketOut(answer) = command else { return None };
    Some(Numbered::decode(&answer.data)?.number)
}

fn score(probe_us: u64, load: u32) -> u64 {
    let idle = 1_001 - u64::from(load.min(1_000));
    probe_us.saturating_mul(1_000) / idle
}

fn engine_time(timer: engine::Timer) -> Micros {
    match timer {
        engine::Timer::Answer => 2_000_000,
        engine::Timer::Poll => 20_000,
        engine::Timer::Proposal => 1_000_000,
        engine::Timer::Forward => 5_000_000,
        engine::Timer::Claim => 500_000,
    }
}
