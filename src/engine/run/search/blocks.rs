//! The blocks of the index that a search has read.

use std::collections::{BTreeMap, btree_map::Entry};

use super::meanings::Meaning;
use crate::{
    engine::{
        plan::search::{Ranges, Search, SearchedType, SimilarWords},
        problem::EngineError,
        search::block::{BlockReader, Damaged},
    },
    store::{ReadReservation, Snapshot, reading::statement::Rows},
};

/// Bytes of a block in memory, in addition to its postings and its first term.
const BLOCK_BYTES: usize = 128;

/// The blocks of the index that a search has read, by type, and by their first term and record.
pub struct Blocks {
    of_types: BTreeMap<String, BTreeMap<(String, i64), Vec<u8>>>,
    /// For the blocks.
    memory: ReadReservation,
}

/// The terms that a search needs. For a misspelt word, the search reads all blocks that may have terms with the same first
/// letter, but only few of these terms are similar to the word. So [`Blocks::read`] stores only the blocks that have at
/// least one needed term.
pub struct NeededTerms<'f> {
    pub search: &'f Search,
    pub meanings: &'f [Meaning],
    /// As in [`Found`](super::Found).
    pub similar_words: &'f [Vec<usize>],
}

impl Blocks {
    pub fn new(memory: ReadReservation) -> Self {
        Self { of_types: BTreeMap::new(), memory }
    }

    /// Reads the blocks that may have terms of these ranges. If `needed` is given, only blocks with such a term are stored.
    ///
    /// # Errors
    /// If the database fails or takes too long, a block is damaged, or there is not enough memory.
    pub async fn read(
        &mut self,
        snapshot: &mut Snapshot,
        ranges: &Ranges,
        needed: Option<&NeededTerms<'_>>,
    ) -> Result<(), EngineError> {
        let Some(statement) = ranges.statement(snapshot.dialect()) else { return Ok(()) };
        // After an error, the other rows are received and dropped, so that the connection can be used again.
        let mut added = Ok(());
        let mut add = |rows: &Rows| {
            if added.is_ok() {
                added = self.add(rows, needed);
            }
        };
        snapshot.each_chunk(&statement, &mut add).await?;
        added
    }

    fn add(&mut self, rows: &Rows, needed: Option<&NeededTerms<'_>>) -> Result<(), EngineError> {
        for row in 0..rows.len() {
            let (Some(of_type), Some(term), Some(record)) = (rows.text(row, 0), rows.text(row, 1), rows.int(row, 2)) else {
                continue;
            };
            let postings = rows.bytes(row, 3);
            if let Some(needed) = needed
                && !needed.are_in(of_type, postings)?
            {
                continue;
            }
            let blocks = self.of_types.entry(of_type.to_owned()).or_default();
            if let Entry::Vacant(block) = blocks.entry((term.to_owned(), record)) {
                self.memory.grow(BLOCK_BYTES + term.len() + postings.len())?;
                block.insert(postings.to_vec());
            }
        }
        Ok(())
    }

    /// Calls `found` with each term of a type, and the block to read its postings.
    pub fn terms(
        &self,
        type_name: &str,
        mut found: impl FnMut(&str, &mut BlockReader<'_>) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let mut term = String::new();
        for postings in self.of_types.get(type_name).iter().flat_map(|blocks| blocks.values()) {
            let mut block = BlockReader::new(postings)?;
            while let Some(next) = block.next_term()? {
                term.clear();
                term.push_str(next);
                found(&term, &mut block)?;
            }
        }
        Ok(())
    }

    /// Reports whether a type has a word itself, or a phrase with the word.
    pub fn have_word(&self, type_name: &str, similar_words: &SimilarWords) -> Result<bool, Damaged> {
        let mut has = false;
        self.terms(type_name, |term, _| {
            has |= similar_words.is_exact_match(term);
            Ok(())
        })?;
        Ok(has)
    }
}

impl NeededTerms<'_> {
    /// Reports whether a block of a type has a needed term. All terms of synonyms are needed, because phrases are compared
    /// with them.
    fn are_in(&self, type_name: &str, postings: &[u8]) -> Result<bool, Damaged> {
        let among = |types: &[SearchedType]| types.iter().position(|one| one.name == type_name);
        let (None, Some(at)) = (among(&self.search.synonyms), among(&self.search.types)) else { return Ok(true) };
        let means = |meaning: &Meaning, term: &str| meaning.term == term || meaning.names.iter().any(|name| name == term);
        let is_meant = |term: &str| self.meanings.iter().any(|meaning| means(meaning, term));
        let is_similar = |term: &str| {
            let mut words = self.similar_words[at].iter().map(|word| &self.search.similar_words[*word]);
            words.any(|word| word.similar.likeness(term).is_some())
        };
        let mut block = BlockReader::new(postings)?;
        while let Some(term) = block.next_term()? {
            if is_meant(term) || is_similar(term) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
