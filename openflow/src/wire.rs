//! The two directions of every codec: [`Reader`], which cannot read past a length field, and
//! [`Writer`], which fills length fields in once their content is known.
//!
//! ```text
//! element  +------+--------+--------------------+     length counts its own header;
//!          | type | length | body               |     an aligned element ends on 8 bytes,
//!          +------+--------+--------------------+     a padded one is followed by 0-7 bytes
//!            u16     u16     length - 4 bytes         that its length does not count
//!
//! entry    +--------+---------------------------+     length counts all of it
//!          | length | body                      |
//!          +--------+---------------------------+
//!             u16     length - 2 bytes
//! ```
//!
//! Every loop over elements ends: each takes at least its header off the reader.
//!
//! What a packet-in is read with, and its answer made with, is inlined here and in the structures: what is returned
//! is copied, and a copy of what was just written piece by piece has to wait for it. That was half of the time.

#[cfg(test)]
mod steps;

use bytes::Bytes;
use smallvec::{Array, SmallVec};

pub(crate) use crate::refusal::{DecodeError, Structure};

use crate::{EncodeError, FieldId, Version, Xid};

/// A part of a message, read and written by one codec for all versions.
pub(crate) trait Wire: Sized {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError>;
    fn encode(&self, w: &mut Writer<'_>);
}

/// Where the elements of a list go.
pub(crate) trait List: Default {
    type Element: Wire;
    fn add(&mut self, element: Self::Element);
}

impl<T: Wire> List for Vec<T> {
    type Element = T;

    #[inline]
    fn add(&mut self, element: T) {
        self.push(element);
    }
}

impl<A: Array<Item: Wire>> List for SmallVec<A> {
    type Element = A::Item;

    #[inline]
    fn add(&mut self, element: A::Item) {
        self.push(element);
    }
}

/// How many elements an open list may hold: OXM fields of a match, instructions, properties, bands.
///
/// Real lists hold a few dozen. The bound keeps what a hostile message makes us allocate in
/// proportion to its length.
pub(crate) const MAX_ELEMENTS: usize = 256;

/// A cursor over the bytes of one structure of a message.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    message: &'a [u8],
    /// What the message is a part of, or all.
    bytes: &'a Bytes,
    version: Version,
    structure: Structure,
    /// How many lists of actions within actions this is in.
    nesting: u8,
    at: usize,
    end: usize,
    enclosed: bool,
}

impl<'a> Reader<'a> {
    /// Reads a whole message, a part of `bytes`, named `structure` in errors.
    pub(crate) fn new(
        message: &'a [u8],
        bytes: &'a Bytes,
        version: Version,
        structure: Structure,
    ) -> Self {
        let (at, end) = (0, message.len());
        Reader { message, bytes, version, structure, nesting: 0, at, end, enclosed: false }
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Returns in how many lists of actions within actions this structure is.
    pub(crate) fn nesting(&self) -> u8 {
        self.nesting
    }

    /// Counts what follows in this structure as a list of actions within an action.
    pub(crate) fn nest(&mut self) {
        self.nesting += 1;
    }

    pub(crate) fn structure(&self) -> Structure {
        self.structure
    }

    /// Returns the place of the next byte in the message.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Returns the transaction id in the message's header.
    pub(crate) fn xid(&self) -> Xid {
        let xid = self.message.get(4..8).and_then(|bytes| bytes.try_into().ok());
        Xid(xid.map_or(0, u32::from_be_bytes))
    }

    /// Returns whether this reads a message that stands in another.
    pub(crate) fn is_enclosed(&self) -> bool {
        self.enclosed
    }

    /// Takes the next `length` bytes as the body of a message that stands in this one.
    pub(crate) fn enclosed(&mut self, length: usize) -> Result<Reader<'a>, DecodeError> {
        Ok(Reader { enclosed: true, ..self.within(Structure::Enclosed, length)? })
    }

