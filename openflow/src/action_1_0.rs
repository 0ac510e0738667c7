//! The actions of OpenFlow 1.0 (§5.2.4), which has one for each field that can be written.
//!
//! ```text
//! type 2 | length 2 | 0  output: port 2, max_len 2       6, 7   nw_src, nw_dst: 4
//!                     1  vlan_vid: 2, pad 2              8      nw_tos: 1, pad 3
//!                     2  vlan_pcp: 1, pad 3              9, 10  tp_src, tp_dst: 2, pad 2
//!                     3  strip vlan: pad 4               11     enqueue: port 2, pad 6, queue 4
//!                     4, 5  dl_src, dl_dst: 6, pad 6     0xffff vendor: vendor 4, its data
//! ```
//!
//! What writes a field is a set-field here. That of a VLAN id or priority gives a packet without a tag
//! one in OpenFlow 1.0, and that of a port of TCP, UDP or SCTP writes the port of whatever transport,
//! which is read as [`TP_SRC`] or [`TP_DST`]. What later versions have and Nicira has for 1.0 is
//! Nicira's there.

use std::net::Ipv4Addr;

use crate::nicira::bad_argument;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{
    Action, Experimenter, Field, Key, MacAddr, NiciraAction, PortNo, QueueId, TP_DST, TP_SRC,
    UnknownAction, key,
};

pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Action, DecodeError> {
    let (kind, mut body) = r.aligned_element(Structure::Action)?;
    let offset = body.offset();
    let action = match kind {
        OUTPUT => Action::Output { port: PortNo::decode(&mut body)?, max_len: body.u16()? },
        SET_VLAN_VID => {
            let vid = bounded("VLAN id", 0x0fff, short(&mut body)?, offset)?;
            Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | vid)
        }
        SET_VLAN_PCP => {
            let priority = bounded("VLAN priority", 0b111, byte(&mut body)?.into(), offset)?;
            Action::set_field(key::VLAN_PCP, priority as u8)
        }
        STRIP_VLAN => {
            body.pad::<4>()?;
            Action::PopVlan
        }
        SET_DL_SRC => Action::set_field(key::ETH_SRC, address(&mut body)?),
        SET_DL_DST => Action::set_field(key::ETH_DST, address(&mut body)?),
        SET_NW_SRC => Action::set_field(key::IPV4_SRC, Ipv4Addr::from_bits(body.u32()?)),
        SET_NW_DST => Action::set_field(key::IPV4_DST, Ipv4Addr::from_bits(body.u32()?)),
        SET_NW_TOS => {
            let tos = byte(&mut body)?;
            if tos & 0b11 != 0 {
                return Err(bad_argument("type of service", offset, tos.into()));
            }
            Action::set_field(key::IP_DSCP, tos >> 2)
        }
        SET_TP_SRC => Action::set_field(TP_SRC, short(&mut body)?),
        SET_TP_DST => Action::set_field(TP_DST, short(&mut body)?),
        ENQUEUE => {
            let port = PortNo::decode(&mut body)?;
            body.pad::<6>()?;
            Action::Enqueue { port, queue_id: QueueId(body.u32()?) }
        }
        VENDOR => decode_vendor(&mut body)?,
        kind => unknown(kind, &mut body),
    };
    body.finish()?;
    Ok(action)
}

pub(crate) fn encode(action: &Action, w: &mut Writer<'_>) {
    // What is missing to a multiple of 8 is the padding of every action.
    match action {
        Action::Output { port, max_len } => w.aligned_element(OUTPUT, |w| {
            port.encode(w);
            w.u16(*max_len);
        }),
        Action::PopVlan => w.aligned_element(STRIP_VLAN, |w| w.pad::<4>()),
        Action::SetField(field) => encode_set_field(field, w),
        Action::Enqueue { port, queue_id } => w.aligned_element(ENQUEUE, |w| {
            port.encode(w);
            w.pad::<6>();
            w.u32(queue_id.0);
        }),
        Action::SetQueue(queue) => encode_nicira(NX_SET_QUEUE, w, |w| {
            w.pad::<2>();
            w.u32(*queue);
        }),
        Action::DecNwTtl => encode_nicira(NX_DEC_TTL, w, |_| {}),
        Action::PushMpls(ethertype) => encode_nicira(NX_PUSH_MPLS, w, |w| w.u16(*ethertype)),
        Action::PopMpls(ethertype) => encode_nicira(NX_POP_MPLS, w, |w| w.u16(*ethertype)),
        Action::SetMplsTtl(ttl) => encode_nicira(NX_SET_MPLS_TTL, w, |w| w.u8(*ttl)),
        Action::DecMplsTtl => encode_nicira(NX_DEC_MPLS_TTL, w, |_| {}),
        Action::Nicira(action) => action.encode(w),
        Action::Unknown(action) => w.aligned_element(action.kind, |w| w.slice(&action.body)),
        Action::CopyTtlOut | Action::CopyTtlIn => w.lacks("action that copies a TTL"),
        Action::PushVlan(_) => w.lacks("action that pushes a VLAN tag"),
        Action::Group(_) => w.lacks("groups"),
        Action::SetNwTtl(_) => w.lacks("action that sets the IP TTL"),
        Action::PushPbb(_) | Action::PopPbb => w.lacks("provider backbone bridge tags"),
        Action::CopyField(_) => w.lacks("action that copies a field"),
        Action::Meter(_) => w.lacks("meters"),
    }
}

