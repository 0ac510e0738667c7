//! What a message is called, and what it does.

use bytes::Bytes;
use openflow::{
    BundleFeatureFlags, BundleFeaturesRequest, Experimenter, FlowStatsRequest, MultipartRequest,
    MultipartRequestBody, MultipartType, TableConfig, TableFeatureFlags, TableFeatures,
    TableFeaturesCommand, TableId, Text,
};

use crate::vectors::vectors;

/// The names are an interface: logs, metrics and `baton decode` show them.
#[test]
fn every_message_has_its_name() {
    let mut names: Vec<&str> = vectors().iter().map(|v| v.frame.message.type_name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "BATON_SHORT_ID",
            "NXT_CT_FLUSH_ZONE",
            "NXT_FLOW_AGE",
            "NXT_FLOW_MOD_TABLE_ID",
            "NXT_FLOW_MONITOR_CANCEL",
            "NXT_FLOW_MONITOR_PAUSED",
            "NXT_FLOW_MONITOR_RESUMED",
            "NXT_PACKET_IN",
            "NXT_PACKET_IN2",
            "NXT_RESUME",
            "NXT_ROLE_REPLY",
            "NXT_ROLE_REQUEST",
            "NXT_SET_ASYNC_CONFIG",
            "NXT_SET_ASYNC_CONFIG2",
            "NXT_SET_CONTROLLER_ID",
            "NXT_SET_FLOW_FORMAT",
            "NXT_SET_PACKET_IN_FORMAT",
            "NXT_TLV_TABLE_MOD",
            "NXT_TLV_TABLE_REPLY",
            "NXT_TLV_TABLE_REQUEST",
            "OFPT_BARRIER_REPLY",
            "OFPT_BARRIER_REQUEST",
            "OFPT_BUNDLE_ADD_MESSAGE",
            "OFPT_BUNDLE_CONTROL",
            "OFPT_CONTROLLER_STATUS",
            "OFPT_ECHO_REPLY",
            "OFPT_ECHO_REQUEST",
            "OFPT_ERROR",
            "OFPT_EXPERIMENTER",
            "OFPT_FEATURES_REPLY",
            "OFPT_FEATURES_REQUEST",
            "OFPT_FLOW_MOD",
            "OFPT_FLOW_REMOVED",
            "OFPT_GET_ASYNC_REPLY",
            "OFPT_GET_ASYNC_REQUEST",
            "OFPT_GET_CONFIG_REPLY",
            "OFPT_GET_CONFIG_REQUEST",
            "OFPT_GROUP_MOD",
            "OFPT_HELLO",
            "OFPT_METER_MOD",
            "OFPT_MULTIPART_REPLY",
            "OFPT_MULTIPART_REQUEST",
            "OFPT_PACKET_IN",
            "OFPT_PACKET_OUT",
            "OFPT_PORT_MOD",
            "OFPT_PORT_STATUS",
            "OFPT_QUEUE_GET_CONFIG_REPLY",
            "OFPT_QUEUE_GET_CONFIG_REQUEST",
            "OFPT_REQUESTFORWARD",
            "OFPT_ROLE_REPLY",
            "OFPT_ROLE_REQUEST",
            "OFPT_ROLE_STATUS",
            "OFPT_SET_ASYNC",
            "OFPT_SET_CONFIG",
            "OFPT_TABLE_MOD",
            "OFPT_TABLE_STATUS",
            "OFPT_UNKNOWN",
        ]
    );
}

#[test]
fn the_fence_stops_what_changes_a_switch() {
    let mut stopped: Vec<&str> = vectors()
        .iter()
        .filter(|vector| vector.frame.message.changes_switch())
        .map(|vector| vector.frame.message.type_name())
        .collect();
    stopped.sort_unstable();
    stopped.dedup();
    let changes = [
        "NXT_CT_FLUSH_ZONE",
        "NXT_FLOW_MOD_TABLE_ID",
        "NXT_RESUME",
        "NXT_TLV_TABLE_MOD",
        "OFPT_BUNDLE_ADD_MESSAGE",
        "OFPT_BUNDLE_CONTROL",
        "OFPT_CONTROLLER_STATUS", // type 35 in a 1.4 header: nobody knows what it is there
        "OFPT_EXPERIMENTER",
        "OFPT_FLOW_MOD",
        "OFPT_GROUP_MOD",
        "OFPT_METER_MOD",
        "OFPT_MULTIPART_REQUEST", // one that sets table features, an experimenter's, one of 1.5
        "OFPT_PACKET_OUT",
        "OFPT_PORT_MOD",
        "OFPT_QUEUE_GET_CONFIG_REQUEST", // type 22 in a 1.4 header: nobody knows what it is there
        "OFPT_ROLE_STATUS",              // type 30 in a 1.3 header: the same
        "OFPT_SET_CONFIG",
        "OFPT_TABLE_MOD",
        "OFPT_UNKNOWN",
    ];
    assert_eq!(stopped, changes);
}

#[test]
fn the_fence_stops_a_multipart_request_that_does_not_just_read() {
    let table = TableFeatures {
        table_id: TableId(0),
        name: Text::default(),
        command: TableFeaturesCommand::Replace,
        features: TableFeatureFlags::empty(),
        metadata_match: 0,
        metadata_write: 0,
        config: TableConfig::empty(),
        max_entries: 1,
        properties: vec![],
    };
    let unknown = |kind| {
        let (kind, body) = (MultipartType(kind), Bytes::new());
        MultipartRequestBody::Unknown { kind, body }
    };
    let anything = Experimenter { experimenter: 1, kind: 2, data: Bytes::new() };
    let bundles = |flags| {
        let properties = vec![];
        MultipartRequestBody::BundleFeatures(BundleFeaturesRequest { flags, properties })
    };
    let cases = [
        (bundles(BundleFeatureFlags::TIMESTAMP), false),
        (bundles(BundleFeatureFlags::TIMESTAMP | BundleFeatureFlags::TIME_SET_SCHED), true),
        (MultipartRequestBody::FlowCounters(FlowStatsRequest::all()), false),
        (MultipartRequestBody::ControllerStatus, false),
        (MultipartRequestBody::TableFeatures(vec![]), false),
        (MultipartRequestBody::TableFeatures(vec![table]), true),
        (MultipartRequestBody::FlowMonitor(vec![]), false),
        (MultipartRequestBody::Experimenter(anything), true),
        (unknown(16), false),
        (unknown(17), true),
    ];
    for (body, changes) in cases {
        let request = MultipartRequest::new(body);
        assert_eq!(request.changes_switch(), changes, "{request:?}");
    }
}