    pub(crate) fn remaining(&self) -> usize {
        self.end - self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    #[inline(always)]
    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        #[cfg(test)]
        steps::count();
        if length > self.remaining() {
            return Err(self.truncated(self.structure, self.at, length));
        }
        let slice = &self.message[self.at..self.at + length];
        self.at += length;
        Ok(slice)
    }

    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(N)?);
        Ok(array)
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    #[inline(always)]
    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Returns the next bytes without taking them, if there are as many.
    pub(crate) fn peek<const N: usize>(&self) -> Option<[u8; N]> {
        self.clone().array().ok()
    }

    /// Skips padding, whatever it holds: only senders are bound to zeroes.
    #[inline(always)]
    pub(crate) fn pad<const N: usize>(&mut self) -> Result<(), DecodeError> {
        self.slice(N).map(drop)
    }

    /// Skips the padding that ends an aligned element, less than 8 bytes.
    pub(crate) fn end_padding(&mut self) {
        if self.remaining() < 8 {
            self.at = self.end;
        }
    }

    /// Takes all that is left as a slice of the message, without copying.
    pub(crate) fn rest(&mut self) -> Bytes {
        let rest = self.bytes.slice_ref(&self.message[self.at..self.end]);
        self.at = self.end;
        rest
    }

    /// Takes the next `length` bytes as a reader of their own.
    #[inline]
    pub(crate) fn within(
        &mut self,
        structure: Structure,
        length: usize,
    ) -> Result<Reader<'a>, DecodeError> {
        #[cfg(test)]
        steps::count();
        let at = self.at;
        self.nested(structure, at, length)?;
        self.at += length;
        Ok(Reader { structure, at, end: self.at, ..*self })
    }

    /// Takes an element whose length counts all its bytes, a multiple of 8: an action, an
    /// instruction.
    pub(crate) fn aligned_element(
        &mut self,
        structure: Structure,
    ) -> Result<(u16, Reader<'a>), DecodeError> {
        let offset = self.at;
        let (kind, length, element) = self.element(structure)?;
        if length % 8 != 0 {
            return Err(DecodeError::Unaligned { structure, offset, length });
        }
        Ok((kind, element))
    }

    /// Takes an element and the padding after it that its length does not count: a hello element,
    /// a property.
    pub(crate) fn padded_element(
        &mut self,
        structure: Structure,
    ) -> Result<(u16, Reader<'a>), DecodeError> {
        let (kind, length, element) = self.element(structure)?;
        self.skip_padding(structure, length)?;
        Ok((kind, element))
    }

    /// Takes an element whose length counts all its bytes, however many: a meter band, the header
    /// of an action.
    pub(crate) fn bare_element(
        &mut self,
        structure: Structure,
    ) -> Result<(u16, Reader<'a>), DecodeError> {
        let (kind, _, element) = self.element(structure)?;
        Ok((kind, element))
    }

    /// Takes an entry that starts with its own length in 16 bits, and that is never shorter than
    /// `minimum`: one of flow statistics, the description of a group.
    pub(crate) fn entry(
        &mut self,
        structure: Structure,
        minimum: usize,
    ) -> Result<Reader<'a>, DecodeError> {
        let offset = self.at;
        let length = usize::from(self.within(structure, 2)?.u16()?);
        self.rest_of_entry(structure, offset, length, minimum)
    }

    /// Takes what is left of an entry that started at `offset`, once its length is known.
    pub(crate) fn rest_of_entry(
        &mut self,
        structure: Structure,
        offset: usize,
        length: usize,
        minimum: usize,
    ) -> Result<Reader<'a>, DecodeError> {
        let read = self.at - offset;
        if length < minimum.max(read) {
            return Err(DecodeError::TooShort { structure, offset, length, minimum });
        }
        self.within(structure, length - read)
    }

    /// Skips what brings `length` up to a multiple of 8.
    pub(crate) fn skip_padding(
        &mut self,
        structure: Structure,
        length: usize,
    ) -> Result<(), DecodeError> {
        let padding = padding(length);
        self.nested(structure, self.at, padding)?;
        self.at += padding;
        Ok(())
    }

    /// Reads the rest as elements, as many as there are bytes for.
    pub(crate) fn list<L: List>(&mut self) -> Result<L, DecodeError> {
        self.list_up_to(usize::MAX, self.structure)
    }

    /// Reads the rest as elements, at most [`MAX_ELEMENTS`].
    pub(crate) fn bounded_list<L: List>(&mut self, structure: Structure) -> Result<L, DecodeError> {
        self.list_up_to(MAX_ELEMENTS, structure)
    }

    /// Reads the rest as elements, at most `bound`.
    #[inline(always)]
    pub(crate) fn list_up_to<L: List>(
        &mut self,
        bound: usize,
        structure: Structure,
    ) -> Result<L, DecodeError> {
        let mut list = L::default();
        let mut room = bound;
        while !self.is_empty() {
            if room == 0 {
                return Err(DecodeError::TooMany { structure, offset: self.at });
            }
            list.add(L::Element::decode(self)?);
            room -= 1;
        }
        Ok(list)
    }

    /// Ends the structure: bytes that nothing has read mean that its length is wrong.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.is_empty() {
            return Ok(());
        }
        Err(DecodeError::Trailing {
            structure: self.structure,
            offset: self.at,
            unread: self.remaining(),
        })
    }

    fn element(&mut self, structure: Structure) -> Result<(u16, usize, Reader<'a>), DecodeError> {
        self.nested(structure, self.at, ELEMENT_HEADER)?;
        let offset = self.at;
        let kind = self.u16()?;
        let length = usize::from(self.u16()?);
        if length < ELEMENT_HEADER {
            let minimum = ELEMENT_HEADER;
            return Err(DecodeError::TooShort { structure, offset, length, minimum });
        }
        Ok((kind, length, self.within(structure, length - ELEMENT_HEADER)?))
    }

    /// Checks that `length` bytes are there for `structure`, at whose fault it is if they are not.
    #[inline]
    fn nested(
        &self,
        structure: Structure,
        offset: usize,
        needed: usize,
    ) -> Result<(), DecodeError> {
        if needed > self.remaining() {
            return Err(self.truncated(structure, offset, needed));
        }
        Ok(())
    }

    /// Kept apart, so that reading what is there is a comparison and a load.
    #[cold]
    fn truncated(&self, structure: Structure, offset: usize, needed: usize) -> DecodeError {
        DecodeError::Truncated { structure, offset, needed, left: self.remaining() }
    }
}

