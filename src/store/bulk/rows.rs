//! Rows as bytes, which are the same for both kinds of database.
//!
//! A row is encoded as a tuple of PostgreSQL's binary copy format (<https://www.postgresql.org/docs/current/sql-copy.html>):
//! the number of fields in two bytes; then, for each field, its length in four bytes and its value. The length -1 means
//! null. Integers and floating point numbers have eight bytes, the most significant first; booleans have one; texts are
//! UTF-8; bytes are unchanged.

use std::fmt;

use ring::digest::{SHA256, digest};

use crate::plural;

/// Size at which a batch is sent, in bytes: so large that the transfer between threads is cheap, and so small that a queue
/// of batches needs little memory.
const BATCH: usize = 1 << 20;

/// Maximum number of batches in the queue between reader and writer.
pub const MAX_QUEUED: usize = 4;

/// The beginning of PostgreSQL's binary copy format. The flags and the length of an extension follow.
pub const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Int(i64),
    /// A floating point number. Zero has no sign, because SQLite does not store the sign of zero.
    Float(f64),
    Boolean(bool),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// Returns the first 128 bits of the SHA-256 of some bytes. Checksums are sums of these, so they do not depend on an order.
pub fn first_bits_of_sha256(bytes: &[u8]) -> u128 {
    digest(&SHA256, bytes).as_ref().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The number of rows, and a checksum of their values that does not depend on their order: the sum of the first 128 bits of
/// each row's SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum {
    /// Number of rows.
    pub rows: u64,
    content: u128,
}

impl Checksum {
    fn add_row(&mut self, tuple: &[u8]) {
        self.rows += 1;
        self.content = self.content.wrapping_add(first_bits_of_sha256(tuple));
    }

    /// Adds further rows.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.content = self.content.wrapping_add(other.content);
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:032x}", plural::count(self.rows, "row"), self.content)
    }
}

/// Rows that are transferred together.
#[derive(Default)]
pub struct Batch {
    tuples: Vec<u8>,
    /// The end of each row.
    ends: Vec<usize>,
}

impl Batch {
    /// Creates an empty batch with capacity for this number of values of usual length.
    pub fn with_capacity(values: usize) -> Self {
        /// Bytes of a value with its length: most are numbers, words and names.
        const USUAL: usize = 24;
        Self { tuples: Vec::with_capacity(values * USUAL), ends: Vec::new() }
    }

    pub fn push_row<'v>(&mut self, values: impl ExactSizeIterator<Item = Value<'v>>) {
        self.tuples.extend(u16::try_from(values.len()).unwrap_or(u16::MAX).to_be_bytes());
        for value in values {
            match value {
                Value::Null => self.tuples.extend((-1_i32).to_be_bytes()),
                Value::Int(number) => self.push_field(&number.to_be_bytes()),
                // Negative zero becomes zero, because SQLite does not store its sign.
                Value::Float(number) => self.push_field(&(number + 0.0).to_be_bytes()),
                Value::Boolean(truth) => self.push_field(&[u8::from(truth)]),
                Value::Text(text) => self.push_field(text.as_bytes()),
                Value::Bytes(bytes) => self.push_field(bytes),
            }
        }
        self.end_row();
    }

    /// Appends a row that PostgreSQL has encoded.
    pub fn push_tuple(&mut self, tuple: &[u8]) {
        self.tuples.extend(tuple);
        self.end_row();
    }

    fn push_field(&mut self, bytes: &[u8]) {
        // A value has less than 2 GiB in SQLite, and less than 1 GiB in PostgreSQL.
        self.tuples.extend(i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.tuples.extend(bytes);
    }

    fn end_row(&mut self) {
        self.ends.push(self.tuples.len());
    }

    /// Reports whether it is large enough to be sent.
    pub fn is_full(&self) -> bool {
        self.tuples.len() >= BATCH
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn checksum(&self) -> Checksum {
        let mut checksum = Checksum::default();
        self.tuples().for_each(|tuple| checksum.add_row(tuple));
        checksum
    }

    fn tuples(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.tuples[start..*end])
    }

    pub fn rows(&self) -> impl Iterator<Item = Fields<'_>> {
        self.tuples().map(|tuple| Fields(&tuple[2..]))
    }
}

