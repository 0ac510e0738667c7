use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, MeterBand, MeterId};

/// Body of `OFPT_METER_MOD`: a change to a meter (OpenFlow 1.3.5 §7.3.4.4).
///
/// ```text
/// command 2 | flags 2 | meter_id 4 | bands
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterMod {
    /// What to do.
    pub command: MeterModCommand,
    /// What the meter measures, and how.
    pub flags: MeterFlags,
    /// Meter to change; [`MeterId::ALL`] in a deletion.
    pub meter_id: MeterId,
    /// What becomes of packets over a rate; a deletion has none.
    pub bands: Vec<MeterBand>,
}

/// What a meter-mod does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum MeterModCommand {
    /// Add a meter, which must not be there yet.
    Add = 0,
    /// Replace the bands of a meter, which must be there.
    Modify = 1,
    /// Delete the meter, or all of them, and the flows that it meters.
    Delete = 2,
}

bitflags::bitflags! {
    /// What a meter measures, and how; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct MeterFlags: u16 {
        /// Rates are in kbit/s.
        const KBPS = 1 << 0;
        /// Rates are in packets per second.
        const PKTPS = 1 << 1;
        /// Burst sizes count.
        const BURST = 1 << 2;
        /// Keep statistics.
        const STATS = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(MeterFlags);

impl MeterMod {
    /// Returns the addition of a meter.
    pub fn add(meter_id: MeterId, flags: MeterFlags, bands: Vec<MeterBand>) -> Self {
        MeterMod { command: MeterModCommand::Add, flags, meter_id, bands }
    }

    /// Returns the deletion of a meter, or with [`MeterId::ALL`] of all.
    pub fn delete(meter_id: MeterId) -> Self {
        let (command, flags) = (MeterModCommand::Delete, MeterFlags::empty());
        MeterMod { command, flags, meter_id, bands: Vec::new() }
    }
}

impl Wire for MeterMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(MeterMod {
            command: MeterModCommand::decode(r)?,
            flags: MeterFlags::from_bits_retain(r.u16()?),
            meter_id: MeterId(r.u32()?),
            // A switch says in 8 bits how many it takes.
            bands: r.bounded_list(Structure::MeterBand)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.command.encode(w);
        w.u16(self.flags.bits());
        w.u32(self.meter_id.0);
        w.list(&self.bands);
    }
}

impl Wire for MeterModCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u16()? {
            0 => MeterModCommand::Add,
            1 => MeterModCommand::Modify,
            2 => MeterModCommand::Delete,
            unknown => {
                return Err(DecodeError::Value {
                    structure: Structure::Body,
                    field: "meter-mod command",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::METER_MOD_COMMAND,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(*self as u16);
    }
}
