//! Writing the whole index. The terms of records are computed on all cores.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use foldhash::fast::RandomState;
use rayon::prelude::*;
use tokio::task::{self, JoinHandle};

use super::{
    search_index::{TABLE, rows_of},
    terms::{self, Term},
};
use crate::{
    engine::search::{
        KnownWords,
        block::{Block, BlockWriter, USUAL_BLOCK},
        term_position::TermPosition,
    },
    library::{
        error::LibraryError,
        publication::{
            differences::Changes,
            row_stream::RowStream,
            sink::RowSink,
            write_rows::{RecordToWrite, RowSource},
        },
    },
};

/// Number of blocks that are written together.
const BLOCKS: usize = 500;

/// The index of new records, which is computed on all cores while other tables are written.
pub(in crate::library) struct NewIndex(JoinHandle<Vec<(&'static str, Vec<Block>)>>);

impl NewIndex {
    /// Begins to compute the index.
    pub fn compute(source: &Arc<RowSource>, changes: &Changes) -> Self {
        let is_searched = |at: &usize| source.tables[*at].object.searched_fields(source.library.catalog).next().is_some();
        let added = (0..source.tables.len()).filter(is_searched).map(|at| (at, source.added(at, changes)));
        let added: Vec<_> = added.filter(|(_, records)| !records.is_empty()).collect();
        let source = Arc::clone(source);
        let blocks = move |(at, records): (usize, Arc<[RecordToWrite]>)| {
            (source.tables[at].object.name, Postings::of(&source, at, &records).into_blocks())
        };
        Self(task::spawn_blocking(|| added.into_iter().map(blocks).collect()))
    }

    /// Writes the index, which must be empty.
    pub async fn write<T: RowSink>(self, sink: &mut T) -> Result<(), LibraryError> {
        let types = self.0.await.map_err(|failure| LibraryError::Failed(format!("making the index failed: {failure}.")))?;
        for (name, blocks) in types {
            let mut blocks = blocks.into_iter();
            let mut rows = RowStream::new(move || {
                let blocks: Vec<Block> = blocks.by_ref().take(BLOCKS).collect();
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
    /// The different positions, and the index of each.
    positions: Vec<TermPosition>,
    indexes: HashMap<TermPosition, u32, RandomState>,
    terms: HashMap<String, Vec<(u32, u32)>, RandomState>,
    records: Vec<i64>,
}

impl Postings {
    /// Returns the postings of records, whose ids are in ascending order. Each core computes those of a part of the records.
    fn of(source: &RowSource, at: usize, records: &[RecordToWrite]) -> Self {
        let object = source.tables[at].object;
        let of_part = |records: &[RecordToWrite]| {
            let mut postings = Self { records: records.iter().map(|record| record.id).collect(), ..Self::default() };
            let mut known = KnownWords::default();
            for (index, record) in (0..).zip(records) {
                let (library, fields) = (&source.library, &record.fields);
                for term in terms::of_document(library, object, &record.slug, fields, |_| true, &mut known) {
                    postings.add(index, term);
                }
            }
            postings
        };
        let parts = records.par_chunks(records.len().div_ceil(rayon::current_num_threads()).max(1)).map(of_part);
        parts.collect::<Vec<_>>().into_iter().reduce(Self::with).unwrap_or_default()
    }

    fn add(&mut self, record: u32, Term { text, position }: Term) {
        let position = self.index(position);
        self.terms.entry(text).or_default().push((record, position));
    }

    /// Returns the index of a position.
    fn index(&mut self, position: TermPosition) -> u32 {
        let next = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        match self.indexes.entry(position) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                self.positions.push(free.key().clone());
                *free.insert(next)
            }
        }
    }

    /// Returns these postings with those of later records.
    fn with(mut self, later: Self) -> Self {
        let first = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let positions: Vec<u32> = later.positions.into_iter().map(|position| self.index(position)).collect();
        self.records.extend(later.records);
        for (term, postings) in later.terms {
            let postings = postings.into_iter().map(|(record, position)| (first + record, positions[position as usize]));
            self.terms.entry(term).or_default().extend(postings);
        }
        self
    }

    /// Returns the blocks of all postings. The first block begins at the smallest possible posting, so that there is a
    /// block for every posting that is added later.
    fn into_blocks(self) -> Vec<Block> {
        let Self { positions, terms, records, .. } = self;
        let mut terms: Vec<_> = terms.into_iter().collect();
        terms.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut writer = BlockWriter::new(USUAL_BLOCK);
        for (term, mut postings) in terms {
            for of_record in postings.chunk_by_mut(|(one, _), (other, _)| one == other).filter(|postings| postings.len() > 1)
            {
                of_record.sort_unstable_by_key(|(_, position)| &positions[*position as usize]);
            }
            for (record, position) in postings {
                writer.add(&term, records[record as usize], &positions[position as usize]);
            }
        }
        let mut blocks = writer.finish();
        if let Some(first) = blocks.first_mut() {
            (first.term, first.record) = (String::new(), 0);
        }
        blocks
    }
}
