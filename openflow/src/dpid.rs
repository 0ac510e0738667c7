use std::fmt;
use std::str::FromStr;

/// The 64-bit identity of a switch (`datapath_id` in `OFPT_FEATURES_REPLY`).
///
/// Its text is always hexadecimal, as `ovs-ofctl` prints it, so that `10` means the same switch
/// wherever it is typed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Dpid(pub u64);

/// Why a text is not a [`Dpid`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a datapath id is 1 to 16 hexadecimal digits, with 0x or in colon-separated pairs")]
pub struct DpidError;

impl fmt::Display for Dpid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Dpid {
    type Err = DpidError;

    fn from_str(text: &str) -> Result<Self, DpidError> {
        let digits = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => digits.to_owned(),
            None if text.contains(':') => join_pairs(text)?,
            None => text.to_owned(),
        };
        // `from_str_radix` would take a sign too.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_hex || !(1..=16).contains(&digits.len()) {
            return Err(DpidError);
        }
        u64::from_str_radix(&digits, 16).map(Dpid).map_err(|_| DpidError)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Dpid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Dpid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Dpid)
        }
    }
}

fn join_pairs(text: &str) -> Result<String, DpidError> {
    let pairs: Vec<&str> = text.split(':').collect();
    if pairs.iter().any(|pair| pair.len() != 2) { Err(DpidError) } else { Ok(pairs.concat()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_hexadecimal_in_every_spelling() {
        for text in ["a10", "0xa10", "0XA10", "A10", "0000000000000a10", "00:00:00:00:00:00:0a:10"]
        {
            assert_eq!(text.parse(), Ok(Dpid(0xa10)), "{text}");
        }
        assert_eq!("10".parse(), Ok(Dpid(16)));
        assert_eq!("ffffffffffffffff".parse(), Ok(Dpid(u64::MAX)));
    }

    #[test]
    fn prints_sixteen_lower_case_digits() {
        assert_eq!(Dpid(0xAB).to_string(), "00000000000000ab");
    }

    #[test]
    fn refuses_what_is_not_a_datapath_id() {
        for text in [
            "",
            "0x",
            "+1",
            "-1",
            "g",
            "0:1",
            "00:1",
            ":",
            "00000000000000001",
            "0x00:01",
            " 1",
            "é",
        ] {
            assert_eq!(text.parse::<Dpid>(), Err(DpidError), "{text:?}");
        }
    }
}
