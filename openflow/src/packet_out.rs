use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, Actions, BufferId, ErrorCode, Field, FieldId, Match, PortNo, Version, key};

/// Body of `OFPT_PACKET_OUT`: a packet for the switch to send.
///
/// ```text
/// 1.3   buffer_id 4 | in_port 4     | actions_len 2 | pad 6 | actions | packet
/// 1.5   buffer_id 4 | actions_len 2 | pad 2         | match | actions | packet
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketOut {
    /// Where the switch keeps the packet, if `data` does not hold it.
    pub buffer_id: BufferId,
    /// Port that the packet counts as received on, or [`PortNo::CONTROLLER`].
    pub in_port: PortNo,
    /// What else it has beside its bytes, such as metadata, from OpenFlow 1.5 on; never sent before. The port
    /// stands among it only to keep its place, if that is not the first.
    pub fields: Match,
    /// What to do with it.
    pub actions: Actions,
    /// The packet from its Ethernet header on; empty if it is buffered.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl PacketOut {
    /// Returns the request to do `actions` to a packet of the controller's own.
    pub fn new(actions: impl IntoIterator<Item = Action>, data: Bytes) -> Self {
        let actions = actions.into_iter().collect();
        let (buffer_id, in_port) = (BufferId::NO_BUFFER, PortNo::CONTROLLER);
        PacketOut { buffer_id, in_port, fields: Match::any(), actions, data }
    }

    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let buffer_id = BufferId(r.u32()?);
        let in_port = PortNo::decode(r)?;
        let actions_len = usize::from(r.u16()?);
        if r.version() > Version::V1_0 {
            r.pad::<6>()?;
        }
        let actions = r.within(Structure::Action, actions_len)?.list()?;
        Ok(PacketOut { buffer_id, in_port, fields: Match::any(), actions, data: r.rest() })
    }

    fn decode_1_5(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let buffer_id = BufferId(r.u32()?);
        let actions_len = usize::from(r.u16()?);
        r.pad::<2>()?;
        let (in_port, fields) = decode_fields(r)?;
        let actions = r.within(Structure::Action, actions_len)?.list()?;
        Ok(PacketOut { buffer_id, in_port, fields, actions, data: r.rest() })
    }

    fn encode_1_3(&self, w: &mut Writer<'_>) {
        w.u32(self.buffer_id.0);
        self.in_port.encode(w);
        match w.version() {
            Version::V1_0 => w.counted::<0>(|w| w.list(&self.actions)),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                w.counted::<6>(|w| w.list(&self.actions));
            }
        }
        w.slice(&self.data);
    }

    fn encode_1_5(&self, w: &mut Writer<'_>) {
        w.u32(self.buffer_id.0);
        let actions_len = w.position();
        w.u16(0);
        w.pad::<2>();
        self.fields.encode_behind(&Field::exact(key::IN_PORT, self.in_port), w);
        let start = w.position();
        w.list(&self.actions);
        w.fill(actions_len, w.position() - start);
        w.slice(&self.data);
    }
}

impl Wire for PacketOut {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => PacketOut::decode_1_3(r),
            Version::V1_5 => PacketOut::decode_1_5(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => self.encode_1_3(w),
            Version::V1_5 => self.encode_1_5(w),
        }
    }
}

/// Reads the fields of a packet, the port among them; those of its headers are in the packet itself.
fn decode_fields(r: &mut Reader<'_>) -> Result<(PortNo, Match), DecodeError> {
    let (structure, offset) = (Structure::Match, r.offset());
    let mut fields = Match::decode(r)?;
    let refuse = |field, value, code| DecodeError::Value { structure, field, offset, value, code };
    if let Some(field) = fields.fields().iter().find(|field| !is_pipeline(field.id())) {
        let code = ErrorCode::BAD_REQUEST_PIPELINE_FIELDS;
        return Err(refuse("pipeline field", field.id().number.into(), code));
    }
    let in_port = fields.take_first(key::IN_PORT);
    let in_port = in_port.ok_or_else(|| refuse("in_port", 0, ErrorCode::BAD_REQUEST_PORT))?;
    Ok((in_port, fields))
}

/// Returns whether a standard field is one of the pipeline; of others nobody here knows.
fn is_pipeline(id: FieldId) -> bool {
    let pipeline = [
        key::IN_PORT.id(),
        key::IN_PHY_PORT.id(),
        key::METADATA.id(),
        key::TUNNEL_ID.id(),
        key::ACTSET_OUTPUT.id(),
        key::PACKET_TYPE.id(),
    ];
    id.class != FieldId::BASIC || pipeline.contains(&id) || id.name().is_none()
}