fn encode_set_field(field: &Field, w: &mut Writer<'_>) {
    if let Some(vid) = field.get(key::VLAN_VID)
        && vid & key::VLAN_PRESENT != 0
    {
        w.aligned_element(SET_VLAN_VID, |w| w.u16(vid & !key::VLAN_PRESENT));
    } else if let Some(priority) = field.get(key::VLAN_PCP) {
        w.aligned_element(SET_VLAN_PCP, |w| w.u8(priority));
    } else if let Some(MacAddr(address)) = field.get(key::ETH_SRC) {
        w.aligned_element(SET_DL_SRC, |w| w.slice(&address));
    } else if let Some(MacAddr(address)) = field.get(key::ETH_DST) {
        w.aligned_element(SET_DL_DST, |w| w.slice(&address));
    } else if let Some(address) = field.get(key::IPV4_SRC) {
        w.aligned_element(SET_NW_SRC, |w| w.u32(address.to_bits()));
    } else if let Some(address) = field.get(key::IPV4_DST) {
        w.aligned_element(SET_NW_DST, |w| w.u32(address.to_bits()));
    } else if let Some(code_point) = field.get(key::IP_DSCP) {
        w.aligned_element(SET_NW_TOS, |w| w.u8(code_point << 2));
    } else if let Some(port) = any_of(field, SOURCE_PORTS) {
        w.aligned_element(SET_TP_SRC, |w| w.u16(port));
    } else if let Some(port) = any_of(field, DESTINATION_PORTS) {
        w.aligned_element(SET_TP_DST, |w| w.u16(port));
    } else {
        w.lacks("action that sets this field");
    }
}

/// Reads a vendor's action; those of Nicira's that later versions have as their own are these.
fn decode_vendor(body: &mut Reader<'_>) -> Result<Action, DecodeError> {
    let mut arguments = body.clone();
    let nicira = arguments.remaining() == NX_LENGTH && arguments.u32()? == Experimenter::NICIRA;
    let action = match if nicira { arguments.u16()? } else { 0 } {
        NX_SET_QUEUE => {
            arguments.pad::<2>()?;
            Action::SetQueue(arguments.u32()?)
        }
        NX_DEC_TTL => Action::DecNwTtl,
        NX_PUSH_MPLS => Action::PushMpls(arguments.u16()?),
        NX_POP_MPLS => Action::PopMpls(arguments.u16()?),
        NX_SET_MPLS_TTL => Action::SetMplsTtl(arguments.u8()?),
        NX_DEC_MPLS_TTL => Action::DecMplsTtl,
        _ => {
            return Ok(match NiciraAction::decode(body)? {
                Some(action) => Action::Nicira(Box::new(action)),
                None => unknown(VENDOR, body),
            });
        }
    };
    arguments.end_padding();
    *body = arguments;
    Ok(action)
}

fn encode_nicira(subtype: u16, w: &mut Writer<'_>, arguments: impl FnOnce(&mut Writer<'_>)) {
    w.aligned_element(VENDOR, |w| {
        w.u32(Experimenter::NICIRA);
        w.u16(subtype);
        arguments(w);
    });
}

fn unknown(kind: u16, body: &mut Reader<'_>) -> Action {
    Action::Unknown(Box::new(UnknownAction { kind, body: body.rest() }))
}

fn any_of(field: &Field, keys: [Key<u16>; 4]) -> Option<u16> {
    keys.into_iter().find_map(|key| field.get(key))
}

fn bounded(
    field: &'static str,
    highest: u16,
    value: u16,
    offset: usize,
) -> Result<u16, DecodeError> {
    if value > highest {
        return Err(bad_argument(field, offset, value.into()));
    }
    Ok(value)
}

fn byte(body: &mut Reader<'_>) -> Result<u8, DecodeError> {
    let byte = body.u8()?;
    body.pad::<3>()?;
    Ok(byte)
}

fn short(body: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let short = body.u16()?;
    body.pad::<2>()?;
    Ok(short)
}

fn address(body: &mut Reader<'_>) -> Result<MacAddr, DecodeError> {
    let address = MacAddr(body.array()?);
    body.pad::<6>()?;
    Ok(address)
}

const OUTPUT: u16 = 0;
const SET_VLAN_VID: u16 = 1;
const SET_VLAN_PCP: u16 = 2;
const STRIP_VLAN: u16 = 3;
const SET_DL_SRC: u16 = 4;
const SET_DL_DST: u16 = 5;
const SET_NW_SRC: u16 = 6;
const SET_NW_DST: u16 = 7;
const SET_NW_TOS: u16 = 8;
const SET_TP_SRC: u16 = 9;
const SET_TP_DST: u16 = 10;
const ENQUEUE: u16 = 11;
const VENDOR: u16 = Action::EXPERIMENTER;

const SOURCE_PORTS: [Key<u16>; 4] = [TP_SRC, key::TCP_SRC, key::UDP_SRC, key::SCTP_SRC];
const DESTINATION_PORTS: [Key<u16>; 4] = [TP_DST, key::TCP_DST, key::UDP_DST, key::SCTP_DST];

// Nicira's for OpenFlow 1.0, all of one length: vendor, subtype and six bytes.
const NX_LENGTH: usize = 12;
const NX_SET_QUEUE: u16 = 4;
const NX_DEC_TTL: u16 = 18;
const NX_PUSH_MPLS: u16 = 23;
const NX_POP_MPLS: u16 = 24;
const NX_SET_MPLS_TTL: u16 = 25;
const NX_DEC_MPLS_TTL: u16 = 26;
