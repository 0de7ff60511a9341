//! Computing and writing the whole index.

use std::sync::{Arc, Weak};

use rayon::prelude::*;
use tokio::task::{self, JoinHandle};

use super::{
    search_index::{TABLE, rows_of},
    terms,
    vocabulary::{Term, Vocabulary},
};
use crate::{
    engine::search::block::{Block, BlockWriter, USUAL_BLOCK},
    library::{
        error::LibraryError,
        publication::{
            row_stream::RowStream,
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
    /// Computing ends early when this is dropped.
    _wanted: Arc<()>,
}

impl NewIndex {
    /// Begins to compute the index. `added` has the new records of each table, in ascending order of their ids.
    pub fn compute(source: &Arc<RowSource>, added: &[Arc<[RecordToWrite]>]) -> Self {
        let is_searched = |at: usize| source.tables[at].object.searched_fields(source.library.catalog).next().is_some();
        let added = added.iter().cloned().enumerate().filter(|(at, records)| !records.is_empty() && is_searched(*at));
        let (added, source, wanted): (Vec<_>, _, _) = (added.collect(), Arc::clone(source), Arc::new(()));
        let is_wanted = Arc::downgrade(&wanted);
        let blocks = move |(at, records): (usize, Arc<[RecordToWrite]>)| {
            (source.tables[at].object.name, Postings::of(&source, at, &records, &is_wanted).into_blocks())
        };
        let blocks = task::spawn_blocking(|| added.into_iter().map(blocks).collect());
        Self { blocks, _wanted: wanted }
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
        Ok(())
    }
}

/// The postings of a type by their terms.
#[derive(Default)]
struct Postings {
    vocabulary: Vocabulary,
    /// For each term by its number: the records by their indexes, with the numbers of the positions.
    of_terms: Vec<Vec<(u32, u32)>>,
    records: Vec<i64>,
}

impl Postings {
    /// Returns the postings of records, whose ids are in ascending order. Each core computes those of a part of the records,
    /// while `wanted` exists.
    fn of(source: &RowSource, at: usize, records: &[RecordToWrite], wanted: &Weak<()>) -> Self {
        let object = source.tables[at].object;
        let of_part = |records: &[RecordToWrite]| {
            let mut postings = Self { records: records.iter().map(|record| record.id).collect(), ..Self::default() };
            for (index, record) in (0..).zip(records).take_while(|_| wanted.strong_count() > 0) {
                let (library, fields) = (&source.library, &record.fields);
                let vocabulary = &mut postings.vocabulary;
                for term in terms::of_document(library, object, &record.slug, fields, |_| true, vocabulary) {
                    postings.add(index, term);
                }
            }
            postings
        };
        let parts = records.par_chunks(records.len().div_ceil(rayon::current_num_threads()).max(1)).map(of_part);
        parts.collect::<Vec<_>>().into_iter().reduce(Self::with).unwrap_or_default()
    }

    fn add(&mut self, record: u32, Term { text, position }: Term) {
        self.of_term(text).push((record, position));
    }

    fn of_term(&mut self, text: u32) -> &mut Vec<(u32, u32)> {
        let at = text as usize;
        if at >= self.of_terms.len() {
            self.of_terms.resize_with(at + 1, Vec::new);
        }
        &mut self.of_terms[at]
    }

    /// Returns these postings with those of later records.
    fn with(mut self, later: Self) -> Self {
        let first = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let positions = later.vocabulary.positions().iter().map(|position| self.vocabulary.position(position.clone()));
        let positions: Vec<u32> = positions.collect();
        self.records.extend(later.records);
        for (text, postings) in later.vocabulary.texts().iter().zip(later.of_terms) {
            let postings = postings.into_iter().map(|(record, position)| (first + record, positions[position as usize]));
            let text = self.vocabulary.text(text.clone());
            self.of_term(text).extend(postings);
        }
        self
    }

    /// Returns the blocks of all postings. The first block begins at the smallest possible posting, so that there is a
    /// block for every posting that is added later.
    fn into_blocks(self) -> Vec<Block> {
        let Self { vocabulary, of_terms, records } = self;
        let positions = vocabulary.positions();
        let mut terms: Vec<_> = vocabulary.texts().iter().zip(of_terms).collect();
        terms.par_sort_unstable_by_key(|(text, _)| *text);
        let mut writer = BlockWriter::new(USUAL_BLOCK);
        for (term, mut postings) in terms {
            for of_record in postings.chunk_by_mut(|(one, _), (other, _)| one == other).filter(|postings| postings.len() > 1)
            {
                of_record.sort_unstable_by_key(|(_, position)| &positions[*position as usize]);
            }
            for (record, position) in postings {
                writer.add(term, records[record as usize], &positions[position as usize]);
            }
        }
        let mut blocks = writer.finish();
        if let Some(first) = blocks.first_mut() {
            (first.term, first.record) = (String::new(), 0);
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::search::term_position::{Form, TermPosition};

    /// Returns a posting of each record, and of the first one several, in an arbitrary order.
    fn postings(records: std::ops::Range<u32>) -> Postings {
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
            let Postings { vocabulary, .. } = postings;
            let term = Term { text: vocabulary.text(text), position: vocabulary.position(position) };
            postings.add(index, term);
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
        postings
    }

    #[test]
    fn the_blocks_do_not_depend_on_the_parts_that_are_computed_in_parallel() {
        let blocks = |part: usize| {
            let parts = (0..500).step_by(part).map(|start| postings(start..(start + u32::try_from(part).unwrap()).min(500)));
            let blocks = parts.reduce(Postings::with).unwrap_or_default().into_blocks();
            blocks.into_iter().map(|block| (block.term, block.record, block.postings)).collect::<Vec<_>>()
        };
        let whole = blocks(500);
        assert!(whole.len() > 2, "there are several blocks");
        for part in [1, 2, 7, 250] {
            assert_eq!(blocks(part), whole, "in parts of {part}");
        }
    }
}
