use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, BufferId, PortNo, Version};

/// Body of `OFPT_PACKET_OUT`: a packet for the switch to send.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketOut {
    /// Where the switch keeps the packet, if `data` does not hold it.
    pub buffer_id: BufferId,
    /// Port that the packet counts as received on, or [`PortNo::CONTROLLER`].
    pub in_port: PortNo,
    /// What to do with it.
    pub actions: Vec<Action>,
    /// The packet from its Ethernet header on; empty if it is buffered.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl PacketOut {
    /// Returns the request to do `actions` to a packet of the controller's own.
    pub fn new(actions: Vec<Action>, data: Bytes) -> Self {
        PacketOut { buffer_id: BufferId::NO_BUFFER, in_port: PortNo::CONTROLLER, actions, data }
    }
}

impl Wire for PacketOut {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let buffer_id = BufferId(r.u32()?);
        let in_port = PortNo::decode(r)?;
        let actions_len = usize::from(r.u16()?);
        if r.version() > Version::V1_0 {
            r.pad::<6>()?;
        }
        let actions = r.within(Structure::Action, actions_len)?.list()?;
        Ok(PacketOut { buffer_id, in_port, actions, data: r.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.buffer_id.0);
        self.in_port.encode(w);
        match w.version() {
            Version::V1_0 => w.counted::<0>(|w| w.list(&self.actions)),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                w.counted::<6>(|w| w.list(&self.actions));
            }
        }
        w.slice(&self.data);
    }
}