/// Appends the bytes of one message.
///
/// Length fields wrap when they overflow: a message that holds one is itself too long, which
/// `encode` finds at the end, as it does what the version cannot say.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    version: Version,
    start: usize,
    fault: Option<EncodeError>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, version: Version) -> Self {
        let start = out.len();
        Writer { out, version, start, fault: None }
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the transaction id in the message's header, which must have been written.
    pub(crate) fn xid(&self) -> Xid {
        let xid = self.out.get(self.start + 4..self.start + 8);
        Xid(xid.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes))
    }

    /// Notes that the version cannot say a part of the message: what is written is not to be sent.
    pub(crate) fn lacks(&mut self, what: &'static str) {
        let version = self.version;
        self.fault.get_or_insert(EncodeError::Lacking { version, what });
    }

    /// Notes that the version cannot match a field, or not as it is asked to.
    pub(crate) fn cannot_match(&mut self, field: FieldId) {
        let version = self.version;
        self.fault.get_or_insert(EncodeError::Field { version, field });
    }

    /// Returns the first part of the message that the version cannot say.
    pub(crate) fn fault(&self) -> Option<EncodeError> {
        self.fault
    }

    /// Returns how long the output is, to come back to with [`Writer::fill`].
    pub(crate) fn position(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.slice(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.slice(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.slice(&value.to_be_bytes());
    }

    pub(crate) fn slice(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn pad<const N: usize>(&mut self) {
        self.slice(&[0; N]);
    }

    pub(crate) fn list<T: Wire>(&mut self, list: &[T]) {
        for element in list {
            element.encode(self);
        }
    }

    /// Writes the length of `content` in a field, `N` bytes of padding, then `content`.
    pub(crate) fn counted<const N: usize>(&mut self, content: impl FnOnce(&mut Self)) {
        let field = self.out.len();
        self.u16(0);
        self.pad::<N>();
        let start = self.out.len();
        content(self);
        self.fill(field, self.out.len() - start);
    }

    /// Writes an element whose length counts the padding that ends it.
    pub(crate) fn aligned_element(&mut self, kind: u16, body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u16(kind);
        self.u16(0);
        body(self);
        self.pad_from(start);
        let length = self.out.len() - start;
        self.fill(start + 2, length);
    }

    /// Writes an element that has no padding.
    pub(crate) fn bare_element(&mut self, kind: u16, body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u16(kind);
        self.u16(0);
        body(self);
        self.fill(start + 2, self.out.len() - start);
    }

    /// Writes an element whose length does not count the padding after it.
    pub(crate) fn padded_element(&mut self, kind: u16, body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.bare_element(kind, body);
        self.pad_from(start);
    }

    /// Writes an entry that starts with its own length in 16 bits.
    pub(crate) fn entry(&mut self, body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u16(0);
        body(self);
        self.fill(start, self.out.len() - start);
    }

    /// Brings the message up to a multiple of 8 bytes.
    pub(crate) fn pad_message(&mut self) {
        self.pad_from(self.start);
    }

    fn pad_from(&mut self, start: usize) {
        let length = self.out.len() - start;
        self.out.resize(self.out.len() + padding(length), 0);
    }

    /// Fills in a length field that was written as zero.
    pub(crate) fn fill(&mut self, field: usize, length: usize) {
        self.out[field..field + 2].copy_from_slice(&(length as u16).to_be_bytes());
    }
}

/// Returns how many bytes bring `length` up to a multiple of 8.
pub(crate) fn padding(length: usize) -> usize {
    length.next_multiple_of(8) - length
}

const ELEMENT_HEADER: usize = 4;
