use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{
    Action, BufferId, ErrorCode, GroupId, Instruction, Instructions, Match, PortNo, TableId,
    Version,
};

/// Body of `OFPT_FLOW_MOD`: a change to a flow table.
///
/// OpenFlow 1.0 has one table for all that a controller can see, and neither masks of cookies nor
/// groups: table 0 and all tables are the same there, and what names another cannot be said. A flow
/// without wildcards has the highest priority there, whatever it asks for.
///
/// ```
/// use openflow::{Action, FlowMod, Match, PortNo, key};
///
/// let mac = "02:00:00:00:00:01".parse()?;
/// let flow = FlowMod::add()
///     .with_priority(10)
///     .with_match(Match::any().with(key::ETH_DST, mac))
///     .with_actions([Action::output(PortNo(2))]);
/// # Ok::<(), openflow::MacAddrError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowMod {
    /// Opaque to the switch; filters modifications and deletions together with the mask, but not in
    /// OpenFlow 1.0.
    pub cookie: u64,
    /// Which bits of the cookie must agree for a modification or deletion; 0 for no filter.
    pub cookie_mask: u64,
    /// Table to change.
    pub table_id: TableId,
    /// What to do.
    pub command: FlowModCommand,
    /// Seconds without a packet after which the flow expires; 0 for never.
    pub idle_timeout: u16,
    /// Seconds after which the flow expires; 0 for never.
    pub hard_timeout: u16,
    /// Which of several matching flows takes the packet: the highest.
    pub priority: u16,
    /// A buffered packet to apply the flow to.
    pub buffer_id: BufferId,
    /// Deletes only flows that send to this port, unless [`PortNo::ANY`].
    pub out_port: PortNo,
    /// Deletes only flows that send to this group, unless [`GroupId::ANY`].
    pub out_group: GroupId,
    /// Options.
    pub flags: FlowModFlags,
    /// Which flows are evicted last, from OpenFlow 1.4 on; never sent before.
    pub importance: u16,
    /// Which packets.
    pub fields: Match,
    /// What becomes of them.
    pub instructions: Instructions,
}

/// What a flow-mod does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum FlowModCommand {
    /// Add a flow, in place of one with the same match and priority.
    Add = 0,
    /// Change the instructions of all flows that the match includes.
    Modify = 1,
    /// Change the instructions of the flow with this match and priority.
    ModifyStrict = 2,
    /// Delete all flows that the match includes.
    Delete = 3,
    /// Delete the flow with this match and priority.
    DeleteStrict = 4,
}

bitflags::bitflags! {
    /// Options of a flow-mod, and of the flow; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct FlowModFlags: u16 {
        /// Send a flow-removed when the flow expires or is deleted.
        const SEND_FLOW_REM = 1 << 0;
        /// Refuse a flow that overlaps another of its priority.
        const CHECK_OVERLAP = 1 << 1;
        /// Reset the counters of a flow that is changed.
        const RESET_COUNTS = 1 << 2;
        /// Do not count packets.
        const NO_PKT_COUNTS = 1 << 3;
        /// Do not count bytes.
        const NO_BYT_COUNTS = 1 << 4;
        /// The flow is for when no controller can be reached (1.0, where it has the bit of
        /// `RESET_COUNTS`).
        const EMERGENCY = 1 << 15;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(FlowModFlags);

impl FlowMod {
    /// Returns the addition to table 0 of a flow that takes every packet at priority 0 and drops
    /// it.
    #[inline]
    pub fn add() -> Self {
        FlowMod::new(FlowModCommand::Add, TableId(0))
    }

    /// Returns the change, in table 0, of every flow that the match includes.
    pub fn modify() -> Self {
        FlowMod::new(FlowModCommand::Modify, TableId(0))
    }

    /// Returns the deletion, from all tables, of every flow that the match includes.
    pub fn delete() -> Self {
        FlowMod::new(FlowModCommand::Delete, TableId::ALL)
    }

    /// Returns the deletion, from all tables, of the flows with exactly this match and priority.
    pub fn delete_strict() -> Self {
        FlowMod::new(FlowModCommand::DeleteStrict, TableId::ALL)
    }

    /// Sets which packets, or for a deletion which flows.
    #[must_use]
    pub fn with_match(self, fields: Match) -> Self {
        FlowMod { fields, ..self }
    }

    /// Sets the actions to apply, as the only instruction.
    #[must_use]
    pub fn with_actions(self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.with_instructions([Instruction::apply_actions(actions)])
    }

    /// Sets the instructions.
    #[must_use]
    pub fn with_instructions(self, instructions: impl IntoIterator<Item = Instruction>) -> Self {
        FlowMod { instructions: instructions.into_iter().collect(), ..self }
    }

    /// Sets the table.
    #[must_use]
    pub fn with_table(self, table_id: TableId) -> Self {
        FlowMod { table_id, ..self }
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(self, priority: u16) -> Self {
        FlowMod { priority, ..self }
    }

    /// Sets the cookie of the flow.
    #[must_use]
    pub fn with_cookie(self, cookie: u64) -> Self {
        FlowMod { cookie, ..self }
    }

    /// Restricts a modification or deletion to flows whose cookie agrees where `mask` has ones.
    #[must_use]
    pub fn with_cookie_filter(self, cookie: u64, mask: u64) -> Self {
        FlowMod { cookie, cookie_mask: mask, ..self }
    }

    /// Sets after how many seconds without a packet the flow expires.
    #[must_use]
    pub fn with_idle_timeout(self, seconds: u16) -> Self {
        FlowMod { idle_timeout: seconds, ..self }
    }

    /// Sets after how many seconds the flow expires.
    #[must_use]
    pub fn with_hard_timeout(self, seconds: u16) -> Self {
        FlowMod { hard_timeout: seconds, ..self }
    }

    /// Sets the options.
    #[must_use]
    pub fn with_flags(self, flags: FlowModFlags) -> Self {
        FlowMod { flags, ..self }
    }

    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let fields = Match::decode(r)?;
        let cookie = r.u64()?;
        let command = FlowModCommand::decode_1_0(r)?;
        Ok(FlowMod {
            cookie,
            fields,
            idle_timeout: r.u16()?,
            hard_timeout: r.u16()?,
            priority: r.u16()?,
            buffer_id: BufferId(r.u32()?),
            out_port: PortNo::decode(r)?,
            flags: FlowModFlags::from_bits_retain(r.u16()?).with_bits_of_1_0(),
            instructions: Instruction::decode_list(r)?,
            ..FlowMod::new(command, command.table_in_1_0())
        })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        self.fields.encode(w);
        w.u64(self.cookie);
        w.u16(self.command as u16);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.priority);
        w.u32(self.buffer_id.0);
        self.out_port.encode(w);
        w.u16(self.flags.with_bits_of_1_0().bits());
        Instruction::encode_list(&self.instructions, w);
        if ![TableId(0), TableId::ALL].contains(&self.table_id) {
            w.lacks("table in a flow-mod");
        }
        if self.cookie_mask != 0 {
            w.lacks("mask of cookies");
        }
        if self.out_group != GroupId::ANY {
            w.lacks("groups");
        }
    }

    #[inline]
    fn new(command: FlowModCommand, table_id: TableId) -> Self {
        FlowMod {
            cookie: 0,
            cookie_mask: 0,
            table_id,
            command,
            idle_timeout: 0,
            hard_timeout: 0,
            priority: 0,
            buffer_id: BufferId::NO_BUFFER,
            out_port: PortNo::ANY,
            out_group: GroupId::ANY,
            flags: FlowModFlags::empty(),
            importance: 0,
            fields: Match::any(),
            instructions: Instructions::new(),
        }
    }
}

