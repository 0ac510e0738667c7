use crate::Dpid;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_FEATURES_REPLY`: who the switch is and what it can do.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Features {
    /// Identity of the switch. Nothing but the transport can vouch for it.
    pub dpid: Dpid,
    /// How many packets the switch can buffer.
    pub n_buffers: u32,
    /// How many tables it has.
    pub n_tables: u8,
    /// 0 for the main connection, the number of an auxiliary one else.
    pub auxiliary_id: u8,
    /// What it can do.
    pub capabilities: Capabilities,
}

bitflags::bitflags! {
    /// What a switch can do; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct Capabilities: u32 {
        /// Flow statistics.
        const FLOW_STATS = 1 << 0;
        /// Table statistics.
        const TABLE_STATS = 1 << 1;
        /// Port statistics.
        const PORT_STATS = 1 << 2;
        /// Group statistics.
        const GROUP_STATS = 1 << 3;
        /// Reassembly of IP fragments.
        const IP_REASM = 1 << 5;
        /// Queue statistics.
        const QUEUE_STATS = 1 << 6;
        /// Blocks ports that would loop.
        const PORT_BLOCKED = 1 << 8;
        /// Bundles (1.4.1 on).
        const BUNDLES = 1 << 9;
        /// Monitors of flows (1.4.1 on).
        const FLOW_MONITORING = 1 << 10;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(Capabilities);

impl Wire for Features {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let dpid = Dpid(r.u64()?);
        let n_buffers = r.u32()?;
        let n_tables = r.u8()?;
        let auxiliary_id = r.u8()?;
        r.pad::<2>()?;
        let capabilities = Capabilities::from_bits_retain(r.u32()?);
        r.pad::<4>()?;
        Ok(Features { dpid, n_buffers, n_tables, auxiliary_id, capabilities })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.dpid.0);
        w.u32(self.n_buffers);
        w.u8(self.n_tables);
        w.u8(self.auxiliary_id);
        w.pad::<2>();
        w.u32(self.capabilities.bits());
        w.pad::<4>();
    }
}
