use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{Dpid, Port, Version};

/// Body of `OFPT_FEATURES_REPLY`: who the switch is and what it can do.
///
/// ```text
/// 1.0   dpid 8 | buffers 4 | tables 1 | pad 3                 | capabilities 4 | actions 4 | ports
/// 1.3   dpid 8 | buffers 4 | tables 1 | auxiliary id 1, pad 2 | capabilities 4 | pad 4
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Features {
    /// Identity of the switch. Nothing but the transport can vouch for it.
    pub dpid: Dpid,
    /// How many packets the switch can buffer.
    pub n_buffers: u32,
    /// How many tables it has.
    pub n_tables: u8,
    /// 0 for the main connection, the number of an auxiliary one else; 0 in OpenFlow 1.0.
    pub auxiliary_id: u8,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Which actions it can do, a bit for each type of OpenFlow 1.0, which alone has them here.
    pub actions: u32,
    /// Its ports, in OpenFlow 1.0; later ones are asked for.
    pub ports: Vec<Port>,
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
        /// Matches IP addresses of ARP packets (1.0).
        const ARP_MATCH_IP = 1 << 7;
        /// Blocks ports that would loop.
        const PORT_BLOCKED = 1 << 8;
        /// Bundles (1.4.1 on).
        const BUNDLES = 1 << 9;
        /// Monitors of flows (1.4.1 on).
        const FLOW_MONITORING = 1 << 10;
        /// Speaks a spanning tree protocol (1.0, where it has the bit of the group statistics).
        const STP = 1 << 31;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(Capabilities);

impl Capabilities {
    /// Swaps the two that have one bit in OpenFlow 1.0 and later: both ways, so that no bit is lost.
    fn with_bits_of_1_0(mut self) -> Self {
        let (stp, groups) =
            (self.contains(Capabilities::STP), self.contains(Capabilities::GROUP_STATS));
        self.set(Capabilities::GROUP_STATS, stp);
        self.set(Capabilities::STP, groups);
        self
    }
}

impl Wire for Features {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let dpid = Dpid(r.u64()?);
        let n_buffers = r.u32()?;
        let n_tables = r.u8()?;
        let mut auxiliary_id = r.u8()?;
        r.pad::<2>()?;
        let mut capabilities = Capabilities::from_bits_retain(r.u32()?);
        let mut actions = r.u32()?;
        let mut ports = Vec::new();
        match r.version() {
            Version::V1_0 => {
                auxiliary_id = 0;
                capabilities = capabilities.with_bits_of_1_0();
                ports = r.list()?;
            }
            Version::V1_3 | Version::V1_4 | Version::V1_5 => actions = 0,
        }
        Ok(Features { dpid, n_buffers, n_tables, auxiliary_id, capabilities, actions, ports })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.dpid.0);
        w.u32(self.n_buffers);
        w.u8(self.n_tables);
        match w.version() {
            Version::V1_0 => {
                w.pad::<3>();
                w.u32(self.capabilities.with_bits_of_1_0().bits());
                w.u32(self.actions);
                w.list(&self.ports);
            }
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                w.u8(self.auxiliary_id);
                w.pad::<2>();
                w.u32(self.capabilities.bits());
                w.pad::<4>();
            }
        }
    }
}
