//! Carrying out what concerns a node as a whole: it comes, it goes, it is to be left in peace.

use super::apply::{Entry, Outcome};
use super::{
    Addresses, Cause, Done, Drain, DrainEnd, DrainId, DrainOrder, Life, MAX_PARALLEL, MAX_RETIRED,
    Node, NodeId, Note, Occasion, Ownership, Refusal,
};
use openflow::Dpid;

impl Ownership {
    /// Returns whether a node could be removed for ever, and if not, why not: what `--dry-run` asks.
    ///
    /// `dead` says that whoever asks knows that it will never come back.
    pub fn check_remove(&self, node: NodeId, dead: bool) -> Result<(), Refusal> {
        let life = self.nodes.get(&node).map(|record| record.life);
        let (switches, migrations) = (self.served_by(node), self.moves_of(node));
        match life {
            Some(Life::Up) if dead => Err(Refusal::Alive(node)),
            Some(Life::Up) if switches > 0 => Err(Refusal::Serves { node, switches }),
            Some(Life::Up) if migrations > 0 => Err(Refusal::TakesPart { node, migrations }),
            Some(Life::Down) if !dead => Err(Refusal::MayReturn(node)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Entry<'_> {
    pub(super) fn register(&mut self, node: NodeId, boot: u64, addresses: Addresses) -> Outcome {
        if self.state.retired.contains_key(&node) {
            return Err(Refusal::Retired(node));
        }
        let known = self.state.nodes.get(&node);
        let restarted = known.is_none_or(|known| known.boot != boot);
        let cordon = known.and_then(|known| known.cordon.clone());
        // What a process wanted for its end is over with it.
        let outlives = |drain: &Drain| !restarted || drain.occasion == Occasion::Maintenance;
        let drain = known.and_then(|known| known.drain.clone()).filter(outlives);
        let record = Node { addresses, boot, life: Life::Up, cordon, drain };
        self.state.nodes.insert(node, record);
        if restarted {
            self.forget_sessions(&[node]);
        }
        Ok(Done::Applied)
    }

    pub(super) fn nodes_down(&mut self, nodes: &[(NodeId, u64)]) -> Outcome {
        let mut died = Vec::new();
        for &(node, boot) in nodes {
            if let Some(record) = self.state.nodes.get_mut(&node)
                && record.boot == boot
                && record.is_up()
            {
                record.life = Life::Down;
                died.push(node);
            }
        }
        match (died.is_empty(), nodes.first()) {
            (true, Some(&(node, _))) => return Err(Refusal::OldBoot(node)),
            (true, None) => return Ok(Done::Applied),
            (false, _) => {}
        }
        self.bereave(&died, Cause::OwnerDied);
        Ok(Done::Applied)
    }

    pub(super) fn leave(&mut self, node: NodeId, boot: u64) -> Outcome {
        let record = self.state.nodes.get_mut(&node).ok_or(Refusal::UnknownNode(node))?;
        if record.boot != boot {
            return Err(Refusal::OldBoot(node));
        }
        if !record.is_up() {
            return Ok(Done::Applied);
        }
        record.life = Life::Left;
        let left = self.state.served_by(node);
        self.end_running_drain(node, drained(left));
        self.bereave(&[node], Cause::OwnerLeft);
        Ok(Done::Applied)
    }

    /// Gives away what the nodes that are `gone` had.
    ///
    /// Everybody who went is marked before, so that none of them is given anything.
    fn bereave(&mut self, gone: &[NodeId], cause: Cause) {
        self.forget_sessions(gone);
        let owned = |owner: Option<NodeId>| owner.is_some_and(|owner| gone.contains(&owner));
        let switches = self.state.switches.iter().filter(|(_, switch)| owned(switch.owner));
        let bereft: Vec<Dpid> = switches.map(|(&dpid, _)| dpid).collect();
        for dpid in bereft {
            self.give_to_best(dpid, cause);
        }
    }

    pub(super) fn cordon(&mut self, node: NodeId, reason: String) -> Outcome {
        let note = self.note(reason);
        let record = self.state.nodes.get_mut(&node).ok_or(Refusal::UnknownNode(node))?;
        record.cordon.get_or_insert(note);
        Ok(Done::Applied)
    }

    pub(super) fn uncordon(&mut self, node: NodeId) -> Outcome {
        let record = self.state.nodes.get_mut(&node).ok_or(Refusal::UnknownNode(node))?;
        record.cordon = None;
        if record.running_drain().is_some_and(|it| it.occasion == Occasion::Maintenance) {
            self.end_running_drain(node, DrainEnd::Cancelled);
        }
        Ok(Done::Applied)
    }

    pub(super) fn drain(
        &mut self,
        node: NodeId,
        order: DrainOrder,
        leaves: Option<u64>,
    ) -> Outcome {
        let occasion = leaves.map_or(Occasion::Maintenance, |_| Occasion::Leaving);
        self.state.check_drain(node, occasion)?;
        let (planned, note) = (self.state.served_by(node), self.note(order.reason.clone()));
        let record = self.state.nodes.get_mut(&node).ok_or(Refusal::UnknownNode(node))?;
        if leaves.is_some_and(|boot| boot != record.boot) {
            return Err(Refusal::OldBoot(node));
        }
        // A node that is being drained when its process is asked to end needs no second drain.
        if let Some(running) = record.running_drain() {
            return Ok(Done::Draining(running.id));
        }
        if occasion == Occasion::Maintenance {
            record.cordon.get_or_insert(note.clone());
        }
        let id = DrainId(self.state.last_drain.0 + 1);
        self.state.last_drain = id;
        let order = DrainOrder { parallel: order.parallel.clamp(1, MAX_PARALLEL), ..order };
        record.drain = Some(Drain {
            id,
            occasion,
            order,
            actor: note.actor,
            started_at_ms: note.at_ms,
            planned: count(planned),
            moved: 0,
            failed: 0,
            failures: Default::default(),
            end: None,
        });
        Ok(Done::Draining(id))
    }

    pub(super) fn end_drain(&mut self, node: NodeId, id: DrainId) -> Outcome {
        let record = self.state.nodes.get(&node).ok_or(Refusal::UnknownNode(node))?;
        if record.running_drain().is_none_or(|drain| drain.id != id) {
            return Err(Refusal::NotDraining(node));
        }
        let left = self.state.served_by(node);
        self.end_running_drain(node, drained(left));
        Ok(Done::Applied)
    }

    fn end_running_drain(&mut self, node: NodeId, end: DrainEnd) {
        let drain = self.state.nodes.get_mut(&node).and_then(|record| record.drain.as_mut());
        if let Some(drain) = drain.filter(|drain| drain.is_running()) {
            drain.end = Some(end);
        }
    }

    /// Counts a switch that changed hands in the drains of the nodes that it went from and to.
    pub(super) fn count_move(&mut self, from: Option<NodeId>, to: NodeId) {
        let step = |drain: &mut Drain, forth: bool| {
            drain.moved = if forth { drain.moved + 1 } else { drain.moved.saturating_sub(1) };
        };
        for (node, forth) in [(from, true), (Some(to), false)] {
            let record =
                node.filter(|_| from != Some(to)).and_then(|it| self.state.nodes.get_mut(&it));
            let drain = record.and_then(|record| record.drain.as_mut());
            if let Some(drain) = drain.filter(|drain| drain.is_running()) {
                step(drain, forth);
            }
        }
    }

    pub(super) fn retire(&mut self, node: NodeId, reason: String) -> Outcome {
        if self.state.retired.contains_key(&node) {
            return Ok(Done::Applied);
        }
        if self.state.retired.len() >= MAX_RETIRED {
            return Err(Refusal::TooManyRetired);
        }
        let alive = self.state.nodes.get(&node).is_some_and(Node::is_up);
        let switches = self.state.served_by(node);
        if alive && switches > 0 {
            return Err(Refusal::Serves { node, switches });
        }
        let note = self.note(reason);
        self.state.retired.insert(node, note);
        self.state.nodes.remove(&node);
        self.bereave(&[node], Cause::OwnerLeft);
        Ok(Done::Applied)
    }

    fn note(&self, reason: String) -> Note {
        Note { actor: self.actor.clone(), reason, at_ms: self.at_ms }
    }
}

fn drained(left: usize) -> DrainEnd {
    if left == 0 { DrainEnd::Done } else { DrainEnd::Partly { left: count(left) } }
}

fn count(switches: usize) -> u32 {
    u32::try_from(switches).unwrap_or(u32::MAX)
}
