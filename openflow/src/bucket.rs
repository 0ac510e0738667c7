use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Action, BucketId, ErrorCode, GroupId, PortNo, UnknownProperty, Version};

/// One of the ways that a packet may take through a group (OpenFlow 1.3.5 §7.3.4.2).
///
/// ```text
/// 1.3   length 2 | weight 2 | watch_port 4 | watch_group 4 | pad 4 | actions
/// 1.5   length 2 | action_array_len 2 | bucket_id 4 | actions | properties
/// ```
///
/// In OpenFlow 1.5 weight, port and group are properties, which are absent if they are 0,
/// [`PortNo::ANY`] and [`GroupId::ANY`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bucket {
    /// Which bucket of its group; before OpenFlow 1.5 its place among them, from 0 on.
    pub bucket_id: BucketId,
    /// Its share of the packets, in a group that selects; 0 in others, and where OpenFlow 1.5 leaves it
    /// to the switch.
    pub weight: u16,
    /// Port that must be live for a fast-failover group to use it, or [`PortNo::ANY`].
    pub watch_port: PortNo,
    /// Group that must be live for a fast-failover group to use it, or [`GroupId::ANY`].
    pub watch_group: GroupId,
    /// What to do with the packet.
    pub actions: Vec<Action>,
    /// Other properties, from OpenFlow 1.5 on; never sent before. Experimenters define them; a weight of
    /// 0 that is said nevertheless is one too, and all are if weight, port and group do not come first, in
    /// this order. Boxed, since lists of buckets are long.
    pub properties: Box<[UnknownProperty]>,
}

impl Bucket {
    /// Returns the bucket that does this to every packet of its group, whatever is live.
    pub fn new(actions: Vec<Action>) -> Self {
        Bucket {
            bucket_id: BucketId::default(),
            weight: 0,
            watch_port: PortNo::ANY,
            watch_group: GroupId::ANY,
            actions,
            properties: Box::default(),
        }
    }

    /// Sets its number.
    #[must_use]
    pub fn with_id(self, bucket_id: BucketId) -> Self {
        Bucket { bucket_id, ..self }
    }

    /// Sets its share of the packets.
    #[must_use]
    pub fn with_weight(self, weight: u16) -> Self {
        Bucket { weight, ..self }
    }

    /// Sets the port that must be live for it to be used.
    #[must_use]
    pub fn with_watch_port(self, watch_port: PortNo) -> Self {
        Bucket { watch_port, ..self }
    }

    /// Returns the buckets, numbered in their order.
    pub(crate) fn numbered(buckets: Vec<Bucket>) -> Vec<Bucket> {
        (0..).map(BucketId).zip(buckets).map(|(id, bucket)| bucket.with_id(id)).collect()
    }

    /// Reads the rest as buckets.
    pub(crate) fn decode_list(r: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => Ok(Bucket::numbered(r.list()?)),
            Version::V1_5 => r.list_up_to(MAX_BUCKETS, Structure::Bucket),
        }
    }

    fn decode_1_3(bucket: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let weight = bucket.u16()?;
        let watch_port = PortNo(bucket.u32()?);
        let watch_group = GroupId(bucket.u32()?);
        bucket.pad::<4>()?;
        Ok(Bucket { weight, watch_port, watch_group, ..Bucket::new(bucket.list()?) })
    }

    fn decode_1_5(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let actions_len = usize::from(r.u16()?);
        let bucket_id = BucketId(r.u32()?);
        let mut bucket = Bucket::new(r.within(Structure::Action, actions_len)?.list()?);
        let offset = r.offset();
        let mut others = Vec::new();
        let said: Vec<Property> = r.bounded_list(Structure::Property)?;
        for property in &said {
            bucket.set(property, &mut others, offset)?;
        }
        bucket.properties = others.into();
        if bucket.all_properties() != said {
            bucket.properties = said.into_iter().map(Property::into_other).collect();
        }
        Ok(bucket.with_id(bucket_id))
    }

    /// Sets what a property says, which none before it may have said.
    fn set(
        &mut self,
        property: &Property,
        others: &mut Vec<UnknownProperty>,
        offset: usize,
    ) -> Result<(), DecodeError> {
        let said = match property {
            Property::Weight(_) => self.weight != 0,
            Property::WatchPort(_) => self.watch_port != PortNo::ANY,
            Property::WatchGroup(_) => self.watch_group != GroupId::ANY,
            Property::Other(_) => false,
        };
        if said {
            return Err(DecodeError::Value {
                structure: Structure::Property,
                field: "second property of its kind",
                offset,
                value: property.kind().into(),
                code: ErrorCode::BAD_PROPERTY_DUPLICATE,
            });
        }
        match property {
            Property::Weight(weight) => self.weight = *weight,
            Property::WatchPort(port) => self.watch_port = *port,
            Property::WatchGroup(group) => self.watch_group = *group,
            Property::Other(property) => others.push(property.clone()),
        }
        Ok(())
    }

    fn encode_1_3(&self, w: &mut Writer<'_>) {
        w.u16(self.weight);
        w.u32(self.watch_port.0);
        w.u32(self.watch_group.0);
        w.pad::<4>();
        w.list(&self.actions);
    }

    fn encode_1_5(&self, w: &mut Writer<'_>) {
        let actions_len = w.position();
        w.u16(0);
        w.u32(self.bucket_id.0);
        let start = w.position();
        w.list(&self.actions);
        w.fill(actions_len, w.position() - start);
        w.list(&self.all_properties());
    }

    /// Returns weight, port and group, but for those that the other properties say, and these.
    fn all_properties(&self) -> Vec<Property> {
        let own = [
            Property::Weight(self.weight),
            Property::WatchPort(self.watch_port),
            Property::WatchGroup(self.watch_group),
        ];
        let others = || self.properties.iter();
        let unsaid = |own: &Property| !own.is_idle() && others().all(|it| it.kind != own.kind());
        let others = others().cloned().map(Property::Other);
        own.into_iter().filter(unsaid).chain(others).collect()
    }
}

