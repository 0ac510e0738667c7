use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, GroupId, PortNo};

/// One of the ways that a packet may take through a group (OpenFlow 1.3.5 §7.3.4.2).
///
/// ```text
/// length 2 | weight 2 | watch_port 4 | watch_group 4 | pad 4 | actions
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bucket {
    /// Its share of the packets, in a group that selects; 0 in others.
    pub weight: u16,
    /// Port that must be live for a fast-failover group to use it, or [`PortNo::ANY`].
    pub watch_port: PortNo,
    /// Group that must be live for a fast-failover group to use it, or [`GroupId::ANY`].
    pub watch_group: GroupId,
    /// What to do with the packet.
    pub actions: Vec<Action>,
}

impl Bucket {
    /// Returns the bucket that does this to every packet of its group, whatever is live.
    pub fn new(actions: Vec<Action>) -> Self {
        Bucket { weight: 0, watch_port: PortNo::ANY, watch_group: GroupId::ANY, actions }
    }

    /// Sets its share of the packets.
    #[must_use]
    pub fn with_weight(self, weight: u16) -> Self {
        Bucket { weight, ..self }
    }

    /// Sets the port that must be live for it to be used.
    #[must_use]
    pub fn with_watch_port(self, watch_port: PortNo) -> Self {
        Bucket { watch_port, ..self }
    }
}

impl Wire for Bucket {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (structure, offset) = (Structure::Bucket, r.offset());
        let mut bucket = r.entry(structure, MINIMUM)?;
        let length = r.offset() - offset;
        if !length.is_multiple_of(8) {
            return Err(DecodeError::Unaligned { structure, offset, length });
        }
        let weight = bucket.u16()?;
        let watch_port = PortNo(bucket.u32()?);
        let watch_group = GroupId(bucket.u32()?);
        bucket.pad::<4>()?;
        Ok(Bucket { weight, watch_port, watch_group, actions: bucket.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u16(self.weight);
            w.u32(self.watch_port.0);
            w.u32(self.watch_group.0);
            w.pad::<4>();
            w.list(&self.actions);
        });
    }
}

/// A bucket without actions.
const MINIMUM: usize = 16;
