use bytes::Bytes;

use super::register::{decode_delete, decode_stack, encode_delete, encode_stack};
use super::{
    Bundle, Conntrack, ControllerId, ControllerProperty, FieldHeader, FieldOffset, Learn,
    LearnLimit, Multipath, Nat, OutputReg, RegLoad, RegMove, Sample, SampleDirection, ShortPort,
    Subfield, counted_list,
};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, Experimenter, Field, PacketInReason, TableId};

/// How many actions that hold actions may stand within each other, as `clone(ct(commit,nat))` has two.
///
/// What is below stays an [`UnknownAction`](crate::UnknownAction), so that a message's nesting takes
/// no stack in proportion to its length.
pub const MAX_NESTING: u8 = 4;

/// One of Nicira's actions (`NXAST_*`), by its name in `ovs-ofctl`'s `ofp-actions.c`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum NiciraAction {
    /// Look the packet up again in this table, as if it came in by another port.
    Resubmit {
        /// The port, or [`ShortPort::IN_PORT`] to leave it.
        in_port: ShortPort,
    },
    /// Look the packet up in a table (`struct nx_action_resubmit`).
    ResubmitTable {
        /// Port that the packet counts as received on, or [`ShortPort::IN_PORT`] to leave it.
        in_port: ShortPort,
        /// The table, or [`TableId::ALL`] for this one.
        table: TableId,
    },
    /// As [`NiciraAction::ResubmitTable`], with addresses and ports of the tracked connection's first
    /// packet.
    ResubmitTableCt {
        /// Port that the packet counts as received on, or [`ShortPort::IN_PORT`] to leave it.
        in_port: ShortPort,
        /// The table, or [`TableId::ALL`] for this one.
        table: TableId,
    },
    /// Set the tunnel's key, 32 bits.
    SetTunnel(u32),
    /// Set the tunnel's key.
    SetTunnel64(u64),
    /// Undo a set-queue.
    PopQueue,
    /// Copy bits from one field to another.
    RegMove(RegMove),
    /// Write a number into a field.
    RegLoad(RegLoad),
    /// Write a value into a field, where its mask has ones.
    RegLoad2(Field),
    /// Nothing: a note for people. Its length is 6 more than a multiple of 8, and is brought up to one
    /// with zeroes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Note(Bytes),
    /// Write the number of one of several links into a field.
    Multipath(Multipath),
    /// Output to one of several ports.
    Bundle(Bundle),
    /// Write the number of one of several ports into a field.
    BundleLoad {
        /// Which ports, and how to choose.
        bundle: Bundle,
        /// Where to; not an experimenter's field.
        target: Subfield,
    },
    /// Output to the port whose number a field holds.
    OutputReg(OutputReg),
    /// As [`NiciraAction::OutputReg`], with room for an experimenter's field.
    OutputReg2(OutputReg),
    /// Add a flow.
    Learn(Learn),
    /// Add a flow, if there are not too many.
    Learn2 {
        /// The flow.
        learn: Learn,
        /// How many there may be, and where it is said whether there are too many.
        limit: LearnLimit,
    },
    /// Do no later action, of whatever flow.
    Exit,
    /// Change the flow's timeouts once a FIN or RST is seen (`struct nx_action_fin_timeout`).
    FinTimeout {
        /// Seconds without a packet after which it expires, unless 0.
        idle: u16,
        /// Seconds after which it expires, unless 0.
        hard: u16,
    },
    /// Send the packet to some controllers (`struct nx_action_controller`).
    Controller {
        /// How many bytes of it.
        max_len: u16,
        /// To those with this id.
        controller_id: ControllerId,
        /// Why.
        reason: PacketInReason,
    },
    /// Decrement the IP TTL; if it is spent, tell the controllers with these ids (`struct
    /// nx_action_cnt_ids`).
    DecTtlCntIds(Vec<ControllerId>),
    /// Push bits of a field on the stack.
    StackPush(Subfield),
    /// Pop bits of a field from the stack.
    StackPop(Subfield),
    /// Sample packets.
    Sample(Sample),
    /// Sample packets of a port (`struct nx_action_sample2`).
    Sample2 {
        /// How, and to whom.
        sample: Sample,
        /// The port.
        port: ShortPort,
    },
    /// Sample packets on one side of a port (`struct nx_action_sample2`).
    Sample3 {
        /// How, and to whom.
        sample: Sample,
        /// The port.
        port: ShortPort,
        /// The side.
        direction: SampleDirection,
    },
    /// This flow is one clause of a conjunction (`struct nx_action_conjunction`).
    Conjunction {
        /// Which clause, from 0 on.
        clause: u8,
        /// How many there are.
        n_clauses: u8,
        /// The conjunction's `conj_id`.
        id: u32,
    },
    /// Track the packet's connection.
    Ct(Conntrack),
    /// Translate addresses; within [`NiciraAction::Ct`] only.
    Nat(Nat),
    /// Send the packet to controllers.
    Controller2(Vec<ControllerProperty>),
    /// Output no more than the start of the packet (`struct nx_action_output_trunc`).
    OutputTrunc {
        /// The port.
        port: ShortPort,
        /// How many bytes.
        max_len: u32,
    },
    /// Do actions to a copy of the packet.
    Clone(Vec<Action>),
    /// Forget what connection tracking said.
    CtClear,
    /// Put the packet in another (`struct nx_action_encap`).
    Encap {
        /// Length of the header, or 0 if its type says it.
        header_size: u16,
        /// Type of the new packet: namespace and type, 16 bits each.
        packet_type: u32,
        /// Properties of the header, as they are; each ends on a multiple of 8 bytes.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        properties: Bytes,
    },
    /// Take the packet out of another (`struct nx_action_decap`).
    Decap {
        /// Type of the inner packet: namespace and type, 16 bits each.
        packet_type: u32,
    },
    /// Decrement the TTL of the network service header.
    DecNshTtl,
    /// Write into a bit whether the packet is longer than so many bytes (`struct
    /// nx_action_check_pkt_larger`).
    CheckPktLarger {
        /// How many bytes.
        length: u16,
        /// The bit.
        target: FieldOffset,
    },
    /// Delete a field: an option of a tunnel.
    DeleteField(FieldHeader),
}

