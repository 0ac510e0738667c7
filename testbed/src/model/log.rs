//! The log: the real [`Ownership`], and what each node can read of it.

use migration::engine::Standing;
use migration::ownership::{Command, Migration, Ownership, State};
use migration::ownership::{Done, MigrationId, NodeId, Op, Protocol, Rule, Token, Wish};
use migration::report::Report;
use openflow::{Dpid, GenerationId};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The switch of every model.
pub(crate) const SWITCH: Dpid = Dpid(7);
const BOOT: u64 = 1;

/// Who owns the switch, entry by entry.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    ownership: Arc<Ownership>,
    entries: Arc<Vec<View>>,
    id: MigrationId,
    /// The token that was reserved for it.
    reserved: Token,
    /// Stands for both of the above where states are compared: they are long, and change seldom.
    digest: u64,
}

/// What a node that has read so far knows of the switch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct View {
    pub(crate) standing: Standing,
    pub(crate) owner: Option<NodeId>,
    pub(crate) token: Token,
    /// Nodes that are to be `EQUAL`, a bit each.
    pub(crate) equals: u8,
}

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Log {}

impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl Log {
    /// Returns a log that holds an open migration from node 0 to the others, and what led up to it: the
    /// roles that the protocol begins with.
    pub(crate) fn new(protocol: Protocol, rule: Rule, candidates: usize) -> Self {
        let mut past = Past(Ownership::default());
        let exchange = protocol.table().exchange;
        let nodes: Vec<NodeId> = (0..=candidates).map(node_id).collect();
        let first = if exchange.target_was_equal || exchange.target_is_equal { 1 } else { 0 };
        past.register(&nodes, nodes[first]);
        if exchange.target_was_equal {
            for to in (2..nodes.len()).chain([0]) {
                past.migrate(Protocol::ErcM2eS2m, nodes[to]);
            }
        }
        if exchange.target_is_equal {
            past.migrate(Protocol::ErcE2sS2e, nodes[0]);
        }
        let id = past.open(protocol, rule, nodes[1..].to_vec());
        let reserved = past.0.migrations()[&id].token;
        let (ownership, entries) = (Arc::new(past.0), Arc::default());
        let mut log = Self { ownership, entries, id, reserved, digest: 0 };
        log.note();
        log
    }

    /// Returns the migration that every model is about.
    pub(crate) fn id(&self) -> MigrationId {
        self.id
    }

    /// Returns the token that was reserved for it.
    pub(crate) fn reserved(&self) -> Token {
        self.reserved
    }

    pub(crate) fn migration(&self) -> &Migration {
        &self.ownership.migrations()[&self.id]
    }

    pub(crate) fn state(&self) -> &State {
        &self.migration().state
    }

    pub(crate) fn owner(&self) -> Option<NodeId> {
        self.ownership.switches()[&SWITCH].owner
    }

    pub(crate) fn entries(&self) -> &[View] {
        &self.entries
    }

    pub(crate) fn last(&self) -> View {
        self.entries[self.entries.len() - 1]
    }

    /// Carries a command out; a refusal is as good as an answer: the entry that it lost against is here.
    pub(crate) fn apply(&mut self, op: Op) {
        let ownership = Arc::make_mut(&mut self.ownership);
        let _ = ownership.apply(Command { actor: String::new(), at_ms: 0, op });
        self.note();
    }

    /// Tells of a node that nobody has heard of for longer than a lease.
    pub(crate) fn node_down(&mut self, node: usize) {
        self.apply(Op::NodesDown { nodes: vec![(node_id(node), BOOT)] });
    }

    /// Tells of a session that went and did not come back within the grace time.
    pub(crate) fn session_down(&mut self, node: usize) {
        let (node, down) = (node_id(node), vec![SWITCH]);
        self.apply(Op::Connected { node, boot: BOOT, up: Vec::new(), down });
    }

    /// Tells of a session that came back after all.
    pub(crate) fn session_up(&mut self, node: usize, seen: GenerationId) {
        let (node, up) = (node_id(node), vec![(SWITCH, seen).into()]);
        self.apply(Op::Connected { node, boot: BOOT, up, down: Vec::new() });
    }

    fn note(&mut self) {
        let switch = &self.ownership.switches()[&SWITCH];
        let equals = switch.equals.iter().map(|node| 1 << number(*node)).sum();
        let standing = Standing::of(self.migration());
        let view = View { standing, owner: switch.owner, token: switch.token, equals };
        if self.entries.last() != Some(&view) {
            Arc::make_mut(&mut self.entries).push(view);
        }
        let mut hasher = DefaultHasher::new();
        (&*self.ownership, &*self.entries).hash(&mut hasher);
        self.digest = hasher.finish();
    }
}

/// Returns the id of a node by its number: the source is 0.
pub(crate) fn node_id(number: usize) -> NodeId {
    NodeId(number as u64 + 1)
}

/// Returns the number of a node by its id.
pub(crate) fn number(node: NodeId) -> usize {
    node.0 as usize - 1
}

/// What happened before the migration that the model is about.
struct Past(Ownership);

impl Past {
    fn apply(&mut self, op: Op) -> Done {
        let reply = self.0.apply(Command { actor: String::new(), at_ms: 0, op });
        reply.result.expect("what happened before was allowed")
    }

    /// Registers `nodes`, all with a session, and gives the switch to `owner`.
    fn register(&mut self, nodes: &[NodeId], owner: NodeId) {
        let others = nodes.iter().copied().filter(|node| *node != owner);
        for node in [owner].into_iter().chain(others) {
            self.apply(Op::Register { node, boot: BOOT, addresses: Default::default() });
            let up = vec![(SWITCH, GenerationId(0)).into()];
            self.apply(Op::Connected { node, boot: BOOT, up, down: Vec::new() });
        }
    }

    fn open(&mut self, protocol: Protocol, rule: Rule, candidates: Vec<NodeId>) -> MigrationId {
        let wish = Wish { dpid: SWITCH, candidates, protocol, rule, ..Wish::default() };
        match self.apply(Op::Open(wish)) {
            Done::Opened(id) => id,
            Done::Applied | Done::Draining(_) | Done::Strangers(_) => unreachable!("opening opens"),
        }
    }

    fn migrate(&mut self, protocol: Protocol, to: NodeId) {
        let id = self.open(protocol, Rule::First, vec![to]);
        let token = self.0.migrations()[&id].token;
        self.apply(Op::Commit { id, token, winner: to });
        self.apply(Op::Finish { id, winner: to, report: Report::default() });
    }
}
