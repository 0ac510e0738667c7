//! The flows of all tables.

use super::header::{includes, matches, overlap};
use openflow::{
    Action, ErrorCode, Field, FlowMod, FlowModCommand, FlowModFlags, FlowRemovedReason, GroupId,
    Instruction, Instructions, Match, PortNo, TableId,
};
use std::time::Duration;

/// The flows, ordered by table, then by priority, the highest first; bounded by [`MAX_FLOWS`].
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(super) struct FlowTable {
    flows: Vec<Flow>,
}

/// One flow.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Flow {
    /// Table that it is in.
    pub table_id: TableId,
    /// Its priority.
    pub priority: u16,
    /// Which packets it takes, fields in the order of their ids.
    pub fields: Match,
    /// What becomes of them.
    pub instructions: Instructions,
    /// Its cookie.
    pub cookie: u64,
    /// Its options.
    pub flags: FlowModFlags,
    /// Seconds without a packet after which it expires; 0 for never.
    pub idle_timeout: u16,
    /// Seconds after which it expires; 0 for never.
    pub hard_timeout: u16,
    /// Packets that it took.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    added_at: Duration,
    used_at: Duration,
}

/// A flow that is no more.
#[derive(Debug)]
pub(super) struct Removed {
    pub(super) flow: Flow,
    pub(super) reason: FlowRemovedReason,
}

impl Flow {
    /// Returns how long the flow has been there.
    pub fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.added_at)
    }

    /// Returns whether the flow takes what no other does (OpenFlow 1.3.5 §5.4).
    pub fn is_table_miss(&self) -> bool {
        self.priority == 0 && self.fields.fields().is_empty()
    }

    fn expired(&self, now: Duration) -> Option<FlowRemovedReason> {
        let over = |timeout: u16, since: Duration| {
            timeout != 0 && now.saturating_sub(since) >= Duration::from_secs(timeout.into())
        };
        if over(self.hard_timeout, self.added_at) {
            Some(FlowRemovedReason::HARD_TIMEOUT)
        } else if over(self.idle_timeout, self.used_at) {
            Some(FlowRemovedReason::IDLE_TIMEOUT)
        } else {
            None
        }
    }

    fn sends_to(&self, out_port: PortNo) -> bool {
        self.instructions.iter().any(|instruction| match instruction {
            Instruction::ApplyActions(actions) | Instruction::WriteActions(actions) => actions
                .iter()
                .any(|action| matches!(action, Action::Output { port, .. } if *port == out_port)),
            _ => false,
        })
    }
}

impl FlowTable {
    pub(super) fn all(&self) -> &[Flow] {
        &self.flows
    }

    /// Returns the flow that takes a packet with these `fields` in `table`, and counts the packet.
    pub(super) fn take(
        &mut self,
        table: TableId,
        fields: &[Field],
        length: usize,
        now: Duration,
    ) -> Option<&Flow> {
        let takes = |flow: &&mut Flow| flow.table_id == table && matches(&flow.fields, fields);
        let flow = self.flows.iter_mut().find(takes)?;
        flow.packets += 1;
        flow.bytes += length as u64;
        flow.used_at = now;
        Some(flow)
    }

    /// Carries a flow-mod out; returns the flows that it removed and that want this to be told.
    pub(super) fn apply(
        &mut self,
        flow_mod: &FlowMod,
        now: Duration,
    ) -> Result<Vec<Removed>, ErrorCode> {
        match flow_mod.command {
            FlowModCommand::Add => self.add(flow_mod, now).map(|()| vec![]),
            FlowModCommand::Modify | FlowModCommand::ModifyStrict => {
                self.modify(flow_mod);
                Ok(vec![])
            }
            FlowModCommand::Delete | FlowModCommand::DeleteStrict => Ok(self.delete(flow_mod)),
        }
    }

