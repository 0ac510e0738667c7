//! What os-ken says in OpenFlow 1.0.

use openflow::{
    Action, BufferId, FlowMod, FlowModFlags, FlowStatsRequest, GenerationId, Match, Message,
    MultipartRequestBody, PacketOut, PortConfig, PortMod, PortModProperty, PortNo,
    QueueConfigRequest, QueueId, QueueRequest, Role, RoleRequest, TP_DST, TP_SRC, TableId, key,
};

use super::requests::request;
use super::{MAC, Meant, PACKET, nicira, packet_out};

use MultipartRequestBody as Body;

pub(super) fn meant() -> Vec<Meant> {
    let flows = |fields, out_port| FlowStatsRequest { fields, out_port, ..FlowStatsRequest::all() };
    let queues = QueueRequest { port_no: PortNo::ANY, queue_id: QueueId::ALL };
    let role = RoleRequest::new(Role::Master, GenerationId::UNDEFINED);
    let flood = vec![Action::Output { port: PortNo::FLOOD, max_len: 0 }];
    let unsent = PacketOut { in_port: PortNo::ANY, ..packet_out(nicira::actions(), b"") };
    let port = PortMod {
        port_no: PortNo(3),
        hw_addr: MAC,
        config: PortConfig::PORT_DOWN,
        mask: PortConfig::PORT_DOWN | PortConfig::NO_FWD,
        properties: vec![PortModProperty::Ethernet { advertise: 0 }],
    };
    vec![
        ("flow-add", Message::FlowMod(flow())),
        ("flow-delete", Message::FlowMod(FlowMod { out_port: PortNo(2), ..FlowMod::delete() })),
        ("packet-out", Message::PacketOut(packet_out(flood, PACKET))),
        ("port-mod", Message::PortMod(port)),
        ("desc", request(Body::Desc)),
        ("flow-stats", request(Body::Flow(flows(every_field(), PortNo::ANY)))),
        ("aggregate", request(Body::Aggregate(flows(Match::any(), PortNo(2))))),
        ("table-stats", request(Body::Table)),
        ("port-stats", request(Body::PortStats(PortNo::ANY))),
        ("queue-stats", request(Body::Queue(queues))),
        ("queue-config", Message::QueueGetConfigRequest(QueueConfigRequest { port: PortNo(2) })),
        ("role-request", Message::RoleRequest(role)),
        ("nicira-actions", Message::PacketOut(unsent)),
    ]
}

fn flow() -> FlowMod {
    FlowMod { buffer_id: BufferId::NO_BUFFER, ..FlowMod::add() }
        .with_cookie(0x1234)
        .with_table(TableId(0))
        .with_idle_timeout(60)
        .with_hard_timeout(90)
        .with_priority(10)
        .with_flags(FlowModFlags::SEND_FLOW_REM)
        .with_match(every_field())
        .with_actions(actions())
}

fn every_field() -> Match {
    Match::any()
        .with(key::IN_PORT, PortNo(1))
        .with(key::ETH_DST, MAC)
        .with(key::ETH_SRC, MAC)
        .with(key::ETH_TYPE, 0x800)
        .with(key::VLAN_VID, key::VLAN_PRESENT | 5)
        .with(key::VLAN_PCP, 3)
        .with(key::IP_DSCP, 8)
        .with(key::IP_PROTO, 6)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 0, 0, 0].into())
        .with(key::IPV4_DST, [10, 0, 0, 2].into())
        .with(key::TCP_SRC, 1000)
        .with(key::TCP_DST, 80)
}

fn actions() -> Vec<Action> {
    vec![
        Action::Output { port: PortNo::CONTROLLER, max_len: 128 },
        Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
        Action::set_field(key::VLAN_PCP, 3),
        Action::PopVlan,
        Action::set_field(key::ETH_SRC, MAC),
        Action::set_field(key::ETH_DST, MAC),
        Action::set_field(key::IPV4_SRC, [10, 0, 0, 1].into()),
        Action::set_field(key::IPV4_DST, [10, 0, 0, 2].into()),
        Action::set_field(key::IP_DSCP, 8),
        Action::set_field(TP_SRC, 1000),
        Action::set_field(TP_DST, 80),
        Action::Enqueue { port: PortNo(2), queue_id: QueueId(3) },
    ]
}
