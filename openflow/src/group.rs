use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, GroupId, PortNo};

/// One way that a group sends packets (`ofp_bucket`, OpenFlow 1.3.5 §7.3.4.3).
///
/// ```text
/// +--------+--------+------------+-------------+---------+---------+
/// | length | weight | watch port | watch group | padding | actions |
/// +--------+--------+------------+-------------+---------+---------+
///     2        2          4            4            4
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bucket {
    /// Share of the packets, in a select group.
    pub weight: u16,
    /// Port that must be up, in a fast-failover group, unless [`PortNo::ANY`].
    pub watch_port: PortNo,
    /// Group that must be live, in a fast-failover group, unless [`GroupId::ANY`].
    pub watch_group: GroupId,
    /// What becomes of the packets.
    pub actions: Vec<Action>,
}

/// How a group chooses among its buckets: an open registry (`ofp_group_type`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupType(pub u8);

impl GroupType {
    /// Every bucket gets a copy.
    pub const ALL: GroupType = GroupType(0);
    /// The switch selects one.
    pub const SELECT: GroupType = GroupType(1);
    /// There is one.
    pub const INDIRECT: GroupType = GroupType(2);
    /// The first that is live.
    pub const FAST_FAILOVER: GroupType = GroupType(3);
}

impl Wire for Bucket {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::Bucket, MINIMUM)?;
        let weight = r.u16()?;
        let watch_port = PortNo(r.u32()?);
        let watch_group = GroupId(r.u32()?);
        r.pad::<4>()?;
        Ok(Bucket { weight, watch_port, watch_group, actions: r.list()? })
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
