//! Blocks of postings. A posting is a term of a record, with its [`TermPosition`]. The index of a type is the list of its
//! postings in the order of terms, records and positions, and is cut into blocks. A row of the table has one block, with the
//! lowest term and record that may be in it. So rare terms share a row, and a frequent term has several rows.
//!
//! A block has its positions, then its terms. A term is written without the prefix that it shares with the previous term.
//! Each of its postings is one number: the id of the record minus the id in the previous posting, and in the lower bits
//! the index of the position.

use super::{
    bytes::{Reader, number_bytes, write_number},
    term_position::TermPosition,
};

/// Usual size of a new block, in bytes. A page of SQLite has three such blocks, a page of PostgreSQL six.
pub const USUAL_BLOCK: usize = 1_250;
/// Maximum estimated size of a block that a publication changes, in bytes. A longer block is divided, because PostgreSQL
/// stores long values outside of their row.
pub const MAX_BLOCK: usize = 1_800;

/// A block, with the lowest term and record that may be in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The lowest term.
    pub term: String,
    /// The lowest record with this term.
    pub record: i64,
    /// The postings.
    pub postings: Vec<u8>,
}

/// The bytes of a block are damaged.
#[derive(Debug, thiserror::Error)]
#[error("the search index is damaged; rebuild it with `dermagraph reindex`")]
pub struct Damaged;

/// Writes postings into blocks. The postings must be added in the order of the index.
pub struct BlockWriter {
    /// Maximum estimated size of a block, in bytes.
    size: usize,
    finished: Vec<Block>,
    positions: Vec<TermPosition>,
    /// The terms, each with its postings: record, and index of the position.
    terms: Vec<(String, Vec<(i64, usize)>)>,
    /// Estimated size of the unfinished block, in bytes. The written block can be slightly longer.
    bytes: usize,
}

impl BlockWriter {
    /// Creates a writer of blocks of about `size` bytes.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, finished: Vec::new(), positions: Vec::new(), terms: Vec::new(), bytes: 0 }
    }

    /// Adds a posting.
    pub fn add(&mut self, term: &str, record: i64, position: &TermPosition) {
        /// Estimated bytes of a position without its difference, and of a term without its characters.
        const POSITION: usize = 5;
        const TERM: usize = 3;
        let last = self.terms.last();
        let is_new = last.is_none_or(|(last, _)| last != term);
        let delta = last.filter(|_| !is_new).and_then(|(_, postings)| Some(record - postings.last()?.0)).unwrap_or(record);
        let known = self.positions.iter().position(|known| known == position);
        // The index of a position is estimated at four bits: few blocks have more than 16 positions.
        let mut bytes = number_bytes(delta.unsigned_abs() << 4);
        bytes += if is_new { TERM + term.len() - last.map_or(0, |(last, _)| common(last, term)) } else { 0 };
        bytes += if known.is_none() { POSITION + position.difference.len() } else { 0 };
        // All positions of a term in a record are in one block, because a block is found by the term and the record.
        if !self.terms.is_empty() && (is_new || delta != 0) && self.bytes + bytes > self.size {
            self.end_block();
            return self.add(term, record, position);
        }
        self.bytes += bytes;
        let position = known.unwrap_or_else(|| {
            self.positions.push(position.clone());
            self.positions.len() - 1
        });
        match self.terms.last_mut().filter(|_| !is_new) {
            Some((_, postings)) => postings.push((record, position)),
            None => self.terms.push((term.to_owned(), vec![(record, position)])),
        }
    }

    /// Returns the finished blocks since the last call.
    pub fn finished(&mut self) -> Vec<Block> {
        std::mem::take(&mut self.finished)
    }

    /// Returns the remaining blocks.
    #[must_use]
    pub fn finish(mut self) -> Vec<Block> {
        self.end_block();
        self.finished
    }

    fn end_block(&mut self) {
        let (positions, terms) = (std::mem::take(&mut self.positions), std::mem::take(&mut self.terms));
        let Some((term, postings)) = terms.first() else { return };
        let first = (term.clone(), postings.first().map_or(0, |(record, _)| *record));
        let mut bytes = Vec::with_capacity(self.bytes);
        write_number(&mut bytes, positions.len() as u64);
        for position in &positions {
            position.write(&mut bytes);
        }
        let (bits, mut before) = (position_bits(positions.len()), "");
        for (term, postings) in &terms {
            write_term(&mut bytes, before, term);
            write_number(&mut bytes, postings.len() as u64);
            let mut last = 0;
            for (record, position) in postings {
                write_number(&mut bytes, (record - last).unsigned_abs() << bits | *position as u64);
                last = *record;
            }
            before = term;
        }
        self.bytes = 0;
        self.finished.push(Block { term: first.0, record: first.1, postings: bytes });
    }
}

