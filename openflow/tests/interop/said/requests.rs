//! What os-ken asks for.

use openflow::{
    BundleFeatureFlags, BundleFeaturesRequest, ElementHeader, FlowMonitorCommand, FlowMonitorFlags,
    FlowMonitorRequest, FlowStatsRequest, GroupId, Match, Message, MeterId, MultipartRequest,
    MultipartRequestBody, OxmHeader, PortNo, QueueConfigRequest, QueueId, QueueRequest,
    TableConfig, TableFeatureFlags, TableFeatureProperty, TableFeatures, TableFeaturesCommand,
    TableId, Text, Version, key,
};

use super::{MAC, Meant};

use MultipartRequestBody as Body;
use Version::{V1_3, V1_4, V1_5};

pub(super) fn since_1_3(version: Version) -> Vec<Meant> {
    let flows = |fields| FlowStatsRequest {
        table_id: TableId(1),
        out_port: PortNo(2),
        out_group: GroupId(3),
        cookie: 4,
        cookie_mask: 5,
        fields,
    };
    let queues = QueueRequest { port_no: PortNo(2), queue_id: QueueId::ALL };
    let mut all = vec![
        ("desc", Body::Desc),
        ("flow-stats", Body::Flow(flows(Match::any().with(key::ETH_DST, MAC)))),
        ("aggregate", Body::Aggregate(flows(Match::any().with(key::IN_PORT, PortNo(1))))),
        ("table-stats", Body::Table),
        ("port-stats", Body::PortStats(PortNo::ANY)),
        ("queue-stats", Body::Queue(queues)),
        ("group-stats", Body::Group(GroupId::ALL)),
        ("group-desc", Body::GroupDesc(GroupId::ALL)),
        ("group-features", Body::GroupFeatures),
        ("meter-stats", Body::Meter(MeterId(3))),
        ("meter-features", Body::MeterFeatures),
        ("port-desc", Body::PortDesc(PortNo::ANY)),
        ("table-features", Body::TableFeatures(vec![table_features(version)])),
    ];
    if version == V1_3 {
        all.push(("meter-config", Body::MeterConfig(MeterId::ALL)));
    }
    if version >= V1_4 {
        all.push(("table-desc", Body::TableDesc));
        all.push(("queue-desc", Body::QueueDesc(queues)));
        all.push(("flow-monitor", Body::FlowMonitor(vec![monitor()])));
    }
    if version >= V1_5 {
        all.push(("flow-counters", Body::FlowCounters(FlowStatsRequest::all())));
        all.push(("controllers", Body::ControllerStatus));
        all.push(("bundle-features", Body::BundleFeatures(bundle_features())));
    }
    let messages = all.into_iter().map(|(name, body)| (name, request(body)));
    let queues = Message::QueueGetConfigRequest(QueueConfigRequest { port: PortNo::ANY });
    messages.chain((version == V1_3).then_some(("queue-config", queues))).collect()
}

pub(super) fn request(body: MultipartRequestBody) -> Message {
    Message::MultipartRequest(MultipartRequest::new(body))
}

fn monitor() -> FlowMonitorRequest {
    FlowMonitorRequest {
        monitor_id: 1,
        out_port: PortNo(2),
        out_group: GroupId::ANY,
        flags: FlowMonitorFlags::INITIAL | FlowMonitorFlags::ADD | FlowMonitorFlags::INSTRUCTIONS,
        table_id: TableId(1),
        command: FlowMonitorCommand::Add,
        fields: Match::any().with(key::IN_PORT, PortNo(3)),
    }
}

fn bundle_features() -> BundleFeaturesRequest {
    BundleFeaturesRequest { flags: BundleFeatureFlags::from_bits_retain(1), properties: vec![] }
}

fn table_features(version: Version) -> TableFeatures {
    let (command, features) = match version {
        V1_5 => (TableFeaturesCommand::Modify, TableFeatureFlags::INGRESS_TABLE),
        _ => (TableFeaturesCommand::Replace, TableFeatureFlags::empty()),
    };
    // os-ken leaves the lengths of fields out before 1.5.
    let headers = |headers: &[OxmHeader]| {
        let length = |header: &OxmHeader| if version == V1_5 { header.length } else { 0 };
        headers.iter().map(|header| OxmHeader { length: length(header), ..*header }).collect()
    };
    let kinds = |kinds: [u16; 2]| kinds.map(ElementHeader::of).to_vec();
    TableFeatures {
        table_id: TableId(1),
        command,
        features,
        name: Text::from("main"),
        metadata_match: 0xff,
        metadata_write: 0xf,
        config: TableConfig::empty(),
        max_entries: 1000,
        properties: vec![
            TableFeatureProperty::Instructions(kinds([1, 4])),
            TableFeatureProperty::NextTables([2, 3, 4].map(TableId).to_vec()),
            TableFeatureProperty::ApplyActions(kinds([0, 25])),
            TableFeatureProperty::Match(headers(&[
                OxmHeader::exact(key::IN_PORT),
                OxmHeader::masked(key::ETH_DST),
            ])),
            TableFeatureProperty::ApplySetField(headers(&[OxmHeader::exact(key::VLAN_VID)])),
        ],
    }
}
