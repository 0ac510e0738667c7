//! Answers to what a controller asks about the switch.

use super::Switch;
use super::flow_table::{Flow, TABLES};
use super::header::includes;
use openflow::{
    Capabilities, Desc, ErrorCode, Features, FlowStats, FlowStatsRequest, Message, MultipartFlags,
    MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, PortNo, TableId,
    TableStats,
};
use std::time::Duration;

pub(super) fn features(switch: &Switch) -> Message {
    Message::FeaturesReply(Features {
        dpid: switch.dpid,
        n_buffers: 0,
        n_tables: TABLES,
        auxiliary_id: 0,
        capabilities: Capabilities::FLOW_STATS | Capabilities::TABLE_STATS,
        actions: 0,
        // OpenFlow 1.0 tells them here, and only there.
        ports: switch.ports.values().cloned().collect(),
    })
}

/// Returns the parts of the answer to a multipart request, in order.
pub(super) fn multipart(
    switch: &Switch,
    request: &MultipartRequest,
    now: Duration,
) -> Result<Vec<MultipartReply>, ErrorCode> {
    Ok(match &request.body {
        MultipartRequestBody::Desc => {
            vec![MultipartReply::new(MultipartReplyBody::Desc(Box::new(Desc {
                mfr_desc: "Baton".into(),
                hw_desc: "virtual switch".into(),
                sw_desc: env!("CARGO_PKG_VERSION").into(),
                ..Desc::default()
            })))]
        }
        MultipartRequestBody::Flow(request) => {
            parts(flow_stats(switch, request, now), MultipartReplyBody::Flow)
        }
        MultipartRequestBody::Table => {
            parts((0..TABLES).map(|n| table_stats(switch, n)).collect(), MultipartReplyBody::Table)
        }
        MultipartRequestBody::PortDesc(asked) => {
            let ports =
                switch.ports.values().filter(|port| [PortNo::ANY, port.port_no].contains(asked));
            parts(ports.cloned().collect(), MultipartReplyBody::PortDesc)
        }
        // The rest nobody has asked this switch for yet.
        _ => return Err(ErrorCode::BAD_REQUEST_MULTIPART),
    })
}

/// Cuts a list into messages that fit into their length fields; an empty list is one empty part.
fn parts<T: Clone>(list: Vec<T>, body: fn(Vec<T>) -> MultipartReplyBody) -> Vec<MultipartReply> {
    let mut chunks: Vec<Vec<T>> = list.chunks(PER_PART).map(<[T]>::to_vec).collect();
    let last = chunks.pop().unwrap_or_default();
    let more = chunks
        .into_iter()
        .map(|chunk| MultipartReply { flags: MultipartFlags::MORE, body: body(chunk) });
    more.chain([MultipartReply::new(body(last))]).collect()
}

fn flow_stats(switch: &Switch, request: &FlowStatsRequest, now: Duration) -> Vec<FlowStats> {
    let asked = |flow: &&Flow| {
        (request.table_id == TableId::ALL || request.table_id == flow.table_id)
            && (flow.cookie ^ request.cookie) & request.cookie_mask == 0
            && includes(&request.fields, &flow.fields)
    };
    let stats = |flow: &Flow| FlowStats {
        table_id: flow.table_id,
        duration_sec: flow.age(now).as_secs() as u32,
        duration_nsec: flow.age(now).subsec_nanos(),
        priority: flow.priority,
        idle_timeout: flow.idle_timeout,
        hard_timeout: flow.hard_timeout,
        flags: flow.flags,
        importance: 0,
        cookie: flow.cookie,
        packet_count: flow.packets,
        byte_count: flow.bytes,
        other_stats: vec![],
        fields: flow.fields.clone(),
        instructions: flow.instructions.clone(),
    };
    switch.flows().iter().filter(asked).map(stats).collect()
}

fn table_stats(switch: &Switch, number: u8) -> TableStats {
    let flows = || switch.flows().iter().filter(|flow| flow.table_id == TableId(number));
    let matched = flows().map(|flow| flow.packets).sum();
    TableStats {
        table_id: TableId(number),
        active_count: flows().count() as u32,
        lookup_count: matched,
        matched_count: matched,
        abilities: None,
    }
}

/// A flow with a dozen fields and actions has less than 600 bytes: 100 of them fit into 65,535.
const PER_PART: usize = 100;