/// Iterates over the fields of a row, as bytes; `None` is null.
pub struct Fields<'b>(&'b [u8]);

impl<'b> Iterator for Fields<'b> {
    type Item = Option<&'b [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.0.split_first_chunk()?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Some(None);
        };
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Some(field))
    }
}

/// Splits the output of `COPY` on PostgreSQL into rows.
#[derive(Default)]
pub struct CopyDecoder {
    bytes: Vec<u8>,
    /// True after the header.
    begun: bool,
}

impl CopyDecoder {
    /// Reads a piece of the stream, and appends the complete rows to a batch.
    pub fn read(&mut self, piece: &[u8], batch: &mut Batch) {
        self.bytes.extend(piece);
        let mut at = 0;
        if !self.begun {
            let Some(header) = self.header() else { return };
            (self.begun, at) = (true, header);
        }
        while let Some(length) = tuple(&self.bytes[at..]) {
            batch.push_tuple(&self.bytes[at..at + length]);
            at += length;
        }
        self.bytes.drain(..at);
    }

    /// Returns the length of the header with its extension; `None` if it is not complete.
    fn header(&self) -> Option<usize> {
        let extension = self.bytes.get(SIGNATURE.len() + 4..)?.first_chunk()?;
        let length = SIGNATURE.len() + 8 + usize::try_from(u32::from_be_bytes(*extension)).ok()?;
        (self.bytes.len() >= length).then_some(length)
    }
}

/// Returns the length of the first tuple in these bytes. `None` if it is incomplete, or if the stream ends here: -1 as the
/// number of fields marks the end.
fn tuple(bytes: &[u8]) -> Option<usize> {
    let fields = u16::try_from(i16::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let mut at = 2;
    for _ in 0..fields {
        let length = i32::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
        at += 4 + usize::try_from(length).unwrap_or(0);
    }
    (bytes.len() >= at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.push_row([Value::Null, Value::Int(-7), Value::Text("")].into_iter());
        batch.push_row([Value::Float(-0.0), Value::Boolean(true), Value::Text("ä\0")].into_iter());
        batch
    }

    #[test]
    fn fields_are_decoded_as_they_were_encoded_and_null_is_not_empty() {
        let batch = batch();
        let rows: Vec<Vec<Option<&[u8]>>> = batch.rows().map(Iterator::collect).collect();
        assert_eq!(rows[0], [None, Some(&(-7_i64).to_be_bytes()[..]), Some(&b""[..])]);
        assert_eq!(rows[1], [Some(&[0; 8][..]), Some(&[1][..]), Some("ä\0".as_bytes())]);
    }

    #[test]
    fn rows_are_split_in_the_same_way_for_any_size_of_pieces() {
        let sent = batch();
        let stream = [SIGNATURE.as_slice(), &[0; 8], &sent.tuples, &(-1_i16).to_be_bytes()].concat();
        for size in [1, 3, 7, 1000] {
            let (mut incoming, mut found) = (CopyDecoder::default(), Batch::default());
            for piece in stream.chunks(size) {
                incoming.read(piece, &mut found);
            }
            assert_eq!((&found.tuples, found.checksum()), (&sent.tuples, sent.checksum()), "{size}");
        }
    }

    #[test]
    fn the_checksum_depends_on_every_value_and_not_on_the_order() {
        let checksum = |rows: &[[Value<'_>; 2]]| {
            let mut batch = Batch::default();
            for row in rows {
                batch.push_row(row.iter().copied());
            }
            batch.checksum()
        };
        let (one, two) = ([Value::Int(1), Value::Text("a")], [Value::Int(2), Value::Null]);
        assert_eq!(checksum(&[one, two]), checksum(&[two, one]));
        for other in [
            [Value::Int(2), Value::Text("")],
            [Value::Int(2), Value::Boolean(false)],
            [Value::Int(3), Value::Null],
            [Value::Null, Value::Int(2)],
        ] {
            assert_ne!(checksum(&[one, two]), checksum(&[one, other]), "{other:?}");
        }
        assert_ne!(checksum(&[one]), checksum(&[one, one]));
    }
}
