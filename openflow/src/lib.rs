//! openflow (placeholder until the codec lands)
#![allow(missing_docs)]
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Dpid(pub u64);
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct PortNo(pub u32);
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct GenerationId(pub u64);
impl GenerationId { pub const UNDEFINED: Self = Self(u64::MAX); }
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role { NoChange, Equal, Master, Slave }
impl std::fmt::Display for Dpid { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{:016x}", self.0) } }
impl GenerationId { pub fn is_older_than(self, o: Self) -> bool { (self.0.wrapping_sub(o.0) as i64) < 0 } }