impl Wire for Bucket {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (structure, offset) = (Structure::Bucket, r.offset());
        let minimum = match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => MINIMUM_1_3,
            Version::V1_5 => MINIMUM_1_5,
        };
        let mut bucket = r.entry(structure, minimum)?;
        let length = r.offset() - offset;
        if !length.is_multiple_of(8) {
            return Err(DecodeError::Unaligned { structure, offset, length });
        }
        match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => Bucket::decode_1_3(&mut bucket),
            Version::V1_5 => Bucket::decode_1_5(&mut bucket),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| match w.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => self.encode_1_3(w),
            Version::V1_5 => self.encode_1_5(w),
        });
    }
}

/// A property of a bucket (`ofp_group_bucket_prop_type`, OpenFlow 1.5.1).
#[derive(Clone, Debug, Eq, PartialEq)]
enum Property {
    /// Not 0.
    Weight(u16),
    /// Not [`PortNo::ANY`].
    WatchPort(PortNo),
    /// Not [`GroupId::ANY`].
    WatchGroup(GroupId),
    /// What says no more than its absence would, and the rest.
    Other(UnknownProperty),
}

impl Property {
    fn kind(&self) -> u16 {
        match self {
            Property::Weight(_) => WEIGHT,
            Property::WatchPort(_) => WATCH_PORT,
            Property::WatchGroup(_) => WATCH_GROUP,
            Property::Other(property) => property.kind,
        }
    }

    /// Returns whether it says no more than its absence would.
    fn is_idle(&self) -> bool {
        match self {
            Property::Weight(weight) => *weight == 0,
            Property::WatchPort(port) => *port == PortNo::ANY,
            Property::WatchGroup(group) => *group == GroupId::ANY,
            Property::Other(_) => false,
        }
    }

    fn into_other(self) -> UnknownProperty {
        let kind = self.kind();
        let body = match self {
            Property::Weight(weight) => u32::from(weight) << 16,
            Property::WatchPort(port) => port.0,
            Property::WatchGroup(group) => group.0,
            Property::Other(property) => return property,
        };
        UnknownProperty { kind, body: Bytes::copy_from_slice(&body.to_be_bytes()) }
    }
}

impl Wire for Property {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let kept = UnknownProperty { kind, body: body.clone().rest() };
        let property = match kind {
            WEIGHT => {
                let weight = body.u16()?;
                body.pad::<2>()?;
                Property::Weight(weight)
            }
            WATCH_PORT => Property::WatchPort(PortNo(body.u32()?)),
            WATCH_GROUP => Property::WatchGroup(GroupId(body.u32()?)),
            _ => return Ok(Property::Other(kept)),
        };
        body.finish()?;
        Ok(if property.is_idle() { Property::Other(kept) } else { property })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Property::Weight(weight) => w.padded_element(WEIGHT, |w| {
                w.u16(*weight);
                w.pad::<2>();
            }),
            Property::WatchPort(port) => w.padded_element(WATCH_PORT, |w| w.u32(port.0)),
            Property::WatchGroup(group) => w.padded_element(WATCH_GROUP, |w| w.u32(group.0)),
            Property::Other(property) => property.encode(w),
        }
    }
}

const WEIGHT: u16 = 0;
const WATCH_PORT: u16 = 1;
const WATCH_GROUP: u16 = 2;
/// A bucket of OpenFlow 1.3 without actions.
const MINIMUM_1_3: usize = 16;
/// A bucket of OpenFlow 1.5 without actions and properties.
const MINIMUM_1_5: usize = 8;
/// How many buckets a list of OpenFlow 1.5 may hold: the smallest are short enough for twice as many to
/// fit in a message, and take seven times the memory.
const MAX_BUCKETS: usize = 4096;