impl NiciraAction {
    /// Reads the body of an experimenter's action, or leaves it as it is if none of these is in it.
    pub(crate) fn decode(body: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        let Some([v0, v1, v2, v3, s0, s1]) = body.peek() else { return Ok(None) };
        if u32::from_be_bytes([v0, v1, v2, v3]) != Experimenter::NICIRA {
            return Ok(None);
        }
        let mut arguments = body.clone();
        arguments.pad::<6>()?;
        let action = decode_arguments(u16::from_be_bytes([s0, s1]), &mut arguments)?;
        if action.is_some() {
            arguments.end_padding();
            *body = arguments;
        }
        Ok(action)
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        // What is missing to a multiple of 8 is the padding of every action.
        w.aligned_element(Action::EXPERIMENTER, |w| {
            w.u32(Experimenter::NICIRA);
            w.u16(self.subtype());
            self.encode_arguments(w);
        });
    }

    fn subtype(&self) -> u16 {
        match self {
            NiciraAction::Resubmit { .. } => RESUBMIT,
            NiciraAction::SetTunnel(_) => SET_TUNNEL,
            NiciraAction::PopQueue => POP_QUEUE,
            NiciraAction::RegMove(_) => REG_MOVE,
            NiciraAction::RegLoad(_) => REG_LOAD,
            NiciraAction::Note(_) => NOTE,
            NiciraAction::SetTunnel64(_) => SET_TUNNEL64,
            NiciraAction::Multipath(_) => MULTIPATH,
            NiciraAction::Bundle(_) => BUNDLE,
            NiciraAction::BundleLoad { .. } => BUNDLE_LOAD,
            NiciraAction::ResubmitTable { .. } => RESUBMIT_TABLE,
            NiciraAction::OutputReg(_) => OUTPUT_REG,
            NiciraAction::Learn(_) => LEARN,
            NiciraAction::Exit => EXIT,
            NiciraAction::FinTimeout { .. } => FIN_TIMEOUT,
            NiciraAction::Controller { .. } => CONTROLLER,
            NiciraAction::DecTtlCntIds(_) => DEC_TTL_CNT_IDS,
            NiciraAction::StackPush(_) => STACK_PUSH,
            NiciraAction::StackPop(_) => STACK_POP,
            NiciraAction::Sample(_) => SAMPLE,
            NiciraAction::OutputReg2(_) => OUTPUT_REG2,
            NiciraAction::RegLoad2(_) => REG_LOAD2,
            NiciraAction::Conjunction { .. } => CONJUNCTION,
            NiciraAction::Ct(_) => CT,
            NiciraAction::Nat(_) => NAT,
            NiciraAction::Controller2(_) => CONTROLLER2,
            NiciraAction::Sample2 { .. } => SAMPLE2,
            NiciraAction::OutputTrunc { .. } => OUTPUT_TRUNC,
            NiciraAction::Sample3 { .. } => SAMPLE3,
            NiciraAction::Clone(_) => CLONE,
            NiciraAction::CtClear => CT_CLEAR,
            NiciraAction::ResubmitTableCt { .. } => RESUBMIT_TABLE_CT,
            NiciraAction::Learn2 { .. } => LEARN2,
            NiciraAction::Encap { .. } => ENCAP,
            NiciraAction::Decap { .. } => DECAP,
            NiciraAction::DecNshTtl => DEC_NSH_TTL,
            NiciraAction::CheckPktLarger { .. } => CHECK_PKT_LARGER,
            NiciraAction::DeleteField(_) => DELETE_FIELD,
        }
    }

