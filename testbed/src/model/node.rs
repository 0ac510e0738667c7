//! A node's session with the switch: carries out what the engine wants, as a real session does.

use super::log::{View, node_id, number};
use super::switch::Effect;
use migration::engine::{
    Action, Barrier, Engine, Event, PeerMessage, Proposal, Side, Standing, SwitchEvent, Terms,
    Timer,
};
use migration::gate::{Gate, Limit, Mode, Order, Verdict};
use migration::ownership::{AbortReason, NodeId, Token};
use migration::protocol::{Fact, Probe, Table};
use migration::reconcile::{self, Reconciler, Wanted};
use openflow::{GenerationId, Role};
use std::collections::{BTreeSet, VecDeque};

/// One node, as far as the switch and the migration are concerned.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Node {
    pub(crate) me: NodeId,
    pub(crate) alive: bool,
    pub(crate) connected: bool,
    /// Whether it ever lost a session, and what that one held.
    pub(crate) broke: bool,
    /// Whether the migration was open already when its session began.
    began_in: bool,
    pub(crate) engine: Option<Engine>,
    pub(crate) gate: Gate<u8>,
    pub(crate) timers: BTreeSet<Timer>,
    /// Entries of the log that it has read.
    pub(crate) read: usize,
    /// The last of them.
    pub(crate) view: Option<View>,
    /// To the switch.
    pub(crate) requests: VecDeque<Request>,
    /// From the switch.
    pub(crate) replies: VecDeque<Reply>,
    /// Whether the removal of the marker's flow has been told and not been heard: it is in no order.
    pub(crate) removed: bool,
    /// Whether it has no room for a migration, and says so once.
    pub(crate) declines: bool,
    /// Whether it ever processed what another party had kept.
    pub(crate) took_over: bool,
    /// Whether its part is over.
    pub(crate) over: bool,
    /// How often a timer had to run out because nothing else happened.
    pub(crate) retries: u8,
    /// The token that it acts under.
    acting: Token,
    reconciler: Reconciler,
    /// Markers that came before the log told of their migration.
    early: Vec<NodeId>,
    /// Commands that the switch refused it, or another party.
    refused: Vec<Effect>,
    xid: u8,
    role_request: Option<u8>,
    barrier: Option<u8>,
}

/// A message to the switch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Request {
    /// Nobody looks at the answer to a `quiet` one.
    Role {
        role: Role,
        token: Token,
        xid: u8,
        quiet: bool,
    },
    Marker {
        of: NodeId,
    },
    Barrier {
        barrier: Barrier,
        xid: u8,
    },
    Effect(Effect),
    Plant,
    Cut,
}

/// A message from the switch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Reply {
    PacketIn(u8),
    Role { role: Role, xid: u8 },
    RoleRefused { xid: u8 },
    RoleStatus,
    Marker { of: NodeId },
    Barrier { barrier: Barrier, xid: u8 },
    Refused(Effect),
    FlowRemoved,
}

/// A message to another party, with what the driver puts into it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Word {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) message: PeerMessage,
    /// With [`PeerMessage::Rest`]: packet-ins that the sender holds back.
    pub(crate) kept: Vec<u8>,
    /// With [`PeerMessage::Rest`]: commands that the switch refused the sender.
    pub(crate) refused: Vec<Effect>,
}

/// What a node does that concerns others than the switch.
#[derive(Debug, Default)]
pub(crate) struct Doings {
    pub(crate) words: Vec<Word>,
    pub(crate) proposals: Vec<Proposal>,
}

/// What a node must know of the model that it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) terms: Terms,
    pub(crate) candidates: &'a [NodeId],
    pub(crate) table: &'static Table,
    /// Whether somebody waits for the application's state.
    pub(crate) tells_state: bool,
    pub(crate) flaw: Option<Flaw>,
}

