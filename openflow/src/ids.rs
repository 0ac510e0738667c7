//! The small numbers of the protocol, each a type of its own so that one cannot stand for another.

use std::fmt;

/// Transaction id: what pairs a reply with its request.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Xid(pub u32);

/// Number of a switch port, or one of the reserved ports (OpenFlow 1.3.5 §7.2.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PortNo(pub u32);

impl PortNo {
    /// The highest number that a port of the switch can have.
    pub const MAX: PortNo = PortNo(0xffff_ff00);
    /// None yet, in the field of the port that the action set outputs to (1.5 on).
    pub const UNSET: PortNo = PortNo(0xffff_fff7);
    /// Back out of the port where the packet came in.
    pub const IN_PORT: PortNo = PortNo(0xffff_fff8);
    /// Through the flow tables, from a packet-out only.
    pub const TABLE: PortNo = PortNo(0xffff_fff9);
    /// The switch's own non-OpenFlow pipeline.
    pub const NORMAL: PortNo = PortNo(0xffff_fffa);
    /// Every port of the VLAN but the one where the packet came in.
    pub const FLOOD: PortNo = PortNo(0xffff_fffb);
    /// Every port but the one where the packet came in.
    pub const ALL: PortNo = PortNo(0xffff_fffc);
    /// The controller: a packet-in.
    pub const CONTROLLER: PortNo = PortNo(0xffff_fffd);
    /// The switch's own network stack.
    pub const LOCAL: PortNo = PortNo(0xffff_fffe);
    /// No port, or any port, in flow-mod filters and requests.
    pub const ANY: PortNo = PortNo(0xffff_ffff);

    /// Returns whether the number is that of a port of the switch and not a reserved one.
    pub fn is_ordinary(self) -> bool {
        (1..=PortNo::MAX.0).contains(&self.0)
    }
}

impl fmt::Display for PortNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            PortNo::UNSET => "UNSET",
            PortNo::IN_PORT => "IN_PORT",
            PortNo::TABLE => "TABLE",
            PortNo::NORMAL => "NORMAL",
            PortNo::FLOOD => "FLOOD",
            PortNo::ALL => "ALL",
            PortNo::CONTROLLER => "CONTROLLER",
            PortNo::LOCAL => "LOCAL",
            PortNo::ANY => "ANY",
            PortNo(number) => return number.fmt(f),
        };
        f.write_str(name)
    }
}

/// Where a switch keeps the packet of a packet-in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BufferId(pub u32);

impl BufferId {
    /// The switch keeps nothing: the message holds the packet.
    pub const NO_BUFFER: BufferId = BufferId(u32::MAX);
}

impl Default for BufferId {
    fn default() -> Self {
        BufferId::NO_BUFFER
    }
}

/// Number of a flow table.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableId(pub u8);

impl TableId {
    /// The highest number that a table can have.
    pub const MAX: TableId = TableId(0xfe);
    /// Every table, in deletions and statistics requests.
    pub const ALL: TableId = TableId(0xff);
}

/// Number of a group table entry.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupId(pub u32);

impl GroupId {
    /// The highest number that a group can have.
    pub const MAX: GroupId = GroupId(0xffff_ff00);
    /// Every group, in deletions and requests.
    pub const ALL: GroupId = GroupId(0xffff_fffc);
    /// No group, or any group, in flow-mod filters and requests.
    pub const ANY: GroupId = GroupId(0xffff_ffff);
}

/// Number of a bucket of a group, or its place in a command (OpenFlow 1.5 on).
///
/// Before OpenFlow 1.5 buckets have no numbers: they count from 0 in their order.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BucketId(pub u32);

impl BucketId {
    /// The highest number that a bucket can have.
    pub const MAX: BucketId = BucketId(0xffff_ff00);
    /// The first bucket, or before it.
    pub const FIRST: BucketId = BucketId(0xffff_fffd);
    /// The last bucket, or behind it.
    pub const LAST: BucketId = BucketId(0xffff_fffe);
    /// Every bucket, in removals; no bucket in commands that name none.
    pub const ALL: BucketId = BucketId(0xffff_ffff);
}

/// Number of a queue of a port.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueId(pub u32);

impl QueueId {
    /// Every queue of the port, in requests (`OFPQ_ALL`).
    pub const ALL: QueueId = QueueId(0xffff_ffff);
}

/// Number of a meter (OpenFlow 1.3.5 §7.3.4.4).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterId(pub u32);

impl MeterId {
    /// The highest number that a meter of flows can have.
    pub const MAX: MeterId = MeterId(0xffff_0000);
    /// The meter of packets that the switch's slow path takes.
    pub const SLOWPATH: MeterId = MeterId(0xffff_fffd);
    /// The meter of packets to the controller.
    pub const CONTROLLER: MeterId = MeterId(0xffff_fffe);
    /// Every meter, in deletions and statistics requests.
    pub const ALL: MeterId = MeterId(0xffff_ffff);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ports_print_their_names() {
        assert_eq!(PortNo(1).to_string(), "1");
        assert_eq!(PortNo::CONTROLLER.to_string(), "CONTROLLER");
        assert!(PortNo::MAX.is_ordinary());
        assert!(!PortNo(0).is_ordinary());
        assert!(!PortNo::LOCAL.is_ordinary());
    }
}