    fn encode_arguments(&self, w: &mut Writer<'_>) {
        match self {
            NiciraAction::Resubmit { in_port } => in_port.encode(w),
            NiciraAction::ResubmitTable { in_port, table }
            | NiciraAction::ResubmitTableCt { in_port, table } => {
                in_port.encode(w);
                w.u8(table.0);
            }
            NiciraAction::SetTunnel(key) => {
                w.pad::<2>();
                w.u32(*key);
            }
            NiciraAction::SetTunnel64(key) => {
                w.pad::<6>();
                w.u64(*key);
            }
            NiciraAction::RegMove(mov) => mov.encode(w),
            NiciraAction::RegLoad(load) => load.encode(w),
            NiciraAction::RegLoad2(field) => field.encode(w),
            NiciraAction::Note(note) => w.slice(note),
            NiciraAction::Multipath(multipath) => multipath.encode(w),
            NiciraAction::Bundle(bundle) => bundle.encode(w),
            NiciraAction::BundleLoad { bundle, target } => bundle.encode_load(*target, w),
            NiciraAction::OutputReg(output) => output.encode(w),
            NiciraAction::OutputReg2(output) => output.encode_second(w),
            NiciraAction::Learn(learn) => learn.encode(w),
            NiciraAction::Learn2 { learn, limit } => learn.encode_limited(*limit, w),
            NiciraAction::FinTimeout { idle, hard } => {
                w.u16(*idle);
                w.u16(*hard);
            }
            NiciraAction::Controller { max_len, controller_id, reason } => {
                w.u16(*max_len);
                controller_id.encode(w);
                w.u8(reason.0);
            }
            NiciraAction::Controller2(properties) => {
                w.pad::<6>();
                w.list(properties);
            }
            NiciraAction::DecTtlCntIds(ids) => {
                w.u16(ids.len() as u16);
                w.pad::<4>();
                w.list(ids);
            }
            NiciraAction::StackPush(subfield) | NiciraAction::StackPop(subfield) => {
                encode_stack(*subfield, w);
            }
            NiciraAction::Sample(sample) => sample.encode(w),
            NiciraAction::Sample2 { sample, port } => {
                encode_sample(sample, *port, SampleDirection::DEFAULT, w)
            }
            NiciraAction::Sample3 { sample, port, direction } => {
                encode_sample(sample, *port, *direction, w);
            }
            NiciraAction::Conjunction { clause, n_clauses, id } => {
                w.u8(*clause);
                w.u8(*n_clauses);
                w.u32(*id);
            }
            NiciraAction::Ct(conntrack) => conntrack.encode(w),
            NiciraAction::Nat(nat) => nat.encode(w),
            NiciraAction::OutputTrunc { port, max_len } => {
                port.encode(w);
                w.u32(*max_len);
            }
            NiciraAction::Clone(actions) => {
                w.pad::<6>();
                w.list(actions);
            }
            NiciraAction::Encap { header_size, packet_type, properties } => {
                w.u16(*header_size);
                w.u32(*packet_type);
                w.slice(properties);
            }
            NiciraAction::Decap { packet_type } => {
                w.pad::<2>();
                w.u32(*packet_type);
            }
            NiciraAction::CheckPktLarger { length, target } => {
                w.u16(*length);
                w.u16(target.offset);
                target.field.encode(w);
            }
            NiciraAction::DeleteField(field) => encode_delete(*field, w),
            NiciraAction::PopQueue
            | NiciraAction::Exit
            | NiciraAction::CtClear
            | NiciraAction::DecNshTtl => {}
        }
    }
}

