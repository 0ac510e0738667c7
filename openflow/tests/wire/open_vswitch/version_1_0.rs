//! Messages of OpenFlow 1.0, and how `ovs-ofctl ofp-print` of Open vSwitch prints them; and flows that
//! it installs by it.

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, AsyncKind, Capabilities, Dpid, ErrorCode, ErrorMessage, EthernetPort,
    Features, FlowMod, FlowModFlags, FlowStatsRequest, GenerationId, Instruction, MacAddr, Match,
    Message, MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, PacketOut,
    Port, PortConfig, PortMod, PortModProperty, PortNo, PortProperty, PortState, QueueConfig,
    QueueDesc, QueueId, QueueProperty, QueueRequest, QueueStats, Role, RoleRequest, TP_SRC,
    TableId, Text, Version, key,
};

use super::{flow_mod, ofctl, said_by};

use Version::V1_0;

pub(super) fn sayings() -> Vec<(Version, Message, &'static str)> {
    let all = flows().into_iter().chain(others());
    all.map(|(message, text)| (V1_0, message, text)).collect()
}

fn flows() -> Vec<(Message, &'static str)> {
    let flow = |fields| FlowMod::add().with_match(fields);
    let web = Match::any()
        .with(key::IN_PORT, PortNo(1))
        .with(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 1]))
        .with(key::ETH_SRC, MacAddr([2, 0, 0, 0, 0, 2]))
        .with(key::ETH_TYPE, 0x0800)
        .with(key::VLAN_VID, key::VLAN_PRESENT | 5)
        .with(key::IP_DSCP, 8)
        .with(key::IP_PROTO, 6)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 255, 255, 0].into())
        .with(key::IPV4_DST, [10, 0, 0, 2].into())
        .with(key::TCP_DST, 80);
    let web = flow(web)
        .with_priority(10)
        .with_cookie(0x1234)
        .with_idle_timeout(60)
        .with_flags(FlowModFlags::SEND_FLOW_REM)
        .with_actions(vec![Action::output(PortNo(2)), Action::PopVlan]);
    let arp = Match::any().with(key::ETH_TYPE, 0x0806).with(key::ARP_OP, 1).with_masked(
        key::ARP_SPA,
        [10, 0, 0, 0].into(),
        [255, 0, 0, 0].into(),
    );
    let ping = Match::any()
        .with(key::ETH_TYPE, 0x0800)
        .with(key::IP_PROTO, 1)
        .with(key::ICMPV4_TYPE, 8)
        .with(key::ICMPV4_CODE, 0);
    let tagged = Match::any()
        .with_masked(key::VLAN_VID, key::VLAN_PRESENT, key::VLAN_PRESENT)
        .with(key::VLAN_PCP, 3);
    vec![
        (
            Message::FlowMod(web),
            "OFPT_FLOW_MOD (xid=0x7): ADD priority=10,tcp,in_port=1,dl_vlan=5,\
             dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,nw_src=10.0.0.0/24,nw_dst=10.0.0.2,\
             nw_tos=32,tp_dst=80 cookie:0x1234 idle:60 send_flow_rem actions=output:2,strip_vlan",
        ),
        (Message::FlowMod(flow(arp).with_actions(vec![Action::output(PortNo::FLOOD)])), {
            "OFPT_FLOW_MOD (xid=0x7): ADD priority=0,arp,arp_spa=10.0.0.0/8,arp_op=1 actions=FLOOD"
        }),
        (Message::FlowMod(flow(ping)), {
            "OFPT_FLOW_MOD (xid=0x7): ADD priority=0,icmp,icmp_type=8,icmp_code=0 actions=drop"
        }),
        (Message::FlowMod(flow(Match::any().with(key::VLAN_VID, 0))), {
            "OFPT_FLOW_MOD (xid=0x7): ADD priority=0,vlan_tci=0x0000 actions=drop"
        }),
        (Message::FlowMod(flow(tagged)), {
            "OFPT_FLOW_MOD (xid=0x7): ADD priority=0,dl_vlan_pcp=3 actions=drop"
        }),
        (Message::FlowMod(FlowMod { out_port: PortNo(2), ..FlowMod::delete() }), {
            "OFPT_FLOW_MOD (xid=0x7): DEL priority=0 out_port:2 actions=drop"
        }),
        (
            Message::PacketOut(PacketOut::new(
                vec![
                    Action::Enqueue { port: PortNo(2), queue_id: QueueId(3) },
                    Action::set_field(TP_SRC, 80),
                    Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
                    Action::set_field(key::VLAN_PCP, 3),
                    Action::set_field(key::IP_DSCP, 8),
                    Action::set_field(key::ETH_SRC, MacAddr([2, 0, 0, 0, 0, 1])),
                    Action::set_field(key::IPV4_DST, [10, 0, 0, 2].into()),
                    Action::SetQueue(4),
                    Action::DecNwTtl,
                    Action::PushMpls(0x8847),
                    Action::SetMplsTtl(64),
                    Action::DecMplsTtl,
                    Action::PopMpls(0x0800),
                ],
                Bytes::new(),
            )),
            "OFPT_PACKET_OUT (xid=0x7): in_port=CONTROLLER actions=enqueue:2:3,mod_tp_src:80,\
             mod_vlan_vid:5,mod_vlan_pcp:3,mod_nw_tos:32,mod_dl_src:02:00:00:00:00:01,\
             mod_nw_dst:10.0.0.2,set_queue:4,dec_ttl,push_mpls:0x8847,set_mpls_ttl(64),\
             dec_mpls_ttl,pop_mpls:0x0800 data_len=0",
        ),
    ]
}

