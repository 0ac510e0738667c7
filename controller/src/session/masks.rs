//! Which asynchronous messages a switch sends us, by our role there.

use openflow::{AsyncConfig, AsyncKind, PacketInReason, Version};

/// Returns the masks that every session sets, once.
///
/// A standby hears of ports and of flows that are gone, so that it knows them when it takes over, and so
/// that `FLOW_REMOVED` is not lost when masters change quickly.
pub(crate) fn masks(version: Version) -> AsyncConfig {
    let packet_ins =
        [PacketInReason::TABLE_MISS, PacketInReason::APPLY_ACTION, PacketInReason::INVALID_TTL];
    let newer = [PacketInReason::ACTION_SET, PacketInReason::GROUP, PacketInReason::PACKET_OUT];
    let mut packet_in = packet_ins.into_iter().fold(0, |mask, reason| mask | reason.bit());
    if version >= Version::V1_4 {
        packet_in = newer.into_iter().fold(packet_in, |mask, reason| mask | reason.bit());
    }
    let config = AsyncConfig::default()
        .with(AsyncKind::PACKET_IN_SLAVE, 0)
        .with(AsyncKind::PACKET_IN_MASTER, packet_in)
        .with(AsyncKind::PORT_STATUS_SLAVE, ALL_PORT_REASONS)
        .with(AsyncKind::PORT_STATUS_MASTER, ALL_PORT_REASONS)
        .with(AsyncKind::FLOW_REMOVED_SLAVE, ALL_REMOVED_REASONS)
        .with(AsyncKind::FLOW_REMOVED_MASTER, ALL_REMOVED_REASONS);
    match version {
        Version::V1_0 | Version::V1_3 => config,
        Version::V1_4 | Version::V1_5 => config
            .with(AsyncKind::ROLE_STATUS_SLAVE, ALL_ROLE_REASONS)
            .with(AsyncKind::ROLE_STATUS_MASTER, ALL_ROLE_REASONS),
    }
}

/// `OFPPR_ADD`, `OFPPR_DELETE`, `OFPPR_MODIFY`.
const ALL_PORT_REASONS: u32 = 0b111;
/// `OFPRR_IDLE_TIMEOUT`, `OFPRR_HARD_TIMEOUT`, `OFPRR_DELETE`, `OFPRR_GROUP_DELETE`.
const ALL_REMOVED_REASONS: u32 = 0b1111;
/// `OFPCRR_MASTER_REQUEST`, `OFPCRR_CONFIG`, `OFPCRR_EXPERIMENTER`.
const ALL_ROLE_REASONS: u32 = 0b111;
