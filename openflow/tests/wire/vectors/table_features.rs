//! What tables can do.

use bytes::Bytes;
use openflow::{
    ElementHeader, Message, MultipartReply, MultipartReplyBody, MultipartRequest,
    MultipartRequestBody, OxmHeader, TableConfig, TableFeatureFlags, TableFeatureProperty,
    TableFeatures, TableFeaturesCommand, TableId, Text, UnknownProperty, Version, key, nxm,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let ask = MultipartRequestBody::TableFeatures(vec![]);
    let set = MultipartRequestBody::TableFeatures(vec![plain(vec![])]);
    let request = |body| Message::MultipartRequest(MultipartRequest::new(body));
    let empty = "6d61696e 00000000 00000000 00000000 00000000 00000000 00000000 00000000";
    vec![
        vector(V1_3, "04 12 0010 00000007 000c 0000 00000000   # what can they do?", request(ask)),
        vector(
            V1_3,
            &format!(
                "04 12 0050 00000007 000c 0000 00000000   # do this
                 0040 01 0000000000                       # 64 bytes, table 1
                 {empty}                                  # main
                 00000000000000ff 000000000000000f        # metadata to match, to write
                 00000000 000003e8                        # configuration, 1000 flows"
            ),
            request(set),
        )
        .may_end([16]),
        reply(V1_3, REPLY_1_3, TableConfig::empty(), all_properties()),
        reply(
            V1_4,
            REPLY_1_4,
            TableConfig::EVICTION | TableConfig::VACANCY_EVENTS,
            vec![TableFeatureProperty::Match(vec![OxmHeader::exact(key::IN_PORT)])],
        ),
    ]
}

fn plain(properties: Vec<TableFeatureProperty>) -> TableFeatures {
    TableFeatures {
        table_id: TableId(1),
        command: TableFeaturesCommand::Replace,
        features: TableFeatureFlags::empty(),
        name: Text::from("main"),
        metadata_match: 0xff,
        metadata_write: 0xf,
        config: TableConfig::empty(),
        max_entries: 1000,
        properties,
    }
}

fn reply(
    version: Version,
    text: &str,
    config: TableConfig,
    properties: Vec<TableFeatureProperty>,
) -> Vector {
    let tables = vec![TableFeatures { config, ..plain(properties) }];
    let body = MultipartReplyBody::TableFeatures(tables);
    vector(version, text, Message::MultipartReply(MultipartReply::new(body))).may_end([16])
}

const REPLY_1_4: &str = "
    05 13 0058 00000007 000c 0000 00000000   # table-features reply
    0048 01 0000000000                       # 72 bytes, table 1
    6d61696e 00000000 00000000 00000000 00000000 00000000 00000000 00000000
    00000000000000ff 000000000000000f        # metadata to match, to write
    0000000c 000003e8                        # eviction, vacancy events; 1000 flows
    0008 0008 80000004                       # match: in_port";

const REPLY_1_3: &str = "
    04 13 0128 00000007 000c 0000 00000000   # table-features reply
    0118 01 0000000000                       # 280 bytes, table 1
    6d61696e 00000000 00000000 00000000 00000000 00000000 00000000 00000000
    00000000000000ff 000000000000000f        # metadata to match, to write
    00000000 000003e8                        # configuration, 1000 flows
    0000 0010 0001 0004 0004 0004 0006 0004  # instructions: goto, apply, meter
    0001 0010 0004 0004 ffff 0008 00002320   # table-miss: apply, an experimenter's
    0002 0007 020304 00                      # next tables
    0003 0004 00000000                       # table-miss: none
    0004 000c 0000 0004 0016 0004 00000000   # write: output, group
    0005 0008 0000 0004                      # table-miss: output
    0006 0014 0000 0004 0019 0004            # apply: output, set-field,
         ffff 0008 00002320 00000000         #   an experimenter's
    0007 0008 0000 0004                      # table-miss: output
    0008 0018 80000004 8000070c              # match: in_port, eth_dst in part,
         0001d308 ffff5406 4f4e4600          #   Nicira's ct_state in part, the ONF's tcp_flags
    000a 0008 80000606                       # wildcards: eth_dst
    000c 0008 80000606                       # write set-field: eth_dst
    000d 0004 00000000                       # table-miss: none
    000e 000c 80000606 80000c02 00000000     # apply set-field: eth_dst, vlan_vid
    000f 0008 80000606                       # table-miss: eth_dst
    0010 0006 abcd 0000                      # a type of 1.5
    fffe 000c 00002320 00000001 00000000     # an experimenter's
    ffff 000c 00002320 00000002 00000000     # an experimenter's, table-miss";

fn all_properties() -> Vec<TableFeatureProperty> {
    use TableFeatureProperty as Property;
    let of = |kinds: &[u16]| kinds.iter().copied().map(ElementHeader::of).collect::<Vec<_>>();
    let nicira = ElementHeader { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20]) };
    let eth_dst = OxmHeader::exact(key::ETH_DST);
    let unknown = |kind, body: &'static [u8]| {
        Property::Unknown(UnknownProperty { kind, body: Bytes::from_static(body) })
    };
    vec![
        Property::Instructions(of(&[1, 4, 6])),
        Property::InstructionsMiss([of(&[4]), vec![nicira.clone()]].concat()),
        Property::NextTables(vec![TableId(2), TableId(3), TableId(4)]),
        Property::NextTablesMiss(vec![]),
        Property::WriteActions(of(&[0, 22])),
        Property::WriteActionsMiss(of(&[0])),
        Property::ApplyActions([of(&[0, 25]), vec![nicira]].concat()),
        Property::ApplyActionsMiss(of(&[0])),
        Property::Match(vec![
            OxmHeader::exact(key::IN_PORT),
            OxmHeader::masked(key::ETH_DST),
            OxmHeader::masked(nxm::CT_STATE),
            OxmHeader::exact(nxm::ONF_TCP_FLAGS),
        ]),
        Property::Wildcards(vec![eth_dst]),
        Property::WriteSetField(vec![eth_dst]),
        Property::WriteSetFieldMiss(vec![]),
        Property::ApplySetField(vec![eth_dst, OxmHeader::exact(key::VLAN_VID)]),
        Property::ApplySetFieldMiss(vec![eth_dst]),
        unknown(16, &[0xab, 0xcd]),
        unknown(0xfffe, &[0, 0, 0x23, 0x20, 0, 0, 0, 1]),
        unknown(0xffff, &[0, 0, 0x23, 0x20, 0, 0, 0, 2]),
    ]
}