fn others() -> Vec<(Message, &'static str)> {
    let request = |body| Message::MultipartRequest(MultipartRequest::new(body));
    let reply = |body| Message::MultipartReply(MultipartReply::new(body));
    let role = RoleRequest::new(Role::Equal, GenerationId::UNDEFINED);
    let port = Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("p2"),
        config: PortConfig::PORT_DOWN | PortConfig::NO_FLOOD,
        state: PortState::STP_BLOCK,
        properties: vec![PortProperty::Ethernet(EthernetPort {
            curr: 0x8040,
            advertised: 0x0800,
            supported: 0xf800,
            ..EthernetPort::default()
        })],
    };
    let features = Features {
        dpid: Dpid(0xab),
        n_buffers: 256,
        n_tables: 1,
        auxiliary_id: 0,
        capabilities: Capabilities::STP | Capabilities::ARP_MATCH_IP,
        actions: 0b11,
        ports: vec![port],
    };
    let port_mod = PortMod {
        port_no: PortNo(3),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        config: PortConfig::NO_FLOOD,
        mask: PortConfig::PORT_DOWN | PortConfig::NO_FLOOD,
        properties: vec![PortModProperty::Ethernet { advertise: 0x800 }],
    };
    let queue = QueueDesc {
        port_no: PortNo(1),
        queue_id: QueueId(3),
        properties: vec![QueueProperty::MinRate(500)],
    };
    let stats = QueueStats {
        port_no: PortNo(2),
        queue_id: QueueId(3),
        tx_bytes: 1,
        tx_packets: 2,
        tx_errors: 3,
        duration_sec: 0,
        duration_nsec: 0,
        properties: vec![],
    };
    let queues = QueueRequest { port_no: PortNo::ANY, queue_id: QueueId::ALL };
    vec![
        (
            Message::FeaturesReply(features),
            "OFPT_FEATURES_REPLY (xid=0x7): dpid:00000000000000ab\nn_tables:1, n_buffers:256\n\
             capabilities: STP ARP_MATCH_IP\nactions: output set_vlan_vid\n 2(p2): \
             addr:02:00:00:00:00:01\n     config:     PORT_DOWN NO_FLOOD\n     \
             state:      STP_BLOCK\n     current:    10GB-FD AUTO_PAUSE_ASYM\n     \
             advertised: COPPER\n     supported:  COPPER FIBER AUTO_NEG AUTO_PAUSE AUTO_PAUSE_ASYM\n     \
             speed: 10000 Mbps now, 0 Mbps max",
        ),
        (
            Message::PortMod(port_mod),
            "OFPT_PORT_MOD (xid=0x7): port: 3: addr:02:00:00:00:00:01\n     config: NO_FLOOD\n     \
             mask:   PORT_DOWN NO_FLOOD\n     advertise: COPPER",
        ),
        (Message::RoleRequest(role), "NXT_ROLE_REQUEST (xid=0x7): role=equal"),
        (Message::RoleReply(RoleRequest { role: Role::Slave, ..role }), {
            "NXT_ROLE_REPLY (xid=0x7): role=secondary"
        }),
        (
            Message::SetAsync(AsyncConfig::default().with(AsyncKind::PORT_STATUS_SLAVE, 1)),
            "NXT_SET_ASYNC_CONFIG (xid=0x7):\n primary:\n       PACKET_IN: (off)\n     \
             PORT_STATUS: (off)\n    FLOW_REMOVED: (off)\n     ROLE_STATUS: (off)\n    \
             TABLE_STATUS: (off)\n  REQUESTFORWARD: (off)\n\n secondary:\n       \
             PACKET_IN: (off)\n     PORT_STATUS: add\n    FLOW_REMOVED: (off)\n     \
             ROLE_STATUS: (off)\n    TABLE_STATUS: (off)\n  REQUESTFORWARD: (off)",
        ),
        (Message::BarrierRequest, "OFPT_BARRIER_REQUEST (xid=0x7):"),
        (
            request(MultipartRequestBody::Flow(FlowStatsRequest {
                table_id: TableId(3),
                ..FlowStatsRequest::all()
            })),
            "OFPST_FLOW request (xid=0x7): table=3",
        ),
        (request(MultipartRequestBody::PortStats(PortNo::ANY)), {
            "OFPST_PORT request (xid=0x7): port_no=ANY"
        }),
        (request(MultipartRequestBody::Queue(queues)), {
            "OFPST_QUEUE request (xid=0x7): port=ANY queue=ALL"
        }),
        (
            request(MultipartRequestBody::PortDesc(PortNo::ANY)),
            "OFPST_PORT_DESC request (xid=0x7): port=ANY",
        ),
        (reply(MultipartReplyBody::Queue(vec![stats])), {
            "OFPST_QUEUE reply (xid=0x7): 1 queues\n  port 2 queue 3: bytes=1, pkts=2, errors=3, \
             duration=?"
        }),
        (
            Message::QueueGetConfigReply(QueueConfig { port: PortNo(1), queues: vec![queue] }),
            "OFPT_QUEUE_GET_CONFIG_REPLY (xid=0x7): port=1\nqueue 3: min_rate:50.0%",
        ),
        (
            Message::Error(ErrorMessage {
                code: ErrorCode::FLOW_MOD_EMERGENCY_TIMEOUT,
                data: Bytes::from_static(&[1, 14, 0, 8, 0, 0, 0, 7]),
            }),
            "OFPT_ERROR (xid=0x7): OFPFMFC_BAD_EMERG_TIMEOUT\n\
             ***decode error: OFPBRC_BAD_LEN***\n\
             00000000  01 0e 00 08 00 00 00 07-                        |........        |",
        ),
    ]
}

