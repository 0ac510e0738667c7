//! How bytes look in JSON: a string of lower-case hexadecimal digits.

use std::fmt::Write;

pub(crate) fn text(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(feature = "serde")]
pub(crate) fn serialize<S: serde::Serializer>(
    bytes: &bytes::Bytes,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(bytes))
}
