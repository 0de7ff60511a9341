//! Writing the whole index. The terms of records are computed on all cores.

use std::{collections::HashMap, sync::Arc};

use rayon::prelude::*;
use tokio::task;

use super::{
    search_index::{TABLE, rows_of},
    terms::{self, Term},
};
use crate::{
    engine::search::{
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

/// Number of records whose terms one task computes.
const RECORDS: usize = 1_000;
/// Number of blocks that are written together.
const BLOCKS: usize = 500;

/// Writes the index of new records. The index must be empty.
pub(in crate::library) async fn build<T: RowSink>(
    source: &Arc<RowSource>,
    changes: &Changes,
    sink: &mut T,
) -> Result<(), LibraryError> {
    for at in 0..source.tables.len() {
        let added = source.added(at, changes);
        let object = source.tables[at].object;
        if added.is_empty() || object.searched_fields(source.library.catalog).next().is_none() {
            continue;
        }
        let blocks = {
            let source = Arc::clone(source);
            task::spawn_blocking(move || Postings::of(&source, at, &added).into_blocks()).await
        };
        let blocks = blocks.map_err(|failure| LibraryError::Failed(format!("making the index failed: {failure}.")))?;
        let mut blocks = blocks.into_iter();
        let mut rows = RowStream::new(move || {
            let blocks: Vec<Block> = blocks.by_ref().take(BLOCKS).collect();
            (!blocks.is_empty()).then(|| task::spawn_blocking(move || T::rows(rows_of(object.name, blocks))))
        });
        sink.write(TABLE, None, &mut rows).await?;
    }
    Ok(())
}

/// The postings of a type by their terms.
#[derive(Default)]
struct Postings {
    /// The different positions, and the index of each.
    positions: Vec<TermPosition>,
    indexes: HashMap<TermPosition, u32>,
    terms: HashMap<Box<str>, Vec<(u32, u32)>>,
    records: Vec<i64>,
}

impl Postings {
    fn of(source: &RowSource, at: usize, records: &[RecordToWrite]) -> Self {
        let object = source.tables[at].object;
        let mut postings = Self { records: records.iter().map(|record| record.id).collect(), ..Self::default() };
        let together = RECORDS * rayon::current_num_threads();
        for (start, records) in (0..).step_by(together).zip(records.chunks(together)) {
            let computed: Vec<Vec<Vec<Term>>> = records
                .par_chunks(RECORDS)
                .map(|records| {
                    let terms = |record: &RecordToWrite| {
                        terms::of_document(&source.library, object, &record.slug, &record.fields, |_| true)
                    };
                    records.iter().map(terms).collect()
                })
                .collect();
            for (index, terms) in (start..).zip(computed.into_iter().flatten()) {
                for term in terms {
                    postings.add(index, term);
                }
            }
        }
        postings
    }

    fn add(&mut self, record: u32, Term { text, position }: Term) {
        let index = self.indexes.get(&position).copied().unwrap_or_else(|| {
            let index = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
            self.positions.push(position.clone());
            self.indexes.insert(position, index);
            index
        });
        match self.terms.get_mut(&*text) {
            Some(postings) => postings.push((record, index)),
            None => _ = self.terms.insert(text.into(), vec![(record, index)]),
        }
    }

    /// Returns the blocks of all postings. The first block begins at the smallest possible posting, so that there is a
    /// block for every posting that is added later.
    fn into_blocks(self) -> Vec<Block> {
        let Self { positions, terms, records, .. } = self;
        let mut terms: Vec<_> = terms.into_iter().collect();
        terms.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut writer = BlockWriter::new(USUAL_BLOCK);
        for (term, postings) in terms {
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