/// `ovs-ofctl` takes us for a switch and installs flows.
#[test]
fn what_a_controller_says_is_read_and_written_again() {
    let Some(ofctl) = ofctl() else { return };
    let added = said_by(ofctl, V1_0, &["-O", "OpenFlow10", "add-flows"], FLOWS);
    let flows: Vec<FlowMod> = added.into_iter().filter_map(flow_mod).collect();
    assert_eq!(flows.len(), FLOWS.lines().count());
    let FlowMod { fields, instructions, .. } = &flows[0];
    assert_eq!(
        fields.to_string(),
        "eth_dst=02:00:00:00:00:01,eth_type=0x800,ip_proto=6,ipv4_src=10.0.0.0/255.0.0.0,tcp_dst=80"
    );
    let apply = Instruction::apply_actions([
        Action::set_field(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 9])),
        Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
        Action::Output { port: PortNo(2), max_len: 0 },
    ]);
    assert_eq!(instructions[..], [apply]);
    let actions = flows.iter().flat_map(|flow| &flow.instructions).flat_map(|it| match it {
        Instruction::ApplyActions(actions) => actions.as_slice(),
        _ => &[],
    });
    assert!(!actions.into_iter().any(|action| matches!(action, Action::Unknown(_))));
}

const FLOWS: &str = "\
priority=7,send_flow_rem,tcp,nw_src=10.0.0.0/8,tp_dst=80,dl_dst=02:00:00:00:00:01,actions=mod_dl_dst:02:00:00:00:00:09,mod_vlan_vid:5,output:2
priority=0,actions=CONTROLLER:65535
in_port=1,dl_vlan=5,dl_vlan_pcp=3,actions=strip_vlan,NORMAL
vlan_tci=0,actions=FLOOD
arp,arp_op=1,arp_spa=10.0.0.1,actions=LOCAL
icmp,icmp_type=8,icmp_code=0,actions=mod_nw_src:10.0.0.9,ALL
udp,nw_tos=32,tp_src=53,actions=mod_nw_tos:64,mod_tp_src:5353,enqueue:2:3
ip,actions=dec_ttl,set_queue:3,resubmit(,2),push_mpls:0x8847
in_port=LOCAL,dl_vlan_pcp=3,actions=IN_PORT,note:00.01
";
