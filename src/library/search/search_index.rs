//! The search index: the postings of all records of a type in their order, cut into blocks
//! ([`block`](crate::engine::search::block)).
//!
//! A bulk load and `reindex` write all blocks ([`NewIndex`]). All other publications change only the blocks to which they
//! add postings, or from which they remove some (`update`).

use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, sea_query::Query};

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
        Snapshot, StoreError, Writer,
        connect::transaction::{Publishing, begin_publishing, commit},
        reading::statement::{Read, Statement},
    },
};

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

/// Reports whether the index has the version of this program. Otherwise searches may miss words until `reindex`.
///
/// # Errors
/// If the database cannot be read.
pub async fn has_current_index(catalog: &Catalog, snapshot: &mut Snapshot) -> Result<bool, StoreError> {
    let rows = snapshot.rows(&Statement::new(statements::VERSION, Vec::new(), [Read::Int])).await?;
    Ok(!rows.is_empty() && rows.int(0, 0) == Some(search::index_version(catalog)))
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
    let ended = if rebuilt.is_ok() { commit(writing).await } else { writing.rollback().await };
    // The first failure is the one to report.
    let rebuilt = rebuilt?;
    ended?;
    Ok(rebuilt)
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
