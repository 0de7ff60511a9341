//! Computing and writing the whole index.

use std::sync::{Arc, Weak};

use rayon::prelude::*;
use tokio::task::{self, JoinHandle};

use super::{
    numbered_terms::{NumberedPositions, NumberedTerm, NumberedTerms, NumberedTexts},
    search_index::{TABLE, rows_of, version_row},
    terms,
};
use crate::{
    engine::search::block::{Block, BlockWriter, USUAL_BLOCK},
    library::{
        error::LibraryError,
        publication::{
            row_stream::{RowStream, Rows},
            sink::RowSink,
            write_rows::{RecordToWrite, RowSource},
        },
    },
};

/// Number of blocks that are written together.
const BLOCKS_TOGETHER: usize = 500;

/// The index of new records. It is computed on all cores while other tables are written.
pub(in crate::library) struct NewIndex {
    /// The blocks of each type.
    blocks: JoinHandle<Vec<(&'static str, Vec<Block>)>>,
    /// The row with its version.
    version: Rows,
    /// Computing ends early when this is dropped.
    _wanted: Arc<()>,
}

impl NewIndex {
    /// Begins to compute the index. `added` has the new records of each table, in ascending order of their ids.
    pub fn compute(source: &Arc<RowSource>, added: &[Arc<[RecordToWrite]>]) -> Self {
        let is_searched = |at: usize| source.tables[at].object.searched_fields(source.library.catalog).next().is_some();
        let added = added.iter().cloned().enumerate().filter(|(at, records)| !records.is_empty() && is_searched(*at));
        let (added, source, wanted): (Vec<_>, _, _) = (added.collect(), Arc::clone(source), Arc::new(()));
        let (is_wanted, version) = (Arc::downgrade(&wanted), version_row(source.library.catalog));
        let blocks = move |(at, records): (usize, Arc<[RecordToWrite]>)| {
            (source.tables[at].object.name, blocks_of(&source, at, &records, &is_wanted))
        };
        let blocks = task::spawn_blocking(|| added.into_iter().map(blocks).collect());
        Self { blocks, version, _wanted: wanted }
    }

    /// Writes the index, which must be empty.
    pub async fn write<T: RowSink>(self, sink: &mut T) -> Result<(), LibraryError> {
        let types = self.blocks.await;
        let types =
            types.map_err(|failure| LibraryError::Failed(format!("computing the search index failed: {failure}.")))?;
        for (name, blocks) in types {
            let mut blocks = blocks.into_iter();
            let mut rows = RowStream::new(move || {
                let blocks: Vec<Block> = blocks.by_ref().take(BLOCKS_TOGETHER).collect();
                (!blocks.is_empty()).then(|| task::spawn_blocking(move || T::rows(rows_of(name, blocks))))
            });
            sink.write(TABLE, None, &mut rows).await?;
        }
        sink.write(TABLE, None, &mut RowStream::just(T::rows(self.version)?)).await
    }
}

/// The postings of some records of a type.
#[derive(Default)]
struct Postings {
    numbers: NumberedTerms,
    /// The terms of the records, each with the index of its record.
    terms: Vec<(NumberedTerm, u32)>,
    records: Vec<i64>,
}

/// Postings by their terms, in the order of the index.
struct SortedPostings {
    texts: NumberedTexts,
    positions: NumberedPositions,
    records: Vec<i64>,
    /// For each term, the number of its text, and the end (exclusive) of its range in `postings`. In ascending order of
    /// the texts.
    terms: Vec<(u32, usize)>,
    /// For each posting, the index of its record and the number of its position.
    postings: Vec<(u32, u32)>,
}

/// Computes the blocks of the postings of records, whose ids are in ascending order. Each core computes the postings of a
/// part of the records, while `wanted` exists.
fn blocks_of(source: &RowSource, at: usize, records: &[RecordToWrite], wanted: &Weak<()>) -> Vec<Block> {
    let object = source.tables[at].object;
    let of_part = |records: &[RecordToWrite]| {
        let mut postings = Postings { records: records.iter().map(|record| record.id).collect(), ..Postings::default() };
        for (index, record) in (0..).zip(records).take_while(|_| wanted.strong_count() > 0) {
            let (library, numbers) = (&source.library, &mut postings.numbers);
            let terms = terms::of_document(library, object, &record.slug, &record.fields, |_| true, numbers);
            postings.terms.extend(terms.into_iter().map(|term| (term, index)));
        }
        (wanted.strong_count() > 0).then(|| postings.sorted())
    };
    let parts = records.par_chunks(records.len().div_ceil(rayon::current_num_threads()).max(1)).map(of_part);
    parts.collect::<Option<Vec<_>>>().map(|parts| blocks(&parts)).unwrap_or_default()
}

impl Postings {
    fn sorted(self) -> SortedPostings {
        let (texts, positions) = self.numbers.into_texts_and_positions();
        let mut order: Vec<u32> = (0..).take(texts.len()).collect();
        order.sort_unstable_by_key(|number| &texts[*number as usize]);
        let mut next = vec![0; texts.len()];
        for (term, _) in &self.terms {
            next[term.text as usize] += 1;
        }
        // A counting sort: this loop replaces the number of postings of each text in `next` by the index of its first
        // posting.
        let (mut terms, mut end) = (Vec::with_capacity(order.len()), 0);
        for text in order {
            let count = std::mem::replace(&mut next[text as usize], end);
            end += count;
            terms.push((text, end));
        }
        let mut postings = vec![(0, 0); end];
        for (term, record) in self.terms {
            let at = &mut next[term.text as usize];
            postings[*at] = (record, term.position);
            *at += 1;
        }
        let mut start = 0;
        for (_, end) in &terms {
            let of_term = &mut postings[start..*end];
            for of_record in of_term.chunk_by_mut(|(one, _), (other, _)| one == other).filter(|same| same.len() > 1) {
                of_record.sort_unstable_by_key(|(_, position)| &positions[*position as usize]);
            }
            start = *end;
        }
        SortedPostings { texts, positions, records: self.records, terms, postings }
    }
}

impl SortedPostings {
    /// Returns a term; `None` after the last one.
    fn term(&self, at: usize) -> Option<&str> {
        self.terms.get(at).map(|(text, _)| self.texts[*text as usize].as_str())
    }

