//! Which messages a controller gets unasked, by its role (OpenFlow 1.3.5 §6.3.4, §7.3.10).

use openflow::{
    AsyncConfig, AsyncKind, AsyncProperty, FlowRemovedReason, PacketInReason, PortReason, Role,
    Version,
};

/// The masks of one connection: a bit for each reason, for each kind of message and role.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(super) struct Masks {
    packet_in: ByRole,
    port_status: ByRole,
    flow_removed: ByRole,
}

#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct ByRole {
    /// For a master, and an equal.
    master: u32,
    slave: u32,
}

impl ByRole {
    fn of(self, role: Role) -> u32 {
        match role {
            Role::Slave => self.slave,
            Role::Master | Role::Equal | Role::NoChange => self.master,
        }
    }
}

impl Masks {
    /// Returns what Open vSwitch starts with: a slave gets port-status and nothing else.
    pub(super) fn of(version: Version) -> Self {
        let (packet_in, flow_removed) = match version {
            Version::V1_0 | Version::V1_3 => (0b11, 0xf),
            Version::V1_4 | Version::V1_5 => (0x3f & !PacketInReason::INVALID_TTL.bit(), 0x3f),
        };
        Self {
            packet_in: ByRole { master: packet_in, slave: 0 },
            port_status: ByRole { master: 0b111, slave: 0b111 },
            flow_removed: ByRole { master: flow_removed, slave: 0 },
        }
    }

    /// Sets what `config` names, and leaves the rest.
    pub(super) fn set(&mut self, config: &AsyncConfig) {
        for property in &config.properties {
            let AsyncProperty::Mask { kind, mask } = property else { continue };
            if let Some(known) = self.mask(*kind) {
                *known = *mask;
            }
        }
    }

    fn mask(&mut self, kind: AsyncKind) -> Option<&mut u32> {
        match kind {
            AsyncKind::PACKET_IN_MASTER => Some(&mut self.packet_in.master),
            AsyncKind::PACKET_IN_SLAVE => Some(&mut self.packet_in.slave),
            AsyncKind::PORT_STATUS_MASTER => Some(&mut self.port_status.master),
            AsyncKind::PORT_STATUS_SLAVE => Some(&mut self.port_status.slave),
            AsyncKind::FLOW_REMOVED_MASTER => Some(&mut self.flow_removed.master),
            AsyncKind::FLOW_REMOVED_SLAVE => Some(&mut self.flow_removed.slave),
            _ => None,
        }
    }

    pub(super) fn to_config(self) -> AsyncConfig {
        AsyncConfig::default()
            .with(AsyncKind::PACKET_IN_MASTER, self.packet_in.master)
            .with(AsyncKind::PACKET_IN_SLAVE, self.packet_in.slave)
            .with(AsyncKind::PORT_STATUS_MASTER, self.port_status.master)
            .with(AsyncKind::PORT_STATUS_SLAVE, self.port_status.slave)
            .with(AsyncKind::FLOW_REMOVED_MASTER, self.flow_removed.master)
            .with(AsyncKind::FLOW_REMOVED_SLAVE, self.flow_removed.slave)
    }

    pub(super) fn packet_in(&self, role: Role, reason: PacketInReason) -> bool {
        self.packet_in.of(role) & reason.bit() != 0
    }

    pub(super) fn port_status(&self, role: Role, reason: PortReason) -> bool {
        has(self.port_status.of(role), reason.0)
    }

    pub(super) fn flow_removed(&self, role: Role, reason: FlowRemovedReason) -> bool {
        has(self.flow_removed.of(role), reason.0)
    }
}

fn has(mask: u32, reason: u8) -> bool {
    mask.checked_shr(reason.into()).unwrap_or_default() & 1 == 1
}