impl FlowModFlags {
    /// Swaps the two that have one bit in OpenFlow 1.0 and later: both ways, so that no bit is lost.
    fn with_bits_of_1_0(mut self) -> Self {
        let (emergency, reset) =
            (self.contains(FlowModFlags::EMERGENCY), self.contains(FlowModFlags::RESET_COUNTS));
        self.set(FlowModFlags::RESET_COUNTS, emergency);
        self.set(FlowModFlags::EMERGENCY, reset);
        self
    }
}

impl Wire for FlowMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.version() == Version::V1_0 {
            return FlowMod::decode_1_0(r);
        }
        Ok(FlowMod {
            cookie: r.u64()?,
            cookie_mask: r.u64()?,
            table_id: TableId(r.u8()?),
            command: FlowModCommand::decode(r)?,
            idle_timeout: r.u16()?,
            hard_timeout: r.u16()?,
            priority: r.u16()?,
            buffer_id: BufferId(r.u32()?),
            out_port: PortNo(r.u32()?),
            out_group: GroupId(r.u32()?),
            flags: FlowModFlags::from_bits_retain(r.u16()?),
            importance: decode_importance(r)?,
            fields: Match::decode(r)?,
            instructions: Instruction::decode_list(r)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        if w.version() == Version::V1_0 {
            return self.encode_1_0(w);
        }
        w.u64(self.cookie);
        w.u64(self.cookie_mask);
        w.u8(self.table_id.0);
        self.command.encode(w);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.priority);
        w.u32(self.buffer_id.0);
        w.u32(self.out_port.0);
        w.u32(self.out_group.0);
        w.u16(self.flags.bits());
        encode_importance(self.importance, w);
        self.fields.encode(w);
        Instruction::encode_list(&self.instructions, w);
    }
}

impl FlowModCommand {
    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let number = r.u16()?;
        FlowModCommand::from_number(number, offset)
    }

    /// Returns the table that a flow-mod with this command has if it says nothing of one.
    fn table_in_1_0(self) -> TableId {
        match self {
            FlowModCommand::Add | FlowModCommand::Modify | FlowModCommand::ModifyStrict => {
                TableId(0)
            }
            FlowModCommand::Delete | FlowModCommand::DeleteStrict => TableId::ALL,
        }
    }

    fn from_number(number: u16, offset: usize) -> Result<Self, DecodeError> {
        Ok(match number {
            0 => FlowModCommand::Add,
            1 => FlowModCommand::Modify,
            2 => FlowModCommand::ModifyStrict,
            3 => FlowModCommand::Delete,
            4 => FlowModCommand::DeleteStrict,
            unknown => {
                return Err(DecodeError::Value {
                    structure: Structure::Body,
                    field: "flow-mod command",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::FLOW_MOD_COMMAND,
                });
            }
        })
    }
}

impl Wire for FlowModCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let number = r.u8()?;
        FlowModCommand::from_number(number.into(), offset)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(*self as u8);
    }
}

/// Reads what is padding before OpenFlow 1.4.
pub(crate) fn decode_importance(r: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let importance = r.u16()?;
    Ok(match r.version() {
        Version::V1_0 | Version::V1_3 => 0,
        Version::V1_4 | Version::V1_5 => importance,
    })
}

/// Writes what is padding before OpenFlow 1.4.
pub(crate) fn encode_importance(importance: u16, w: &mut Writer<'_>) {
    match w.version() {
        Version::V1_0 | Version::V1_3 => w.pad::<2>(),
        Version::V1_4 | Version::V1_5 => w.u16(importance),
    }
}