    fn write(&self, at: usize, term: &str, writer: &mut BlockWriter) {
        let start = at.checked_sub(1).map_or(0, |before| self.terms[before].1);
        for (record, position) in &self.postings[start..self.terms[at].1] {
            writer.add(term, self.records[*record as usize], &self.positions[*position as usize]);
        }
    }
}

/// Returns the blocks of all postings. The records of each part precede those of the next one. The first block begins at
/// the smallest possible posting, so that there is a block for every posting that is added later.
fn blocks(parts: &[SortedPostings]) -> Vec<Block> {
    let mut writer = BlockWriter::new(USUAL_BLOCK);
    let mut next = vec![0; parts.len()];
    while let Some(term) = parts.iter().zip(&next).filter_map(|(part, at)| part.term(*at)).min() {
        for (part, at) in parts.iter().zip(&mut next) {
            if part.term(*at) == Some(term) {
                part.write(*at, term, &mut writer);
                *at += 1;
            }
        }
    }
    let mut blocks = writer.finish();
    if let Some(first) = blocks.first_mut() {
        (first.term, first.record) = (String::new(), 0);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::search::term_position::{Form, TermPosition};

    /// Returns a posting of each record, and of the first one several, in an arbitrary order.
    fn postings(records: std::ops::Range<u32>) -> SortedPostings {
        let mut postings = Postings { records: records.clone().map(i64::from).collect(), ..Postings::default() };
        let position = |field, form| TermPosition {
            field,
            role: 0,
            further_words: 0,
            form,
            has_similar: false,
            difference: Vec::new(),
        };
        let add = |postings: &mut Postings, index, text, position| {
            let term = NumberedTerm { text: postings.numbers.text(text), position: postings.numbers.position(position) };
            postings.terms.push((term, index));
        };
        for (index, record) in (0..).zip(records) {
            for field in [3, 1, 2].into_iter().take(if record == 0 { 3 } else { 1 }) {
                for (text, form) in [("peel", Form::Stem), ("acne", Form::Word)] {
                    let position = position(field + u16::try_from(record % 2).unwrap(), form);
                    add(&mut postings, index, text.to_owned(), position);
                }
            }
            add(&mut postings, index, format!("word-{record}"), position(1, Form::Word));
        }
        postings.sorted()
    }

    #[test]
    fn the_blocks_do_not_depend_on_the_parts_that_are_computed_in_parallel() {
        let blocks = |part: usize| {
            let parts = (0..500).step_by(part).map(|start| postings(start..(start + u32::try_from(part).unwrap()).min(500)));
            let blocks = blocks(&parts.collect::<Vec<_>>());
            blocks.into_iter().map(|block| (block.term, block.record, block.postings)).collect::<Vec<_>>()
        };
        let whole = blocks(500);
        assert!(whole.len() > 2, "there are several blocks");
        for part in [1, 2, 7, 250] {
            assert_eq!(blocks(part), whole, "in parts of {part}");
        }
    }
}
