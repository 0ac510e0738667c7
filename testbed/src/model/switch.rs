//! The switch: roles, generation id, a stream to each controller, and a marker's flow, as Open vSwitch has them.

use super::node::{Reply, Request};
use migration::engine::Barrier;
use migration::ownership::{NodeId, Token};
use openflow::Role;

/// A switch, as far as hand-overs touch it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Switch {
    /// Role of each node's session, if it has one.
    pub(crate) roles: Vec<Option<Role>>,
    /// Newest generation id told; a restart forgets it.
    pub(crate) generation: Option<Token>,
    /// Whose marker flow it holds.
    pub(crate) planted: Option<usize>,
    /// Each packet-in that was raised: who took it in as a party or as the owner, and still has the session
    /// that heard it, a bit each.
    pub(crate) raised: Vec<u8>,
    /// State changes that it accepted.
    pub(crate) effects: Vec<Effect>,
}

/// The answer to one packet-in, as the switch accepted it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Effect {
    /// The packet-in: 1, 2, and so on.
    pub(crate) packet: u8,
    /// Who answered.
    pub(crate) node: u8,
    /// The token that it acted under.
    pub(crate) token: Token,
}

/// A message from the switch, and to whom.
pub(crate) type Sent = (usize, Reply);

impl Switch {
    pub(crate) fn new(roles: Vec<Option<Role>>, generation: Token) -> Self {
        let (raised, effects) = (Vec::new(), Vec::new());
        Self { roles, generation: Some(generation), planted: None, raised, effects }
    }

    pub(crate) fn listens(&self, node: usize) -> bool {
        matches!(self.roles[node], Some(Role::Equal | Role::Master))
    }

    pub(crate) fn listeners(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.roles.len()).filter(|&node| self.listens(node))
    }

    /// Raises the next packet-in.
    pub(crate) fn raise(&mut self) -> Vec<Sent> {
        self.raised.push(0);
        let packet = self.raised.len() as u8;
        self.listeners().map(|node| (node, Reply::PacketIn(packet))).collect()
    }

    /// Takes one request of `node`.
    pub(crate) fn take(&mut self, node: usize, request: Request) -> Vec<Sent> {
        match request {
            Request::Role { role, token, xid, quiet } => {
                let mut sent = self.change_role(node, role, token, xid);
                sent.retain(|(to, _)| !quiet || *to != node);
                sent
            }
            Request::Marker { of } if self.listens(node) => self.mark(of),
            Request::Barrier { barrier, xid } => vec![(node, barrier_reply(barrier, xid))],
            Request::Effect(effect) if self.listens(node) => {
                self.effects.push(effect);
                Vec::new()
            }
            // A slave may change nothing (OpenFlow 1.3.5 §6.3.4).
            Request::Effect(effect) => vec![(node, Reply::Refused(effect))],
            Request::Plant if self.listens(node) => {
                self.planted = Some(node);
                Vec::new()
            }
            Request::Cut if self.listens(node) && self.planted.take().is_some() => {
                self.listeners().map(|node| (node, Reply::FlowRemoved)).collect()
            }
            Request::Marker { .. } | Request::Plant | Request::Cut => Vec::new(),
        }
    }

    fn mark(&self, of: NodeId) -> Vec<Sent> {
        self.listeners().map(|node| (node, Reply::Marker { of })).collect()
    }

    /// OpenFlow 1.3.5 §6.3.5, and a notice to the master that is one no more.
    fn change_role(&mut self, node: usize, role: Role, token: Token, xid: u8) -> Vec<Sent> {
        let told = matches!(role, Role::Master | Role::Slave);
        if told && self.generation.is_some_and(|newest| token < newest) {
            return vec![(node, Reply::RoleRefused { xid })];
        }
        if told {
            self.generation = Some(token);
        }
        self.roles[node] = Some(role);
        let mut sent = vec![(node, Reply::Role { role, xid })];
        for other in (0..self.roles.len()).filter(|&other| other != node) {
            if (role, self.roles[other]) == (Role::Master, Some(Role::Master)) {
                self.roles[other] = Some(Role::Slave);
                sent.push((other, Reply::RoleStatus));
            }
        }
        sent
    }

    /// Forgets what only the memory held.
    pub(crate) fn restart(&mut self) {
        (self.generation, self.planted) = (None, None);
        self.roles.fill(None);
    }

    /// Returns how often `packet` took effect.
    pub(crate) fn answers(&self, packet: u8) -> usize {
        self.effects.iter().filter(|effect| effect.packet == packet).count()
    }
}

fn barrier_reply(barrier: Barrier, xid: u8) -> Reply {
    Reply::Barrier { barrier, xid }
}