/// Returns the number of bits of the index of a position.
fn position_bits(positions: usize) -> u32 {
    usize::BITS - positions.saturating_sub(1).leading_zeros()
}

/// Returns the number of bytes at the start that two terms have in common.
fn common(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}

/// The lengths of the common part and of the rest of a term are in one byte, with four bits each. A length of at least this
/// number is written after that byte.
const LONG: usize = 15;

fn write_term(bytes: &mut Vec<u8>, before: &str, term: &str) {
    let shared = common(before, term);
    let lengths = [shared, term.len() - shared];
    let [first, other] = lengths.map(|length| u8::try_from(length.min(LONG)).unwrap_or_default());
    bytes.push(first << 4 | other);
    for length in lengths.into_iter().filter(|length| *length >= LONG) {
        write_number(bytes, length as u64);
    }
    bytes.extend(&term.as_bytes()[shared..]);
}

/// Calls `found` with each posting of a block: the term, the record and the position.
///
/// # Errors
/// If the block is damaged.
pub fn each_posting(block: &[u8], mut found: impl FnMut(&str, i64, &TermPosition)) -> Result<(), Damaged> {
    let mut reader = BlockReader::new(block)?;
    while let Some(term) = reader.next_term()? {
        let term = term.to_owned();
        reader.postings(|record, _, position| found(&term, record, position))?;
    }
    Ok(())
}

/// Reads the terms of a block one after the other.
pub struct BlockReader<'b> {
    bytes: Reader<'b>,
    positions: Vec<TermPosition>,
    bits: u32,
    term: Vec<u8>,
    /// Number of postings of the term that are not read yet.
    unread: usize,
}

