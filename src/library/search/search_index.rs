//! The search index: the postings of all records of a type in their order, cut into blocks
//! ([`block`](crate::engine::search::block)).
//!
//! A bulk load and `reindex` write all blocks ([`NewIndex`]). All other publications change only the blocks to which they
//! add postings, or from which they remove some (`update`).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, Statement, sea_query::Query};

use super::{
    new_index::NewIndex,
    numbered_terms::{NumberedTerm, NumberedTerms},
};
use crate::{
    engine::{
        catalog::Catalog,
        search::{self, block::Block, statements, term_position::TermPosition},
    },
    library::{
        error::LibraryError,
        publication::{
            differences::Changes,
            revision::{FIRST, Revision},
            row_stream::Rows,
            sink::StatementSink,
            write_rows::RowSource,
        },
        records::{content_table::ContentTable, load::load},
    },
    store::{
        Writer,
        connect::transaction::{Publishing, begin_publishing, begin_reading, end_reading, end_writing},
        is_locked,
    },
};

/// Maximum time to wait for another program that writes to the database. Rebuilding the index of a million records takes
/// about a minute.
const MAX_WAIT: Duration = Duration::from_mins(10);

pub(super) const TABLE: &str = search::BLOCKS;

/// A term of a record with its position. Postings are ordered as in the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting {
    pub term: String,
    pub record: i64,
    pub position: TermPosition,
}

impl Posting {
    pub fn new(numbers: &NumberedTerms, term: NumberedTerm, record: i64) -> Self {
        let (term, position) = numbers.term(term);
        Self { term: term.to_owned(), record, position: position.clone() }
    }
}

pub(super) fn rows_of(type_name: &str, blocks: Vec<Block>) -> Rows {
    let mut rows = Rows::default();
    if !blocks.is_empty() {
        rows.name(["type", "term", "record_id", "postings"]);
    }
    for Block { term, record, postings } in blocks {
        rows.values.extend([type_name.into(), term.into(), record.into(), postings.into()]);
    }
    rows
}

/// Returns the row with the version of a new index. No type has an empty name, so no search reads it.
pub(super) fn version_row(catalog: &Catalog) -> Rows {
    let record = search::index_version(catalog);
    rows_of("", vec![Block { term: String::new(), record, postings: Vec::new() }])
}

/// Rebuilds the index of all records. No publication can run at the same time. Before the first publication there is no
/// index: the first publication writes its version.
///
/// Returns the number of records.
///
/// # Errors
/// If the database cannot be read or written, or contains something that the declared types do not allow.
pub async fn reindex(catalog: &'static Catalog, writer: &Writer) -> Result<usize, LibraryError> {
    let Publishing { permit: _permit, transaction: writing } = begin_publishing(writer).await?;
    let rebuilt = rebuild(catalog, &writing).await;
    end_writing(writing, rebuilt.is_ok(), rebuilt).await
}

/// Reports whether another version of the program wrote the index or a part of it, so that searches may miss words.
///
/// # Errors
/// If the database cannot be read.
pub async fn is_index_of_another_version(catalog: &Catalog, writer: &Writer) -> Result<bool, LibraryError> {
    let reading = begin_reading(writer).await?;
    let is_old = is_of_another_version(catalog, &reading).await;
    end_reading(reading, is_old).await
}

/// Rebuilds an [index of another version](is_index_of_another_version). If several processes call this at once, one
/// rebuilds the index and the others wait. Logs a line before and after.
///
/// # Errors
/// Those of [`reindex`]; also if another program has been writing to the database for ten minutes.
pub async fn update_index(catalog: &'static Catalog, writer: &Writer) -> Result<(), LibraryError> {
    if !is_index_of_another_version(catalog, writer).await? {
        return Ok(());
    }
    tracing::warn!("another version of the program wrote the search index, so it is rebuilt");
    let begun = Instant::now();
    let rebuilt = loop {
        match rebuild_if_of_another_version(catalog, writer).await {
            // Perhaps the other program rebuilds the index.
            Err(LibraryError::Database(ref failure)) if is_locked(failure) && begun.elapsed() < MAX_WAIT => {}
            rebuilt => break rebuilt?,
        }
    };
    if let Some(records) = rebuilt {
        tracing::warn!(records, seconds = begun.elapsed().as_secs(), "the search index was rebuilt");
    } else {
        tracing::warn!("another process has rebuilt the search index");
    }
    Ok(())
}

/// Reports whether another version of the program wrote the index. Before the first publication there is no index.
async fn is_of_another_version(catalog: &Catalog, db: &DatabaseTransaction) -> Result<bool, LibraryError> {
    if Revision::latest(db).await?.number < FIRST {
        return Ok(false);
    }
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), statements::VERSION)).await?;
    let version: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(version != Some(search::index_version(catalog)))
}

/// Rebuilds the index if it is still of another version when no publication can run. Otherwise returns `None`.
async fn rebuild_if_of_another_version(catalog: &'static Catalog, writer: &Writer) -> Result<Option<usize>, LibraryError> {
    let Publishing { permit: _permit, transaction: writing } = begin_publishing(writer).await?;
    let rebuilt = match is_of_another_version(catalog, &writing).await {
        Ok(true) => rebuild(catalog, &writing).await.map(Some),
        is_old => is_old.map(|_| None),
    };
    end_writing(writing, rebuilt.is_ok(), rebuilt).await
}

async fn rebuild(catalog: &'static Catalog, db: &DatabaseTransaction) -> Result<usize, LibraryError> {
    let tables = ContentTable::all(catalog);
    let library = load(catalog, &tables, db).await?;
    let slugs = |table: &ContentTable<'_>| library.documents.of(table.object.ix).map(|(slug, _)| Arc::clone(slug)).collect();
    let added: Vec<Vec<_>> = tables.iter().map(slugs).collect();
    let records = added.iter().map(Vec::len).sum();
    let changes = Changes { changed: tables.iter().map(|_| Vec::new()).collect(), added, ..Changes::default() };
    // The index has no revision and no JSON, so these two values are not used.
    let source = Arc::new(RowSource { tables, library, revision: 0, text_for_json: false });
    db.execute(Query::delete().from_table(TABLE)).await?;
    if Revision::latest(db).await?.number >= FIRST {
        NewIndex::compute(&source, &source.added(&changes)).write(&mut StatementSink(db)).await?;
    }
    Ok(records)
}