impl Setting<'_> {
    /// Returns whether a party does anything when it is granted `role`.
    fn waits_for(&self, role: Role) -> bool {
        match role {
            Role::Equal => self.needs(Fact::Joined) || self.table.exchange.source_stays,
            Role::Slave => self.needs(Fact::Yielded),
            Role::Master | Role::NoChange => true,
        }
    }

    fn needs(&self, fact: Fact) -> bool {
        let mut rules = self.table.source.iter().chain(self.table.target);
        rules.any(|rule| rule.needs.contains(&fact))
    }

    /// Returns whether `node` would do anything on hearing `reply`, now or ever.
    pub(crate) fn concerns(&self, node: NodeId, reply: Reply) -> bool {
        match reply {
            Reply::Marker { of } => node == self.terms.source || node == of,
            Reply::RoleStatus => self.needs(Fact::Demoted),
            _ => true,
        }
    }
}

/// A driver broken on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// A loser does not ask for `SLAVE`.
    LoserStays,
    /// A loser asks for `SLAVE` with the token before the reserved one.
    LoserIsStale,
    /// A gate that shadows forgets instead.
    ShadowForgets,
    /// A gate does not look at the cut.
    CutIsIgnored,
    /// A release turns what was held around.
    ReleaseIsReversed,
    /// What another party kept is not taken over.
    RestIsDropped,
    /// A marker that comes before its migration is in the log is ignored.
    EarlyMarkerIsIgnored,
    /// The marker's flow is never deleted.
    FlowStays,
}

impl Node {
    pub(crate) fn new(number: usize, role: Option<Role>, token: Token) -> Self {
        Self {
            me: node_id(number),
            alive: true,
            connected: true,
            broke: false,
            began_in: false,
            engine: None,
            gate: Gate::new(Limit::default()),
            timers: BTreeSet::new(),
            read: 0,
            view: None,
            requests: VecDeque::new(),
            replies: VecDeque::new(),
            removed: false,
            declines: false,
            took_over: false,
            over: false,
            retries: 0,
            acting: token,
            reconciler: settled(role.unwrap_or(Role::Slave), token),
            early: Vec::new(),
            refused: Vec::new(),
            xid: 0,
            role_request: None,
            barrier: None,
        }
    }

    /// Lets the owner at the start answer.
    pub(crate) fn serve(&mut self) {
        let _ = self.gate.order(Order::ReleaseAll);
    }

    /// Returns whether it has had no part yet, and has not been made to decline one.
    pub(crate) fn is_new(&self) -> bool {
        self.engine.is_none() && !self.over && !self.declines && self.read <= 1
    }

    /// Returns whether packet-ins are its business: as a party's, or an owner's.
    pub(crate) fn is_concerned(&self) -> bool {
        self.engine.is_some() || self.gate.mode() != Mode::Discard
    }

    /// Returns whether it processes packet-ins and could.
    pub(crate) fn processes(&self) -> bool {
        self.alive && self.connected && self.gate.mode() == Mode::Process
    }

    /// Loses its session, and with it all that the session held.
    pub(crate) fn lose_session(&mut self) {
        (self.connected, self.broke) = (false, true);
        self.requests.clear();
        self.forget();
    }

    /// Forgets what its process held; what it has written may still arrive.
    pub(crate) fn forget(&mut self) {
        self.engine = None;
        self.gate = Gate::new(Limit::default());
        self.timers.clear();
        self.replies.clear();
        self.removed = false;
        self.early.clear();
        self.refused.clear();
        (self.role_request, self.barrier) = (None, None);
    }

    /// Has a session again, as `EQUAL`, and does what the log says, as far as it has read.
    pub(crate) fn reconnect(&mut self, setting: Setting<'_>) -> Doings {
        self.connected = true;
        self.began_in = self.view.is_some_and(|view| view.standing == Standing::Open);
        self.reconciler = Reconciler::new(Role::Equal);
        self.follow(setting)
    }

    /// Takes in what the log says now.
    pub(crate) fn read(&mut self, number: usize, view: View, setting: Setting<'_>) -> Doings {
        (self.read, self.view) = (number, Some(view));
        self.began_in &= view.standing == Standing::Open;
        if !self.connected {
            return Doings::default();
        }
        self.follow(setting)
    }