impl<'b> BlockReader<'b> {
    /// Reads the positions of a block.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn new(postings: &'b [u8]) -> Result<Self, Damaged> {
        let mut bytes = Reader::new(postings);
        let mut positions = Vec::new();
        if !postings.is_empty() {
            let count = bytes.length().ok_or(Damaged)?;
            for _ in 0..count {
                positions.push(TermPosition::read(&mut bytes).ok_or(Damaged)?);
            }
        }
        Ok(Self { bytes, bits: position_bits(positions.len()), positions, term: Vec::new(), unread: 0 })
    }

    /// Reads the next term, and skips postings of the last one that were not read. Returns `None` at the end.
    ///
    /// # Errors
    /// If the block is damaged.
    pub fn next_term(&mut self) -> Result<Option<&str>, Damaged> {
        self.bytes.skip_numbers(std::mem::take(&mut self.unread)).ok_or(Damaged)?;
        if self.bytes.rest().is_empty() {
            return Ok(None);
        }
        self.read_term().ok_or(Damaged)?;
        std::str::from_utf8(&self.term).map(Some).map_err(|_| Damaged)
    }

    fn read_term(&mut self) -> Option<()> {
        let [lengths] = *self.bytes.take(1)?.first_chunk()?;
        let mut length = |short: u8| match usize::from(short) {
            LONG => self.bytes.length(),
            short => Some(short),
        };
        let (shared, more) = (length(lengths >> 4)?, length(lengths & 0xf)?);
        if shared > self.term.len() {
            return None;
        }
        self.term.truncate(shared);
        self.term.extend(self.bytes.take(more)?);
        self.unread = self.bytes.length()?;
        Some(())
    }

    /// Calls `found` with the record of each posting of the term, and with the position and its index among the positions.
    ///
    /// # Errors
    /// If the block is damaged.
    pub fn postings(&mut self, mut found: impl FnMut(i64, usize, &TermPosition)) -> Result<(), Damaged> {
        let mut record = 0_i64;
        for _ in 0..std::mem::take(&mut self.unread) {
            let number = self.bytes.number().ok_or(Damaged)?;
            let more = i64::try_from(number.checked_shr(self.bits).unwrap_or_default()).map_err(|_| Damaged)?;
            record = record.checked_add(more).ok_or(Damaged)?;
            let position = number & !(u64::MAX.checked_shl(self.bits).unwrap_or_default());
            let position = usize::try_from(position).map_err(|_| Damaged)?;
            found(record, position, self.positions.get(position).ok_or(Damaged)?);
        }
        Ok(())
    }

    /// Returns the positions of the block.
    #[must_use]
    pub fn positions(&self) -> &[TermPosition] {
        &self.positions
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::{Strategy, any, proptest};

    use super::{
        super::term_position::{Form, TermPosition},
        *,
    };

    fn read(blocks: &[Block]) -> Vec<(String, i64, TermPosition)> {
        let mut postings = Vec::new();
        for block in blocks {
            let add =
                |term: &str, record, position: &TermPosition| postings.push((term.to_owned(), record, position.clone()));
            each_posting(&block.postings, add).unwrap();
        }
        postings
    }

    fn position() -> impl Strategy<Value = TermPosition> {
        (0..3_u16, 0..10_u8, 0..10_u8, any::<bool>(), "[a-c]{0,2}").prop_map(|(field, role, further_words, flag, text)| {
            TermPosition {
                field,
                role,
                further_words,
                form: if flag { Form::Word } else { Form::Stem },
                has_similar: flag,
                difference: text.into_bytes(),
            }
        })
    }

    proptest! {
        #[test]
        fn blocks_have_the_postings_that_were_written(
            postings in proptest::collection::btree_set(("[a-c=é]{1,20}", 1..1_000_000_i64, position()), 0..300),
            size in 20..400_usize,
        ) {
            let postings: BTreeSet<(String, i64, TermPosition)> = postings;
            let mut writer = BlockWriter::new(size);
            for (term, record, position) in &postings {
                writer.add(term, *record, position);
            }
            let blocks = writer.finish();
            assert_eq!(read(&blocks), postings.into_iter().collect::<Vec<_>>());
            for block in &blocks {
                let mut reader = BlockReader::new(&block.postings).unwrap();
                assert_eq!(reader.next_term().unwrap(), Some(block.term.as_str()));
                // The estimate assumes few positions, and a posting is not divided.
                assert!(block.postings.len() <= size + size / 4 + 100, "{} {size}", block.postings.len());
            }
            let firsts: BTreeSet<_> = blocks.iter().map(|block| (&block.term, block.record)).collect();
            let lasts = blocks.iter().filter_map(|block| read(std::slice::from_ref(block)).pop());
            assert!(firsts.len() == blocks.len() && lasts.zip(firsts.iter().skip(1)).all(|(last, next)| (&last.0, last.1) < *next));
        }

        #[test]
        fn damaged_blocks_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let Ok(mut reader) = BlockReader::new(&bytes) else { return Ok(()) };
            while let Ok(Some(_)) = reader.next_term() {
                if reader.postings(|_, _, _| {}).is_err() {
                    break;
                }
            }
        }
    }
}