/// Reads what follows the subtype, but for the padding of less than 8 bytes at the end; nothing if the
/// subtype is not modelled.
fn decode_arguments(subtype: u16, r: &mut Reader<'_>) -> Result<Option<NiciraAction>, DecodeError> {
    Ok(Some(match subtype {
        RESUBMIT => NiciraAction::Resubmit { in_port: ShortPort::decode(r)? },
        RESUBMIT_TABLE => {
            let (in_port, table) = (ShortPort::decode(r)?, TableId(r.u8()?));
            NiciraAction::ResubmitTable { in_port, table }
        }
        RESUBMIT_TABLE_CT => {
            let (in_port, table) = (ShortPort::decode(r)?, TableId(r.u8()?));
            NiciraAction::ResubmitTableCt { in_port, table }
        }
        SET_TUNNEL => {
            r.pad::<2>()?;
            NiciraAction::SetTunnel(r.u32()?)
        }
        SET_TUNNEL64 => {
            r.pad::<6>()?;
            NiciraAction::SetTunnel64(r.u64()?)
        }
        POP_QUEUE => NiciraAction::PopQueue,
        REG_MOVE => NiciraAction::RegMove(RegMove::decode(r)?),
        REG_LOAD => NiciraAction::RegLoad(RegLoad::decode(r)?),
        REG_LOAD2 => NiciraAction::RegLoad2(decode_field(r)?),
        NOTE => NiciraAction::Note(r.rest()),
        MULTIPATH => NiciraAction::Multipath(Multipath::decode(r)?),
        BUNDLE => NiciraAction::Bundle(Bundle::decode(r)?),
        BUNDLE_LOAD => {
            let (bundle, target) = Bundle::decode_load(r)?;
            NiciraAction::BundleLoad { bundle, target }
        }
        OUTPUT_REG => NiciraAction::OutputReg(OutputReg::decode(r)?),
        OUTPUT_REG2 => NiciraAction::OutputReg2(OutputReg::decode_second(r)?),
        OUTPUT_TRUNC => {
            NiciraAction::OutputTrunc { port: ShortPort::decode(r)?, max_len: r.u32()? }
        }
        LEARN => NiciraAction::Learn(Learn::decode(r)?),
        LEARN2 => {
            let (learn, limit) = Learn::decode_limited(r)?;
            NiciraAction::Learn2 { learn, limit }
        }
        EXIT => NiciraAction::Exit,
        FIN_TIMEOUT => NiciraAction::FinTimeout { idle: r.u16()?, hard: r.u16()? },
        CONTROLLER => NiciraAction::Controller {
            max_len: r.u16()?,
            controller_id: ControllerId(r.u16()?),
            reason: PacketInReason(r.u8()?),
        },
        CONTROLLER2 => {
            r.pad::<6>()?;
            NiciraAction::Controller2(r.bounded_list(Structure::Property)?)
        }
        DEC_TTL_CNT_IDS => {
            let count = r.u16()?;
            r.pad::<4>()?;
            NiciraAction::DecTtlCntIds(counted_list(r, count)?)
        }
        STACK_PUSH => NiciraAction::StackPush(decode_stack(r)?),
        STACK_POP => NiciraAction::StackPop(decode_stack(r)?),
        SAMPLE => NiciraAction::Sample(Sample::decode(r)?),
        SAMPLE2 => {
            let (sample, port, _) = decode_sample(r)?;
            NiciraAction::Sample2 { sample, port }
        }
        SAMPLE3 => {
            let (sample, port, direction) = decode_sample(r)?;
            NiciraAction::Sample3 { sample, port, direction }
        }
        CONJUNCTION => {
            NiciraAction::Conjunction { clause: r.u8()?, n_clauses: r.u8()?, id: r.u32()? }
        }
        CT if r.nesting() < MAX_NESTING => NiciraAction::Ct(Conntrack::decode(r)?),
        CT_CLEAR => NiciraAction::CtClear,
        NAT => NiciraAction::Nat(Nat::decode(r)?),
        CLONE if r.nesting() < MAX_NESTING => {
            r.pad::<6>()?;
            r.nest();
            NiciraAction::Clone(r.list()?)
        }
        ENCAP => NiciraAction::Encap {
            header_size: r.u16()?,
            packet_type: r.u32()?,
            properties: r.rest(),
        },
        DECAP => {
            r.pad::<2>()?;
            NiciraAction::Decap { packet_type: r.u32()? }
        }
        DEC_NSH_TTL => NiciraAction::DecNshTtl,
        CHECK_PKT_LARGER => {
            let (length, offset) = (r.u16()?, r.u16()?);
            let target = FieldOffset { field: FieldHeader::decode(r)?, offset };
            NiciraAction::CheckPktLarger { length, target }
        }
        DELETE_FIELD => NiciraAction::DeleteField(decode_delete(r)?),
        _ => return Ok(None),
    }))
}

