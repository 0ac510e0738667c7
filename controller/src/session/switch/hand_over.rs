//! A switch's part in a hand-over: joins one, feeds its engine, carries out what that wants, leaves it.

use super::super::fence::Right;
use super::super::task::Io;
use super::super::timers::Timer;
use super::Switch;
use crate::app::App;
use crate::handover::{Body, HandOver, Party};
use migration::engine::{self, Engine, Outcome, PeerMessage, Proposal, Side, Standing};
use migration::gate::Mode;
use migration::ownership::{Op, State};
use migration::reconcile::Wanted;
use migration::{MigrationId, NodeId};
use openflow::{Message, Role};
use std::time::Duration;

/// Bytes of application state in one message between nodes.
const STATE_CHUNK: usize = 256 << 10;

impl Switch {
    /// Becomes a party of the running migration, if the log wants that of this node.
    pub(super) fn join_running(&mut self, io: &mut Io) {
        let me = io.node.id;
        let Some((id, migration)) = self.log.running.clone() else { return };
        if !self.has_lease(io) {
            return;
        }
        let target = migration.candidates.first().copied().unwrap_or(me);
        let engine = match migration.state {
            // A source that is not settled as master yet has nothing to hand over: it joins once it is.
            State::Open if migration.source == me && self.gate.mode() == Mode::Process => {
                Engine::source(id, &migration)
            }
            State::Committed if migration.winner == Some(me) => Engine::heir(id, me, &migration),
            State::Open | State::Committed | State::Done | State::Aborted(_) => return,
        };
        let nonce = io.node.nonce();
        tracing::info!(dpid = %self.dpid, migration = %id, side = ?engine.side(), "joined a migration");
        self.party = Some(Party::new(engine, me, target, nonce));
        self.want(io, Wanted::HandsOff);
        self.drive(io, engine::Event::Log(Standing::of(&migration)));
    }

    /// Takes in what another party says.
    pub(crate) fn handle_peer(&mut self, io: &mut Io, message: HandOver) {
        let HandOver { migration: id, from, body, .. } = message;
        if let Body::Start { protocol, token, nonce } = body {
            return match self.may_join(io, id, from) {
                Ok(()) => {
                    let me = io.node.id;
                    let engine = Engine::target(id, me, from, protocol, token);
                    self.party = Some(Party::new(engine, me, me, nonce));
                    self.want(io, Wanted::HandsOff);
                    self.drive(io, engine::Event::Peer(PeerMessage::Start));
                    self.follow_log(io);
                }
                Err(reason) => {
                    tracing::warn!(dpid = %self.dpid, migration = %id, %from, reason, "refused to take part");
                    self.tell(io, from, id, Body::Refuse(reason));
                }
            };
        }
        let Some(party) = self.party.as_mut().filter(|party| party.id() == id) else { return };
        let event = match body {
            Body::Start { .. } => return,
            Body::Refuse(reason) => PeerMessage::Refuse(reason),
            Body::LocalState(bytes) => {
                party.take_state(&bytes);
                PeerMessage::LocalState
            }
            Body::End { marks, shadowed } => {
                party.report.shadowed = shadowed;
                party.report.marks.splice(0..0, marks);
                let state = party.finish_state();
                if let Err(error) = self.app.import(&state) {
                    // Addresses are learnt again from traffic: a hand-over does not fail for want of them.
                    tracing::warn!(dpid = %self.dpid, migration = %id, %error, "application state not taken over");
                }
                PeerMessage::End
            }
        };
        self.drive(io, engine::Event::Peer(event));
    }

    /// Returns whether this node can take part in migration `id`, and if not, why not.
    pub(super) fn may_join(&self, io: &Io, id: MigrationId, source: NodeId) -> Result<(), String> {
        if let Some(party) = &self.party {
            return Err(format!("migration {} of the switch is not over here", party.id()));
        }
        // The log may not have got here yet; what it holds already must not contradict.
        io.node.consensus.read(|state| match state.migrations().get(&id) {
            None => Ok(()),
            Some(migration) if migration.state != State::Open => {
                Err(format!("migration {id} is {}", migration.state.name()))
            }
            Some(migration) if migration.source != source => {
                Err(format!("node {source} is not the source of migration {id}"))
            }
            Some(migration) if !migration.candidates.contains(&io.node.id) => {
                Err(format!("node {} is no candidate of migration {id}", io.node.id))
            }
            Some(_) => Ok(()),
        })
    }