    fn follow(&mut self, setting: Setting<'_>) -> Doings {
        let Some(view) = self.view else { return Doings::default() };
        let mut doings = self.drive(Event::Log(view.standing), setting);
        if self.engine.is_none() {
            doings.add(self.join(view, setting));
        }
        if self.engine.is_none() {
            self.follow_owner(view);
        }
        doings
    }

    /// Becomes a party, if the log wants that.
    fn join(&mut self, view: View, setting: Setting<'_>) -> Doings {
        let terms = setting.terms;
        let candidate = setting.candidates.contains(&self.me);
        let answers = self.gate.mode() == Mode::Process || !self.early.is_empty();
        let engine = match view.standing {
            // What an earlier session held is lost, and it may have asked for the commit.
            Standing::Open if self.is_undecided() => {
                let mut doings = Doings::default();
                doings.proposals.push(Proposal::Abort(AbortReason::ChannelLost(self.me)));
                return doings;
            }
            Standing::Open if terms.source == self.me && answers => {
                Engine::source(terms, setting.candidates)
            }
            // Who has lost a session may have had a part before, and its log may be behind.
            Standing::Open if setting.table.starts == Side::Target && candidate && !self.broke => {
                if std::mem::take(&mut self.declines) {
                    return self.refuse(terms.source);
                }
                Engine::target(terms, self.me)
            }
            // As [`Engine::winner`] has it: where there is no choice, the invitation is still to come.
            Standing::Committed { winner, token, .. } if winner == self.me => {
                match setting.table.probe == Probe::None && token == terms.token {
                    true => Engine::target(terms, self.me),
                    false => Engine::heir(Terms { token, ..terms }, self.me),
                }
            }
            // Its session ended in between, and with it what the winner may be waiting for.
            Standing::Committed { winner, keeper: Some(keeper), .. } if keeper == self.me => {
                let mut doings = Doings::default();
                doings.tell(self.me, winner, PeerMessage::Nothing);
                return doings;
            }
            Standing::Open
            | Standing::Committed { .. }
            | Standing::Done { .. }
            | Standing::Aborted => return Doings::default(),
        };
        self.take_part(engine, setting);
        let mut doings = self.drive(Event::Log(view.standing), setting);
        for of in std::mem::take(&mut self.early) {
            doings.add(self.drive(Event::Switch(SwitchEvent::Marker { of }), setting));
        }
        doings
    }

    fn take_part(&mut self, engine: Engine, setting: Setting<'_>) {
        self.over = false;
        self.engine = Some(engine.with_table(setting.table));
        (self.role_request, self.barrier) = (None, None);
        // Whatever it wants with its hands off is nothing.
        self.reconciler.handle(reconcile::Event::Wanted(Wanted::HandsOff), &mut Vec::new());
    }

    fn refuse(&self, to: NodeId) -> Doings {
        let mut doings = Doings::default();
        doings.tell(self.me, to, PeerMessage::Refuse(String::new()));
        doings
    }

    fn follow_owner(&mut self, view: View) {
        if view.owner == Some(self.me) {
            if self.gate.mode() == Mode::Discard {
                let _ = self.gate.order(Order::Buffer);
            }
        } else {
            self.early.clear();
            let _ = self.gate.order(Order::Drop);
        }
    }

    /// Returns whether only the log can tell whose the switch is: an earlier session may have asked for the commit.
    fn is_undecided(&self) -> bool {
        let open = |view: View| view.standing == Standing::Open && view.owner == Some(self.me);
        self.began_in && self.view.is_some_and(open)
    }

    /// Returns what the log wants of this session, when no hand-over decides.
    fn wanted(&self) -> Wanted {
        let Some(view) = self.view.filter(|_| !self.is_undecided()) else {
            return Wanted::HandsOff;
        };
        let equal = view.equals & (1 << number(self.me)) != 0;
        match view.owner == Some(self.me) {
            _ if equal => Wanted::Equal(view.token),
            true => Wanted::Master(view.token),
            false => Wanted::Slave(view.token),
        }
    }

