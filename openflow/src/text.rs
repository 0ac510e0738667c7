use std::fmt;

use crate::wire::{DecodeError, Reader, Wire, Writer};

/// A text in a field of `N` bytes: what follows its first NUL is padding.
///
/// Switches may send any bytes: they survive a round trip, and are shown as UTF-8 with the rest
/// replaced.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    /// Returns the text up to its first NUL.
    pub fn as_bytes(&self) -> &[u8] {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(N);
        &self.0[..length]
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Text([0; N])
    }
}

impl<const N: usize> From<&str> for Text<N> {
    /// Takes what leaves room for a final NUL, cut at a character's boundary.
    fn from(text: &str) -> Self {
        let length = text.floor_char_boundary(N.saturating_sub(1));
        Text::from_bytes(&text.as_bytes()[..length])
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(self.as_bytes()), f)
    }
}

#[cfg(feature = "serde")]
impl<const N: usize> serde::Serialize for Text<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<const N: usize> Wire for Text<N> {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Text::from_bytes(&r.array::<N>()?))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.slice(&self.0);
    }
}

impl<const N: usize> Text<N> {
    /// Zeroes what follows the first NUL, so that equal texts are equal values.
    fn from_bytes(bytes: &[u8]) -> Self {
        let mut text = Text([0; N]);
        for (to, &from) in text.0.iter_mut().zip(bytes.iter().take_while(|&&byte| byte != 0)) {
            *to = from;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(Text::<4>::from("eth0").to_string(), "eth");
        assert_eq!(Text::<4>::from("aéé").to_string(), "aé");
        assert_eq!(Text::<4>::from("").as_bytes(), b"");
    }

    #[test]
    fn what_follows_the_first_nul_is_padding() {
        assert_eq!(Text::<6>::from_bytes(b"s1\0abc"), Text::from("s1"));
    }
}
