use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Bucket, GroupId, GroupType, UnknownProperty, Version};

/// Description of a group (`ofp_group_desc`, OpenFlow 1.4 §7.3.5.12).
///
/// ```text
/// 1.3   length 2 | type 1 | pad 1 | group_id 4 | buckets
/// 1.5   length 2 | type 1 | pad 1 | group_id 4 | bucket_array_len 2 | pad 6 | buckets | properties
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupDesc {
    /// What it does with its buckets.
    pub kind: GroupType,
    /// Which group.
    pub group_id: GroupId,
    /// Its buckets.
    pub buckets: Vec<Bucket>,
    /// Properties; only experimenters define any, and not before OpenFlow 1.5.
    pub properties: Vec<UnknownProperty>,
}

impl Wire for GroupDesc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let minimum = match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => MINIMUM_1_3,
            Version::V1_5 => MINIMUM_1_5,
        };
        let mut r = r.entry(Structure::GroupDesc, minimum)?;
        let kind = GroupType::decode(&mut r)?;
        r.pad::<1>()?;
        let group_id = GroupId(r.u32()?);
        let (buckets, properties) = match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                (Bucket::decode_list(&mut r)?, Vec::new())
            }
            Version::V1_5 => {
                let length = usize::from(r.u16()?);
                r.pad::<6>()?;
                let buckets = Bucket::decode_list(&mut r.within(Structure::Bucket, length)?)?;
                (buckets, r.bounded_list(Structure::Property)?)
            }
        };
        Ok(GroupDesc { kind, group_id, buckets, properties })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            self.kind.encode(w);
            w.pad::<1>();
            w.u32(self.group_id.0);
            match w.version() {
                Version::V1_0 | Version::V1_3 | Version::V1_4 => w.list(&self.buckets),
                Version::V1_5 => {
                    w.counted::<6>(|w| w.list(&self.buckets));
                    w.list(&self.properties);
                }
            }
        });
    }
}

/// A group of OpenFlow 1.3 without buckets.
const MINIMUM_1_3: usize = 8;
/// A group of OpenFlow 1.5 without buckets and properties.
const MINIMUM_1_5: usize = 16;