    /// Returns whether the reconciler would find something to do.
    pub(crate) fn is_out_of_step(&self, seen: Role) -> bool {
        let owns = self.view.is_some_and(|view| view.owner == Some(self.me));
        let owns = owns && !self.is_undecided();
        let role = match self.wanted() {
            Wanted::Master(_) => Role::Master,
            Wanted::Slave(_) => Role::Slave,
            Wanted::Equal(_) => Role::Equal,
            Wanted::HandsOff => seen,
        };
        self.engine.is_none() && (role != seen || (owns && self.gate.mode() != Mode::Process))
    }

    /// Looks at its role at the switch, and claims what the log wants: the reconciler's regular round.
    ///
    /// The look itself is one step: nothing else happens meanwhile that its answer would not tell.
    pub(crate) fn look(
        &mut self,
        role: Role,
        generation: Option<Token>,
        setting: Setting<'_>,
    ) -> Doings {
        self.retries += 1;
        let generation = generation.map_or(GenerationId::UNDEFINED, GenerationId::from);
        let mut actions = Vec::new();
        self.reconciler.handle(reconcile::Event::Wanted(self.wanted()), &mut actions);
        if actions.is_empty() {
            self.reconciler.handle(reconcile::Event::Tick, &mut actions);
            self.reconciler.handle(reconcile::Event::Seen(role, generation), &mut actions);
        }
        self.obey_reconciler(actions, setting)
    }

    fn reconcile(&mut self, event: reconcile::Event, setting: Setting<'_>) -> Doings {
        let mut actions = Vec::new();
        self.reconciler.handle(event, &mut actions);
        self.obey_reconciler(actions, setting)
    }

    fn obey_reconciler(&mut self, actions: Vec<reconcile::Action>, setting: Setting<'_>) -> Doings {
        let mut doings = Doings::default();
        for action in actions {
            match action {
                reconcile::Action::Claim(role, token) => drop(self.ask_role(role, token, false)),
                reconcile::Action::Settled(_) => doings.add(self.settled(setting)),
                reconcile::Action::Look
                | reconcile::Action::Restarted
                | reconcile::Action::Newer(_) => {}
            }
        }
        doings
    }

    /// The switch agrees with the log about this session's role.
    fn settled(&mut self, setting: Setting<'_>) -> Doings {
        let Some(view) = self.view.filter(|view| view.owner == Some(self.me)) else {
            return Doings::default();
        };
        if self.gate.mode() == Mode::Process {
            return Doings::default();
        }
        self.acting = view.token;
        for packet in self.gate.order(Order::ReleaseAll) {
            self.process(packet);
        }
        // A migration that opened meanwhile waits for this.
        self.join(view, setting)
    }

    /// Takes in the switch's next message.
    pub(crate) fn hear(&mut self, reply: Reply, setting: Setting<'_>) -> Doings {
        let event = match reply {
            Reply::PacketIn(packet) => {
                self.hear_packet_in(packet, setting);
                return Doings::default();
            }
            Reply::Marker { of } => return self.hear_marker(of, setting),
            Reply::Role { role, xid } if self.role_request == Some(xid) => {
                SwitchEvent::RoleReply(role)
            }
            Reply::Role { role, xid } => return self.hear_reconcilers_role(role, xid, setting),
            Reply::RoleRefused { xid } if self.role_request == Some(xid) => {
                SwitchEvent::RoleRefused
            }
            Reply::RoleRefused { .. } => return Doings::default(),
            Reply::Barrier { barrier, xid } if self.barrier == Some(xid) => {
                SwitchEvent::BarrierReply(barrier)
            }
            Reply::Barrier { .. } => return Doings::default(),
            Reply::RoleStatus => SwitchEvent::RoleStatus,
            Reply::Refused(effect) => {
                if self.engine.is_some() {
                    self.refused.push(effect);
                }
                return Doings::default();
            }
            Reply::FlowRemoved => {
                let Some(engine) = &self.engine else { return Doings::default() };
                let of = match engine.side() {
                    Side::Source => engine.target_node(),
                    Side::Target | Side::Heir | Side::Keeper => self.me,
                };
                SwitchEvent::Marker { of }
            }
        };
        self.drive(Event::Switch(event), setting)
    }

