use bytes::Bytes;
use smallvec::{SmallVec, smallvec};

use crate::oxs::{decode_stats, encode_stats};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, Actions, MeterId, StatsField, TableId, Version};

/// What a flow does with the packets that it takes (OpenFlow 1.3.5 §7.2.4).
///
/// In OpenFlow 1.0 a flow has either none of them or one [`Instruction::ApplyActions`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Instruction {
    /// Go on in a later table.
    GotoTable(TableId),
    /// Write metadata for later tables.
    WriteMetadata {
        /// Value to write.
        metadata: u64,
        /// Which of its bits.
        mask: u64,
    },
    /// Merge actions into the packet's action set.
    WriteActions(Actions),
    /// Apply actions at once, in order.
    ApplyActions(Actions),
    /// Empty the packet's action set.
    ClearActions,
    /// Apply a meter; from OpenFlow 1.5 on the first of the actions to apply, and read as such.
    Meter(MeterId),
    /// Tell when the flow's statistics pass thresholds (1.5 on).
    StatTrigger {
        /// How often.
        flags: StatTriggerFlags,
        /// The thresholds.
        thresholds: Vec<StatsField>,
    },
    /// An instruction of a type that this crate does not know, experimenters' included.
    Unknown {
        /// Type of the instruction.
        kind: u16,
        /// What follows type and length. Its length is 4 more than a multiple of 8, and is brought
        /// up to one with zeroes.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

/// What a flow does; in place while it is one instruction, as in most flows.
pub type Instructions = SmallVec<[Instruction; 1]>;

bitflags::bitflags! {
    /// How often a switch tells that statistics pass a threshold; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct StatTriggerFlags: u32 {
        /// At every multiple of it.
        const PERIODIC = 1 << 0;
        /// Once.
        const ONLY_FIRST = 1 << 1;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(StatTriggerFlags);

impl Instruction {
    /// Returns the instruction that applies actions, in order.
    #[inline]
    pub fn apply_actions(actions: impl IntoIterator<Item = Action>) -> Self {
        // Collecting is not inlined, and would copy what a packet-in is answered with.
        let mut list = Actions::new();
        for action in actions {
            list.push(action);
        }
        Instruction::ApplyActions(list)
    }

    /// Returns the instruction that merges actions into the packet's action set.
    pub fn write_actions(actions: impl IntoIterator<Item = Action>) -> Self {
        Instruction::WriteActions(actions.into_iter().collect())
    }

    /// Reads the rest as what a flow does: OpenFlow 1.0 has no instructions, and applies actions.
    pub(crate) fn decode_list(r: &mut Reader<'_>) -> Result<Instructions, DecodeError> {
        match r.version() {
            Version::V1_0 if r.is_empty() => Ok(Instructions::new()),
            Version::V1_0 => Ok(smallvec![Instruction::ApplyActions(r.list()?)]),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => r.bounded_list(Structure::Instruction),
        }
    }

    /// Writes what a flow does.
    pub(crate) fn encode_list(list: &[Self], w: &mut Writer<'_>) {
        match (w.version(), list) {
            (Version::V1_0, []) => {}
            (Version::V1_0, [Instruction::ApplyActions(actions)]) => w.list(actions),
            (Version::V1_0, _) => w.lacks("instructions but for one apply-actions"),
            (Version::V1_3 | Version::V1_4, _) => w.list(list),
            (Version::V1_5, _) => Instruction::encode_list_1_5(list, w),
        }
    }

    /// OpenFlow 1.5 has an action in place of the meter instruction. A flow's meter comes before all its
    /// other instructions, and so before the actions to apply, of which there may be one list only.
    fn encode_list_1_5(list: &[Self], w: &mut Writer<'_>) {
        let mut meters = meters(list);
        for instruction in list {
            match instruction {
                Instruction::Meter(_) => {}
                Instruction::ApplyActions(actions) => w.aligned_element(APPLY_ACTIONS, |w| {
                    w.pad::<4>();
                    w.list(&std::mem::take(&mut meters));
                    w.list(actions);
                }),
                other => other.encode(w),
            }
        }
        if !meters.is_empty() {
            encode_actions(w, APPLY_ACTIONS, &meters);
        }
    }
}

impl Wire for Instruction {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.aligned_element(Structure::Instruction)?;
        let instruction = match kind {
            GOTO_TABLE => {
                let table = TableId(body.u8()?);
                body.pad::<3>()?;
                Instruction::GotoTable(table)
            }
            WRITE_METADATA => {
                body.pad::<4>()?;
                Instruction::WriteMetadata { metadata: body.u64()?, mask: body.u64()? }
            }
            WRITE_ACTIONS => Instruction::WriteActions(actions(&mut body)?),
            APPLY_ACTIONS => Instruction::ApplyActions(actions(&mut body)?),
            CLEAR_ACTIONS => {
                body.pad::<4>()?;
                Instruction::ClearActions
            }
            METER if body.version() < Version::V1_5 => Instruction::Meter(MeterId(body.u32()?)),
            STAT_TRIGGER if body.version() >= Version::V1_5 => Instruction::StatTrigger {
                flags: StatTriggerFlags::from_bits_retain(body.u32()?),
                thresholds: decode_stats(&mut body)?,
            },
            kind => Instruction::Unknown { kind, body: body.rest() },
        };
        body.finish()?;
        Ok(instruction)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Instruction::GotoTable(table) => w.aligned_element(GOTO_TABLE, |w| w.u8(table.0)),
            Instruction::WriteMetadata { metadata, mask } => {
                w.aligned_element(WRITE_METADATA, |w| {
                    w.pad::<4>();
                    w.u64(*metadata);
                    w.u64(*mask);
                });
            }
            Instruction::WriteActions(actions) => encode_actions(w, WRITE_ACTIONS, actions),
            Instruction::ApplyActions(actions) => encode_actions(w, APPLY_ACTIONS, actions),
            Instruction::ClearActions => w.aligned_element(CLEAR_ACTIONS, |w| w.pad::<4>()),
            Instruction::Meter(meter) => w.aligned_element(METER, |w| w.u32(meter.0)),
            Instruction::StatTrigger { flags, thresholds } => {
                w.aligned_element(STAT_TRIGGER, |w| {
                    w.u32(flags.bits());
                    encode_stats(thresholds, w);
                })
            }
            Instruction::Unknown { kind, body } => w.aligned_element(*kind, |w| w.slice(body)),
        }
    }
}

/// Returns the meters of a flow as actions.
fn meters(list: &[Instruction]) -> Vec<Action> {
    let meter = |instruction: &Instruction| match instruction {
        Instruction::Meter(meter) => Some(Action::Meter(*meter)),
        _ => None,
    };
    list.iter().filter_map(meter).collect()
}

fn actions(body: &mut Reader<'_>) -> Result<Actions, DecodeError> {
    body.pad::<4>()?;
    body.list()
}

fn encode_actions(w: &mut Writer<'_>, kind: u16, actions: &[Action]) {
    w.aligned_element(kind, |w| {
        w.pad::<4>();
        w.list(actions);
    });
}

const GOTO_TABLE: u16 = 1;
const WRITE_METADATA: u16 = 2;
const WRITE_ACTIONS: u16 = 3;
const APPLY_ACTIONS: u16 = 4;
const CLEAR_ACTIONS: u16 = 5;
const METER: u16 = 6;
const STAT_TRIGGER: u16 = 7;
