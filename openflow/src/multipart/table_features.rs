use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, TableConfig, TableFeatureProperty, TableId, Text, Version};

/// What a flow table can do, or shall do (`ofp_table_features`, OpenFlow 1.3.5 §7.3.5.5).
///
/// ```text
/// 1.3   length 2 | table_id 1 | pad 5                  | name 32 | metadata_match 8 | metadata_write 8
/// 1.5   length 2 | table_id 1 | command 1 | features 4 | name 32 | metadata_match 8 | metadata_write 8
///       | config 4 | max_entries 4 | properties
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableFeatures {
    /// Which table.
    pub table_id: TableId,
    /// What a request does with the tables; 0 in an answer.
    pub command: TableFeaturesCommand,
    /// Where in the pipeline it can be; nothing before OpenFlow 1.5.
    pub features: TableFeatureFlags,
    /// Its name.
    pub name: Text<32>,
    /// Which bits of the metadata flows can match.
    pub metadata_match: u64,
    /// Which bits of the metadata flows can write.
    pub metadata_write: u64,
    /// Which ways to configure it there are; none before OpenFlow 1.4.
    pub config: TableConfig,
    /// How many flows it holds at most.
    pub max_entries: u32,
    /// What its flows can match and do.
    pub properties: Vec<TableFeatureProperty>,
}

/// What a request that sets table features does with the tables (OpenFlow 1.5.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum TableFeaturesCommand {
    /// Replace the pipeline by these tables: all that earlier versions do.
    #[default]
    Replace = 0,
    /// Change these tables.
    Modify = 1,
    /// Put these tables in the pipeline.
    Enable = 2,
    /// Take these tables out of the pipeline.
    Disable = 3,
}

bitflags::bitflags! {
    /// Where in the pipeline a table can be; bits that have no name are kept (OpenFlow 1.5.1).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct TableFeatureFlags: u32 {
        /// Before the output.
        const INGRESS_TABLE = 1 << 0;
        /// Behind the output.
        const EGRESS_TABLE = 1 << 1;
        /// First behind the output.
        const FIRST_EGRESS = 1 << 4;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(TableFeatureFlags);

impl Wire for TableFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::TableFeatures, MINIMUM)?;
        let table_id = TableId(r.u8()?);
        let (command, features) = match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                r.pad::<5>()?;
                (TableFeaturesCommand::Replace, TableFeatureFlags::empty())
            }
            Version::V1_5 => {
                let command = TableFeaturesCommand::decode(&mut r)?;
                (command, TableFeatureFlags::from_bits_retain(r.u32()?))
            }
        };
        Ok(TableFeatures {
            table_id,
            command,
            features,
            name: Text::decode(&mut r)?,
            metadata_match: r.u64()?,
            metadata_write: r.u64()?,
            config: TableConfig::from_bits_retain(r.u32()?),
            max_entries: r.u32()?,
            properties: r.bounded_list(TableFeatureProperty::structure(r.version()))?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u8(self.table_id.0);
            match w.version() {
                Version::V1_0 | Version::V1_3 | Version::V1_4 => w.pad::<5>(),
                Version::V1_5 => {
                    self.command.encode(w);
                    w.u32(self.features.bits());
                }
            }
            self.name.encode(w);
            w.u64(self.metadata_match);
            w.u64(self.metadata_write);
            w.u32(self.config.bits());
            w.u32(self.max_entries);
            w.list(&self.properties);
        });
    }
}

impl Wire for TableFeaturesCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u8()? {
            0 => TableFeaturesCommand::Replace,
            1 => TableFeaturesCommand::Modify,
            2 => TableFeaturesCommand::Enable,
            3 => TableFeaturesCommand::Disable,
            unknown => {
                return Err(DecodeError::Value {
                    structure: Structure::TableFeatures,
                    field: "command",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::TABLE_FEATURES_COMMAND,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(*self as u8);
    }
}

/// A table without properties.
const MINIMUM: usize = 64;