    fn hear_reconcilers_role(&mut self, role: Role, xid: u8, setting: Setting<'_>) -> Doings {
        if self.engine.is_some() || xid != self.xid {
            return Doings::default();
        }
        let generation = self.view.map_or(GenerationId::UNDEFINED, |view| view.token.into());
        self.reconcile(reconcile::Event::Seen(role, generation), setting)
    }

    fn hear_packet_in(&mut self, packet: u8, setting: Setting<'_>) {
        if setting.flaw == Some(Flaw::ShadowForgets) && self.gate.mode() == Mode::Shadow {
            return;
        }
        match self.gate.offer(packet, 1) {
            Verdict::Process(packet) => self.process(packet),
            Verdict::Held | Verdict::Discarded(_) => {}
            Verdict::Overflow(_) => unreachable!("the limit is far away"),
        }
    }

    fn hear_marker(&mut self, of: NodeId, setting: Setting<'_>) -> Doings {
        if self.engine.is_some() {
            return self.drive(Event::Switch(SwitchEvent::Marker { of }), setting);
        }
        // Only an owner that has not read of the migration yet can be concerned.
        let answers = self.gate.mode() == Mode::Process || !self.early.is_empty();
        let waits = self.view.is_none() && self.me == setting.terms.source && answers;
        if waits && setting.flaw != Some(Flaw::EarlyMarkerIsIgnored) {
            self.early.push(of);
            let _ = self.gate.order(Order::Shadow);
            let _ = self.gate.order(Order::Mark(of));
        }
        Doings::default()
    }

    /// Returns whether it holds back because of a marker that no migration explains.
    pub(crate) fn waits_for_news(&self) -> bool {
        !self.early.is_empty() && self.engine.is_none()
    }

    /// The log has not told of the migration whose marker came.
    pub(crate) fn forget_early(&mut self) {
        self.early.clear();
        for packet in self.gate.order(Order::Release) {
            self.process(packet);
        }
    }

    /// Takes in another party's message.
    pub(crate) fn listen(&mut self, word: Word, setting: Setting<'_>) -> Doings {
        let from = node_id(word.from);
        if word.message == PeerMessage::Start {
            return self.be_invited(from, setting);
        }
        if self.engine.is_none() {
            return Doings::default();
        }
        if word.message == PeerMessage::Rest && setting.flaw != Some(Flaw::RestIsDropped) {
            self.took_over |= !word.kept.is_empty() || !word.refused.is_empty();
            self.refused.extend(word.refused);
            self.gate.take_over(word.kept);
        }
        let message = match word.message {
            // Who is named later serves better, so that being preferred is not all that counts.
            PeerMessage::Ready { .. } => PeerMessage::Ready { score: 10 - from.0 },
            message => message,
        };
        self.drive(Event::Peer { from, message }, setting)
    }

    fn be_invited(&mut self, from: NodeId, setting: Setting<'_>) -> Doings {
        let standing = self.view.map(|view| view.standing);
        let over = matches!(standing, Some(Standing::Done { .. } | Standing::Aborted));
        // The log may have been quicker than the source.
        if self.engine.as_ref().is_some_and(|engine| engine.side() == Side::Target) {
            return self.drive(Event::Peer { from, message: PeerMessage::Start }, setting);
        }
        if self.engine.is_some() || over || std::mem::take(&mut self.declines) {
            return self.refuse(from);
        }
        self.take_part(Engine::target(setting.terms, self.me), setting);
        let mut doings = self.drive(Event::Peer { from, message: PeerMessage::Start }, setting);
        doings.add(self.follow(setting));
        doings
    }

    /// Feeds the engine, and carries out what it wants.
    pub(crate) fn drive(&mut self, event: Event, setting: Setting<'_>) -> Doings {
        let mut actions = Vec::new();
        if let Some(engine) = &mut self.engine {
            engine.handle(event, &mut actions);
        }
        let mut doings = Doings::default();
        for action in actions {
            self.carry_out(action, setting, &mut doings);
        }
        doings
    }