fn decode_field(r: &mut Reader<'_>) -> Result<Field, DecodeError> {
    let mut oxm = r.within(Structure::SetField, r.remaining())?;
    let field = Field::decode(&mut oxm)?;
    oxm.end_padding();
    oxm.finish()?;
    Ok(field)
}

/// Reads `struct nx_action_sample2`, whose direction is padding in the first form.
fn decode_sample(r: &mut Reader<'_>) -> Result<(Sample, ShortPort, SampleDirection), DecodeError> {
    let (sample, port) = (Sample::decode(r)?, ShortPort::decode(r)?);
    Ok((sample, port, SampleDirection(r.u8()?)))
}

fn encode_sample(sample: &Sample, port: ShortPort, direction: SampleDirection, w: &mut Writer<'_>) {
    sample.encode(w);
    port.encode(w);
    w.u8(direction.0);
}

const RESUBMIT: u16 = 1;
const SET_TUNNEL: u16 = 2;
const POP_QUEUE: u16 = 5;
const REG_MOVE: u16 = 6;
const REG_LOAD: u16 = 7;
const NOTE: u16 = 8;
const SET_TUNNEL64: u16 = 9;
const MULTIPATH: u16 = 10;
const BUNDLE: u16 = 12;
const BUNDLE_LOAD: u16 = 13;
const RESUBMIT_TABLE: u16 = 14;
const OUTPUT_REG: u16 = 15;
const LEARN: u16 = 16;
const EXIT: u16 = 17;
const FIN_TIMEOUT: u16 = 19;
const CONTROLLER: u16 = 20;
const DEC_TTL_CNT_IDS: u16 = 21;
const STACK_PUSH: u16 = 27;
const STACK_POP: u16 = 28;
const SAMPLE: u16 = 29;
const OUTPUT_REG2: u16 = 32;
const REG_LOAD2: u16 = 33;
const CONJUNCTION: u16 = 34;
const CT: u16 = 35;
const NAT: u16 = 36;
const CONTROLLER2: u16 = 37;
const SAMPLE2: u16 = 38;
const OUTPUT_TRUNC: u16 = 39;
const SAMPLE3: u16 = 41;
const CLONE: u16 = 42;
const CT_CLEAR: u16 = 43;
const RESUBMIT_TABLE_CT: u16 = 44;
const LEARN2: u16 = 45;
const ENCAP: u16 = 46;
const DECAP: u16 = 47;
const DEC_NSH_TTL: u16 = 48;
const CHECK_PKT_LARGER: u16 = 49;
const DELETE_FIELD: u16 = 50;
