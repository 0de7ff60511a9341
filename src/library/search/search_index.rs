//! The rows of the search index: one for each term of a field of a record.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, QueryResult,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};

use super::terms::{self, Term};
use crate::{
    engine::{
        canonical::CanonicalObject,
        catalog::{Catalog, Field, ObjectType},
        declare::FORMERLY,
        search,
    },
    library::{
        document::shape::SLUG,
        error::LibraryError,
        publication::{
            changed_record::ChangedRecord,
            differences::Changes,
            row_stream::Rows,
            sink::{RowSink, StatementSink},
            write_rows::{RowSource, RowWriter, WrittenRecord},
        },
        records::{content_table::ContentTable, documents::Library, load::load},
    },
    store::{Writer, connect::transaction::begin_publishing},
};

pub(in crate::library) const TABLE: &str = search::TERMS;
/// The column with the id of the record.
pub(in crate::library) const RECORD_ID: &str = "record_id";

/// Reports whether the terms of a field of a record may have changed. A record with another slug has other former slugs.
pub(in crate::library) fn has_changed(field: &Field, record: &ChangedRecord) -> bool {
    record.has_changed(field.name) || (field.name == SLUG && record.has_changed(FORMERLY))
}

/// Returns the condition that a row is of a field.
pub(in crate::library) fn is_of(field: &Field) -> Expr {
    Expr::col("field").eq(field.search_name())
}

/// Adds the rows of a record, or only those of one of its fields, by its id, its slug and its canonical document.
pub(super) fn add_rows(
    library: &Library<'_>,
    object: &ObjectType,
    only: Option<&Field>,
    id: i64,
    slug: &str,
    fields: &CanonicalObject,
    rows: &mut Rows,
) {
    if rows.names.is_empty() {
        rows.name(["type", "term", "word", "field", "role", "weight", RECORD_ID]);
    }
    for Term { text, word, field, role, weight } in terms::of(library, object, only, slug, fields) {
        rows.values.extend([object.name.into(), text.into(), Value::String(word), field.into()]);
        rows.values.extend([role.into(), weight.into(), Value::BigInt(Some(id))]);
    }
}

impl<T: RowSink> RowWriter<'_, T> {
    /// Writes the search terms of new records, and those of the fields of changed records that differ.
    pub async fn terms(&mut self, at: usize, added: &Arc<[WrittenRecord]>) -> Result<(), LibraryError> {
        let (catalog, object) = (self.source.library.catalog, self.source.tables[at].object);
        let make = |only| {
            move |source: &RowSource, one: &WrittenRecord, rows: &mut Rows| {
                add_rows(&source.library, object, only, one.id, &one.slug, &one.fields, rows);
                Ok(())
            }
        };
        self.rows(TABLE, added, make(None)).await?;
        for field in object.searched_fields(catalog) {
            let differing = self.changes.changed[at].iter().filter(|record| has_changed(field, record));
            let differing = self.source.records(at, differing.map(|record| (&record.slug, 0)));
            self.rows(TABLE, &differing, make(Some(field))).await?;
        }
        Ok(())
    }
}

/// Number of records whose terms are compared with one statement.
const COMPARED: usize = 500;

/// Counts the records whose stored terms differ from those that this version of the program derives from their
/// documents, and the ids with terms that belong to no record.
pub(in crate::library) async fn outdated(
    library: &Library<'_>,
    tables: &[ContentTable<'_>],
    db: &impl ConnectionTrait,
) -> Result<usize, LibraryError> {
    let (mut outdated, mut known) = (0, BTreeSet::new());
    for table in tables {
        let ix = table.object.ix;
        let records: Vec<_> = library
            .documents
            .of(ix)
            .filter_map(|(slug, document)| Some((library.ids.id(ix, slug)?, slug, document)))
            .collect();
        for records in records.chunks(COMPARED) {
            let mut stored = stored(table.object, records.iter().map(|(id, ..)| *id), db).await?;
            for (id, slug, document) in records {
                let mut made = terms::of(library, table.object, None, slug, &document.fields);
                made.sort_unstable();
                outdated += usize::from(stored.remove(id).unwrap_or_default() != made);
                known.insert(*id);
            }
        }
    }
    let mut indexed = Query::select();
    indexed.distinct().column(RECORD_ID).from(TABLE);
    for row in db.query_all(&indexed).await? {
        outdated += usize::from(!known.contains(&row.try_get_by_index::<i64>(0)?));
    }
    Ok(outdated)
}

/// Reads the terms of records of a type, in their order, by the id of the record.
async fn stored(
    object: &ObjectType,
    ids: impl Iterator<Item = i64>,
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<i64, Vec<Term>>, LibraryError> {
    let mut select = Query::select();
    select.columns([RECORD_ID, "term", "word", "field", "role", "weight"]).from(TABLE);
    select.and_where(Expr::col("type").eq(object.name)).and_where(Expr::col(RECORD_ID).is_in(ids));
    let term = |row: &QueryResult| -> Result<Term, DbErr> {
        let (text, word, field) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        Ok(Term { text, word, field, role: row.try_get_by_index(4)?, weight: row.try_get_by_index(5)? })
    };
    let mut terms: BTreeMap<i64, Vec<Term>> = BTreeMap::new();
    for row in db.query_all(&select).await? {
        terms.entry(row.try_get_by_index(0)?).or_default().push(term(&row)?);
    }
    for terms in terms.values_mut() {
        terms.sort_unstable();
    }
    Ok(terms)
}

/// Rebuilds the terms of all records. No publication can run at the same time.
///
/// Returns the number of records.
///
/// # Errors
/// If the database cannot be read or written, or contains something that the declared types do not allow.
pub async fn reindex(catalog: &'static Catalog, writer: &Writer) -> Result<usize, LibraryError> {
    let writing = begin_publishing(writer).await?;
    let made = rebuild(catalog, &writing).await;
    let ended = if made.is_ok() { writing.commit().await } else { writing.rollback().await };
    // The first failure is the one to report.
    let made = made?;
    ended?;
    Ok(made)
}

async fn rebuild(catalog: &'static Catalog, db: &DatabaseTransaction) -> Result<usize, LibraryError> {
    let tables = ContentTable::all(catalog);
    let library = load(catalog, &tables, db).await?;
    let slugs = |table: &ContentTable<'_>| library.documents.of(table.object.ix).map(|(slug, _)| Arc::clone(slug)).collect();
    let added: Vec<Vec<Arc<str>>> = tables.iter().map(slugs).collect();
    let records = added.iter().map(Vec::len).sum();
    let changes = Changes { changed: tables.iter().map(|_| Vec::new()).collect(), added, ..Changes::default() };
    // The terms have no revision, and no value that depends on the database.
    let source = Arc::new(RowSource { tables, library, revision: 0, text_for_json: false });
    db.execute(Query::delete().from_table(TABLE)).await?;
    let mut sink = StatementSink(db);
    let mut writer = RowWriter { source: &source, changes: &changes, sink: &mut sink };
    for at in 0..source.tables.len() {
        writer.terms(at, &source.added(at, &changes)).await?;
    }
    Ok(records)
}