    fn carry_out(&mut self, action: Action, setting: Setting<'_>, doings: &mut Doings) {
        match action {
            Action::AskRole { role, token } => self.ask_engines_role(role, token, setting),
            Action::SendMarker { of } => self.requests.push_back(Request::Marker { of }),
            Action::PlantFlow => self.requests.push_back(Request::Plant),
            Action::CutFlow if setting.flaw == Some(Flaw::FlowStays) => {}
            Action::CutFlow => self.requests.push_back(Request::Cut),
            Action::SendBarrier(barrier) => {
                self.xid += 1;
                self.barrier = Some(self.xid);
                self.requests.push_back(Request::Barrier { barrier, xid: self.xid });
            }
            Action::Tell { to, message } => self.tell(to, message, setting, doings),
            Action::Propose(proposal) => doings.proposals.push(proposal),
            Action::Gate(order) => self.obey(order, setting),
            Action::SetTimer(timer) => drop(self.timers.insert(timer)),
            Action::ClearTimer(timer) => drop(self.timers.remove(&timer)),
            Action::Over(_) => self.leave(),
        }
    }

    fn ask_engines_role(&mut self, role: Role, token: Token, setting: Setting<'_>) {
        let token = match (setting.flaw, role) {
            (Some(Flaw::LoserStays), Role::Slave) => return,
            (Some(Flaw::LoserIsStale), Role::Slave) => Token(setting.terms.token.0 - 1),
            (_, _) => token,
        };
        let xid = self.ask_role(role, token, !setting.waits_for(role));
        self.role_request = Some(xid);
    }

    fn ask_role(&mut self, role: Role, token: Token, quiet: bool) -> u8 {
        self.xid += 1;
        self.requests.push_back(Request::Role { role, token, xid: self.xid, quiet });
        self.xid
    }

    fn tell(&self, to: NodeId, message: PeerMessage, setting: Setting<'_>, doings: &mut Doings) {
        // What the driver does with the application's state concerns nobody who does not wait for it.
        if message == PeerMessage::LocalState && !setting.tells_state {
            return;
        }
        let rest = message == PeerMessage::Rest;
        doings.tell(self.me, to, message);
        if let Some(word) = doings.words.last_mut().filter(|_| rest) {
            word.kept = self.gate.kept().copied().collect();
            word.refused.clone_from(&self.refused);
        }
    }

    fn obey(&mut self, order: Order, setting: Setting<'_>) {
        let order = match (setting.flaw, order) {
            (Some(Flaw::CutIsIgnored), Order::Cut) => return,
            (_, order) => order,
        };
        let releases = matches!(order, Order::Release | Order::ReleaseAll);
        let mut released = self.gate.order(order);
        if setting.flaw == Some(Flaw::ReleaseIsReversed) {
            released = released.into_iter().rev().collect();
        }
        if let Some(engine) = self.engine.as_ref().filter(|_| releases) {
            if engine.side() != Side::Source {
                self.acting = engine.token();
            }
            for effect in std::mem::take(&mut self.refused) {
                self.process(effect.packet);
            }
        }
        for packet in released {
            self.process(packet);
        }
    }

    fn process(&mut self, packet: u8) {
        let effect = Effect { packet, node: number(self.me) as u8, token: self.acting };
        self.requests.push_back(Request::Effect(effect));
    }

    /// The hand-over is over for this node: back to what the log says.
    fn leave(&mut self) {
        self.timers.clear();
        self.engine = None;
        (self.role_request, self.barrier) = (None, None);
        self.refused.clear();
        self.over = true;
        if let Some(view) = self.view {
            self.follow_owner(view);
        }
    }
}

impl Doings {
    fn tell(&mut self, from: NodeId, to: NodeId, message: PeerMessage) {
        let (from, to) = (number(from), number(to));
        self.words.push(Word { from, to, message, kept: Vec::new(), refused: Vec::new() });
    }

    fn add(&mut self, other: Self) {
        self.words.extend(other.words);
        self.proposals.extend(other.proposals);
    }
}

fn settled(role: Role, token: Token) -> Reconciler {
    let mut reconciler = Reconciler::new(role);
    reconciler.assume(role, token);
    reconciler
}