    fn add(&mut self, flow_mod: &FlowMod, now: Duration) -> Result<(), ErrorCode> {
        if flow_mod.table_id.0 >= TABLES {
            return Err(ErrorCode::FLOW_MOD_TABLE_ID);
        }
        let fields = flow_mod.fields.clone().sorted();
        let (table_id, priority) = (flow_mod.table_id, flow_mod.priority);
        if flow_mod.flags.contains(FlowModFlags::CHECK_OVERLAP) {
            let mut peers = self.flows.iter();
            if peers.any(|f| {
                (f.table_id, f.priority) == (table_id, priority) && overlap(&f.fields, &fields)
            }) {
                return Err(ErrorCode::FLOW_MOD_OVERLAP);
            }
        }
        let mut flow = Flow {
            table_id,
            priority,
            fields,
            instructions: flow_mod.instructions.clone(),
            cookie: flow_mod.cookie,
            flags: flow_mod.flags,
            idle_timeout: flow_mod.idle_timeout,
            hard_timeout: flow_mod.hard_timeout,
            packets: 0,
            bytes: 0,
            added_at: now,
            used_at: now,
        };
        if let Some(old) = self.flows.iter_mut().find(|old| is_same(old, &flow)) {
            // "If identical, the counters are kept unless reset is asked for" (§6.4), its age is not.
            if !flow.flags.contains(FlowModFlags::RESET_COUNTS) {
                (flow.packets, flow.bytes) = (old.packets, old.bytes);
            }
            *old = flow;
            return Ok(());
        }
        if self.flows.len() == MAX_FLOWS {
            return Err(ErrorCode::FLOW_MOD_TABLE_FULL);
        }
        let before =
            |f: &Flow| (f.table_id, u16::MAX - f.priority) <= (table_id, u16::MAX - priority);
        let place = self.flows.partition_point(before);
        self.flows.insert(place, flow);
        Ok(())
    }

    fn modify(&mut self, flow_mod: &FlowMod) {
        let chosen = self.flows.iter_mut().filter(|flow| is_chosen(flow, flow_mod));
        for flow in chosen {
            flow.instructions.clone_from(&flow_mod.instructions);
            if flow_mod.flags.contains(FlowModFlags::RESET_COUNTS) {
                (flow.packets, flow.bytes) = (0, 0);
            }
        }
    }

    fn delete(&mut self, flow_mod: &FlowMod) -> Vec<Removed> {
        self.remove(|flow| {
            let filtered = (flow_mod.out_port == PortNo::ANY || flow.sends_to(flow_mod.out_port))
                && flow_mod.out_group == GroupId::ANY;
            (filtered && is_chosen(flow, flow_mod)).then_some(FlowRemovedReason::DELETE)
        })
    }

    /// Removes what has outlived its timeouts; returns those that want this to be told.
    pub(super) fn expire(&mut self, now: Duration) -> Vec<Removed> {
        self.remove(|flow| flow.expired(now))
    }

    fn remove(&mut self, why: impl Fn(&Flow) -> Option<FlowRemovedReason>) -> Vec<Removed> {
        let mut removed = vec![];
        self.flows.retain(|flow| {
            let Some(reason) = why(flow) else { return true };
            if flow.flags.contains(FlowModFlags::SEND_FLOW_REM) {
                removed.push(Removed { flow: flow.clone(), reason });
            }
            false
        });
        removed
    }
}

fn is_same(one: &Flow, other: &Flow) -> bool {
    (one.table_id, one.priority) == (other.table_id, other.priority) && one.fields == other.fields
}

/// Returns whether a modification or deletion concerns `flow` (OpenFlow 1.3.5 §6.4).
fn is_chosen(flow: &Flow, flow_mod: &FlowMod) -> bool {
    let strict =
        matches!(flow_mod.command, FlowModCommand::ModifyStrict | FlowModCommand::DeleteStrict);
    let cookie = (flow.cookie ^ flow_mod.cookie) & flow_mod.cookie_mask == 0;
    let table = flow_mod.table_id == TableId::ALL || flow_mod.table_id == flow.table_id;
    let fields = if strict {
        flow.priority == flow_mod.priority && flow.fields == flow_mod.fields.clone().sorted()
    } else {
        includes(&flow_mod.fields, &flow.fields)
    };
    cookie && table && fields
}

/// Tables, numbered from 0.
pub(super) const TABLES: u8 = 4;

/// Flows in all tables together.
const MAX_FLOWS: usize = 65_536;
