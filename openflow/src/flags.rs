//! How sets of flags look in JSON: the number that stands on the wire.

macro_rules! serialize_as_number {
    ($flags:ty) => {
        impl serde::Serialize for $flags {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.bits().serialize(serializer)
            }
        }
    };
}

pub(crate) use serialize_as_number;
