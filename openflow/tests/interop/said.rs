//! What os-ken means by what it says (`openflow/interop/os_ken_sayings.py`), name by name.

use std::collections::BTreeMap;

use openflow::{Message, Version};

/// Returns the messages by their versions and names.
pub(crate) fn said() -> BTreeMap<(Version, &'static str), Message> {
    BTreeMap::new()
}