    /// Feeds the hand-over's engine and carries out what it wants.
    pub(super) fn drive(&mut self, io: &mut Io, event: engine::Event) {
        let now_us = io.node.clock.unix_us();
        let Some(party) = &mut self.party else { return };
        for action in party.handle(event, now_us) {
            self.carry_out(io, action);
        }
    }

    pub(super) fn carry_out(&mut self, io: &mut Io, action: engine::Action) {
        match action {
            engine::Action::AskRole { role, token } => {
                let xid = self.ask_role(io, role, token.into());
                if let Some(party) = &mut self.party {
                    party.role_request = Some(xid);
                }
            }
            engine::Action::SendMarker => {
                if let Some(marker) = self.party.as_ref().map(|party| party.marker) {
                    self.write(io, &marker.packet_out(), Right::Party);
                }
            }
            engine::Action::SendBarrier => {
                let xid = self.write(io, &Message::BarrierRequest, Right::Party);
                if let Some(party) = &mut self.party {
                    party.barrier = xid;
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

    pub(super) fn tell_party(&mut self, io: &mut Io, to: NodeId, message: PeerMessage) {
        let Some(party) = &mut self.party else { return };
        let id = party.id();
        match message {
            PeerMessage::Start => {
                let (nonce, token) = (party.marker.nonce, party.engine.token());
                let body = Body::Start { protocol: party.engine.protocol(), token, nonce };
                self.tell(io, to, id, body);
            }
            PeerMessage::LocalState => {
                let state = self.app.export();
                for chunk in state.chunks(STATE_CHUNK) {
                    self.tell(io, to, id, Body::LocalState(chunk.to_vec()));
                }
            }
            PeerMessage::End => {
                party.report.shadowed = self.gate.held() as u64;
                let report = &party.report;
                let body = Body::End { marks: report.marks.clone(), shadowed: report.shadowed };
                self.tell(io, to, id, body);
            }
            PeerMessage::Refuse(reason) => self.tell(io, to, id, Body::Refuse(reason)),
        }
    }

    pub(super) fn tell(&self, io: &Io, to: NodeId, migration: MigrationId, body: Body) {
        io.node.peers.send(to, HandOver { dpid: self.dpid, migration, from: io.node.id, body });
    }

    pub(super) fn propose(&mut self, io: &mut Io, proposal: Proposal) {
        let Some(party) = &self.party else { return };
        let (id, me) = (party.id(), io.node.id);
        let op = match proposal {
            Proposal::Commit { winner } => Op::Commit { id, token: party.engine.token(), winner },
            Proposal::Finish => Op::Finish { id, winner: me, report: party.report.clone() },
            Proposal::Abort(reason) => Op::Abort { id, reason },
        };
        io.node.propose_aside(op);
    }

    /// A hand-over is over for this node: back to what the log says.
    pub(super) fn leave(&mut self, io: &mut Io, outcome: Outcome) {
        let Some(party) = self.party.take() else { return };
        let id = party.id();
        tracing::info!(dpid = %self.dpid, migration = %id, side = ?party.engine.side(), ?outcome, "left a migration");
        for timer in engine::Timer::ALL {
            io.timers.clear(Timer::Engine(timer));
        }
        let token = self.log.token;
        let won = outcome == Outcome::Done && party.engine.side() != Side::Source;
        if won {
            self.reconciler.assume(Role::Master, token);
            self.claimed_at = None;
        }
        let reports = won || (outcome == Outcome::Aborted && party.engine.side() == Side::Source);
        if let Some(migration) = self.log.ours.as_ref().filter(|_| reports) {
            io.node.metrics.migration_finished(migration);
        }
        if outcome != Outcome::Aborted && !won {
            self.app.disowned();
        }
        self.follow_owner(io);
        // A migration may have opened while this one ended.
        io.node.registry.nudge(self.dpid);
    }
}

/// How long a hand-over waits.
fn engine_time(timer: engine::Timer) -> Duration {
    match timer {
        engine::Timer::Answer => Duration::from_secs(2),
        engine::Timer::Proposal => Duration::from_secs(1),
        engine::Timer::Forward => Duration::from_secs(5),
        engine::Timer::Claim => Duration::from_millis(500),
    }
}
