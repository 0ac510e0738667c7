//! Bundles: changes that a switch takes together or not at all (OpenFlow 1.4 §7.3.9).
//!
//! ```text
//! control   bundle_id 4 | type 2 | flags 2 | properties
//! add       bundle_id 4 | pad 2  | flags 2 | a whole message | padding to 8 bytes | properties
//!                                                            +--- if there are any ----------+
//! ```
//!
//! OpenFlow 1.3 has them as an ONF extension, experimenter messages with the same bodies.

use crate::frame::{decode_enclosed, encode_enclosed};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, Message, MessageType, Sender, Time, UnknownProperty, Version};

/// Body of `OFPT_BUNDLE_CONTROL`: what is to become of a bundle, or became of it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BundleControl {
    /// Which bundle, by the controller's own number.
    pub bundle_id: u32,
    /// What is asked or answered.
    pub kind: BundleControlType,
    /// How its changes are applied.
    pub flags: BundleFlags,
    /// Properties; before OpenFlow 1.5 only experimenters define any.
    pub properties: Vec<BundleProperty>,
}

/// What is asked or answered about a bundle (OpenFlow 1.4 §7.3.9).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum BundleControlType {
    /// Open it.
    OpenRequest = 0,
    /// It is open.
    OpenReply = 1,
    /// Let nothing be added any more.
    CloseRequest = 2,
    /// It is closed.
    CloseReply = 3,
    /// Do what it holds.
    CommitRequest = 4,
    /// It is done.
    CommitReply = 5,
    /// Forget it.
    DiscardRequest = 6,
    /// It is forgotten.
    DiscardReply = 7,
}

bitflags::bitflags! {
    /// How the changes of a bundle are applied; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct BundleFlags: u16 {
        /// No packet meets some of the changes without the others.
        const ATOMIC = 1 << 0;
        /// In the order in which they were added.
        const ORDERED = 1 << 1;
        /// At the time that a property says (1.5 on).
        const TIME = 1 << 2;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(BundleFlags);

/// A property of a bundle.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum BundleProperty {
    /// When to do what it holds (1.5 on).
    Time(Time),
    /// Experimenters' and the rest.
    Unknown(UnknownProperty),
}

/// Body of `OFPT_BUNDLE_ADD_MESSAGE`: a change to put in a bundle.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BundleAdd {
    /// Which bundle.
    pub bundle_id: u32,
    /// The flags that it was opened with.
    pub flags: BundleFlags,
    /// The change: what a controller sends, but for other bundles. Which of it a bundle takes is
    /// the switch's to say. It has the version and the transaction id of the message around it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "with_type"))]
    pub message: Box<Message>,
    /// Properties; before OpenFlow 1.5 only experimenters define any.
    pub properties: Vec<BundleProperty>,
}

impl Wire for BundleControl {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(BundleControl {
            bundle_id: r.u32()?,
            kind: BundleControlType::decode(r)?,
            flags: BundleFlags::from_bits_retain(r.u16()?),
            properties: r.bounded_list(Structure::Property)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.bundle_id);
        self.kind.encode(w);
        w.u16(self.flags.bits());
        w.list(&self.properties);
    }
}

impl Wire for BundleControlType {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u16()? {
            0 => BundleControlType::OpenRequest,
            1 => BundleControlType::OpenReply,
            2 => BundleControlType::CloseRequest,
            3 => BundleControlType::CloseReply,
            4 => BundleControlType::CommitRequest,
            5 => BundleControlType::CommitReply,
            6 => BundleControlType::DiscardRequest,
            7 => BundleControlType::DiscardReply,
            unknown => {
                return Err(DecodeError::Value {
                    structure: Structure::Body,
                    field: "bundle-control type",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::BUNDLE_TYPE,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(*self as u16);
    }
}

impl Wire for BundleProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        if kind != TIME || body.version() < Version::V1_5 {
            return Ok(BundleProperty::Unknown(UnknownProperty { kind, body: body.rest() }));
        }
        body.pad::<4>()?;
        let time = Time::decode(&mut body)?;
        body.finish()?;
        Ok(BundleProperty::Time(time))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            BundleProperty::Time(time) => w.padded_element(TIME, |w| {
                w.pad::<4>();
                time.encode(w);
            }),
            BundleProperty::Unknown(property) => property.encode(w),
        }
    }
}

impl Wire for BundleAdd {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bundle_id = r.u32()?;
        r.pad::<2>()?;
        let flags = BundleFlags::from_bits_retain(r.u16()?);
        let message = Box::new(decode_change(r)?);
        Ok(BundleAdd { bundle_id, flags, message, properties: decode_properties(r)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.bundle_id);
        w.pad::<2>();
        w.u16(self.flags.bits());
        let kind = self.message.kind(w.version());
        encode_enclosed(kind, w.xid(), w, |w| self.message.encode(w));
        if !self.properties.is_empty() {
            w.pad_message();
            w.list(&self.properties);
        }
    }
}

/// Reads the message inside, whose transaction id must be that of the one around it.
fn decode_change(r: &mut Reader<'_>) -> Result<Message, DecodeError> {
    let offset = r.offset();
    let refuse = |field, value, code| {
        Err(DecodeError::Value { structure: Structure::Enclosed, field, offset, value, code })
    };
    let (xid, message) = decode_enclosed(r)?;
    if xid != r.xid() {
        return refuse("transaction id of a bundle's", xid.0, ErrorCode::BUNDLE_MESSAGE_XID);
    }
    let kind = message.kind(r.version());
    if !fits(&message, kind) {
        let code = ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED;
        return refuse("type for a bundle", kind.0.into(), code);
    }
    Ok(message)
}

fn fits(message: &Message, kind: MessageType) -> bool {
    match message {
        Message::BundleControl(_) => false,
        _ if kind == MessageType::EXPERIMENTER => true,
        _ => matches!(kind.sender(), Sender::Controller | Sender::Nobody),
    }
}

/// Reads properties and the padding before them, which must not stand alone.
fn decode_properties(r: &mut Reader<'_>) -> Result<Vec<BundleProperty>, DecodeError> {
    let (structure, offset) = (Structure::Enclosed, r.offset());
    if r.is_empty() {
        return Ok(Vec::new());
    }
    let unread = r.remaining();
    // Offsets count from the start of the message around.
    r.skip_padding(structure, offset)?;
    if r.is_empty() {
        return Err(DecodeError::Trailing { structure, offset, unread });
    }
    r.bounded_list(Structure::Property)
}

const TIME: u16 = 1;

/// What of a message its type says is not in its own JSON.
#[cfg(feature = "serde")]
fn with_type<S: serde::Serializer>(message: &Message, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeStruct;

    let mut fields = serializer.serialize_struct("Message", 2)?;
    fields.serialize_field("type", message.type_name())?;
    fields.serialize_field("body", message)?;
    fields.end()
}
