//! Importing: documents into the database, all or nothing, as one revision or none.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    sea_query::{Expr, ExprTrait as _, Query},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task;

use super::{
    check::{Gathered, gather, in_order},
    contents::{Contents, Key},
    cross,
    error::LibraryError,
    files::DocumentFile,
    load::{Stored, load},
    row::Row,
    set::Library,
    summary,
    table::Table,
    write::{Changes, Whole, write},
};
use crate::{
    engine::catalog::{Catalog, ObjectIx},
    store::{
        Progress, bulk,
        transaction::{begin_reading, begin_writing},
    },
};

/// So much new content fills an empty library without indexes: with less, making them again would be most of the time.
const FILLING: usize = 1_000;

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// The documents are the whole library: content that they do not have is removed.
    pub prune: bool,
    /// Only find out what would change.
    pub dry_run: bool,
}

/// What an import did, or in a dry run would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The revision that it made; `None` when nothing changed or it was a dry run.
    pub revision: Option<i64>,
    /// What is new.
    pub added: Vec<Change>,
    /// What is different.
    pub changed: Vec<Change>,
    /// What is gone.
    pub removed: Vec<Change>,
    /// How much content stays as it was.
    pub unchanged: usize,
}

/// Content that an import adds, changes or removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of its type.
    pub type_name: &'static str,
    /// Its slug.
    pub slug: String,
    /// The fields in which it is different; empty when it is new or gone.
    pub fields: Vec<&'static str>,
}

impl ImportReport {
    /// What changes in a few words: `14 procedures and 28 conditions added; 1 source changed`.
    #[must_use]
    pub fn summary(&self, catalog: &Catalog) -> String {
        summary::of(catalog, self)
    }

    /// Whether anything changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Imports documents.
///
/// They are laid over what the database holds, and the result is checked as a whole: with one problem nothing is imported.
/// Content that is as it was keeps its revision. Two imports at once follow each other.
///
/// # Errors
/// When the documents have problems, or the database cannot be read or written. Then it is as it was before, as it is when
/// the returned future is dropped.
pub async fn import(
    catalog: &'static Catalog,
    db: &DatabaseConnection,
    files: &[DocumentFile],
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let gathered = read(catalog, files, progress);
    let transaction = if options.dry_run { begin_reading(db).await? } else { begin_importing(db).await? };
    let outcome = lay_over(catalog, &transaction, gathered, options, progress).await;
    end(transaction, outcome).await
}

/// Imports documents into a database in which nothing was ever published; `None`, and nothing is imported, when something was.
/// Of several processes that do so at once one imports.
///
/// # Errors
/// As for [`import`].
pub async fn seed(
    catalog: &'static Catalog,
    db: &DatabaseConnection,
    files: &[DocumentFile],
    progress: &dyn Progress,
) -> Result<Option<ImportReport>, LibraryError> {
    let gathered = read(catalog, files, progress);
    let transaction = begin_importing(db).await?;
    let (revision, _) = last(&transaction).await?;
    if revision > 0 {
        transaction.rollback().await?;
        return Ok(None);
    }
    let outcome = lay_over(catalog, &transaction, gathered, ImportOptions::default(), progress).await;
    end(transaction, outcome).await.map(Some)
}

fn read<'f>(catalog: &'static Catalog, files: &'f [DocumentFile], progress: &dyn Progress) -> Gathered<'static, 'f> {
    progress.begin("Reading documents", 1);
    let gathered = gather(catalog, files);
    progress.end();
    gathered
}

/// Keeps what was written as a revision, and nothing else.
async fn end(
    transaction: DatabaseTransaction,
    outcome: Result<ImportReport, LibraryError>,
) -> Result<ImportReport, LibraryError> {
    if outcome.as_ref().is_ok_and(|report| report.revision.is_some()) {
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    outcome
}

/// Begins a transaction that no other import can be beside.
async fn begin_importing(db: &DatabaseConnection) -> Result<DatabaseTransaction, LibraryError> {
    let transaction = begin_writing(db).await?;
    if db.get_database_backend() != DbBackend::Sqlite {
        transaction.execute_unprepared("LOCK TABLE revision IN EXCLUSIVE MODE").await?;
    }
    Ok(transaction)
}

async fn lay_over(
    catalog: &'static Catalog,
    db: &DatabaseTransaction,
    gathered: Gathered<'static, '_>,
    options: ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, LibraryError> {
    let Gathered { files, library: given, mut problems, broken } = gathered;
    let tables = Table::all(catalog);

    progress.begin("Reading the database", 1);
    let Stored { library: mut result, rows: stored, mut ids } = load(catalog, &tables, db).await?;
    progress.end();

    if options.prune {
        result = given;
    } else {
        result.overlay(given);
    }
    if !broken {
        cross::check(&result, files, &mut problems);
    }
    if !problems.is_empty() {
        return Err(LibraryError::Problems(in_order(problems)));
    }

    let mut report = ImportReport::default();
    let Differences { added, changed } = differences(&result, &tables, &stored, &mut report);
    let mut removed: Vec<Key> = Vec::new();
    for table in &tables {
        let gone = stored.of(table.object.ix).filter(|(slug, _)| !result.documents.contains(table.object.ix, slug));
        removed.extend(gone.map(|(slug, _)| (table.object.ix, Arc::clone(slug))));
    }
    report.removed = removed.iter().map(|(ix, slug)| change(catalog, *ix, slug, Vec::new())).collect();
    if options.dry_run || report.is_empty() {
        return Ok(report);
    }

    let (last_revision, mut last_id) = last(db).await?;
    for table in &tables {
        let ix = table.object.ix;
        let mut new: Vec<_> = result.documents.of(ix).filter(|(slug, _)| !stored.contains(ix, slug)).collect();
        // In the order of the documents, which is then that of an export.
        new.sort_by_key(|(_, document)| document.place.as_ref().map(|place| (&place.file, place.at)));
        for (slug, _) in new {
            last_id += 1;
            ids.give(ix, slug, last_id);
        }
    }
    let revision = last_revision + 1;
    let fills = stored.is_empty() && report.added.len() >= FILLING;
    drop(stored);
    // Once for its row, once for its parts and links.
    progress.begin("Writing", added.iter().chain(&changed).map(|slugs| 2 * slugs.len()).sum());
    let text_for_json = db.get_database_backend() == DbBackend::Sqlite;
    let whole = Arc::new(Whole { tables, library: result, ids, revision, text_for_json });
    let changes = Changes { added: &added, changed: &changed, removed: &removed };
    if fills {
        let dropped = bulk::drop_indexes(db, &whole.tables.iter().flat_map(Table::names).collect()).await?;
        write(&whole, &changes, db, progress).await?;
        progress.end();
        // A library that needs this is large, and freeing it takes a while.
        task::spawn_blocking(move || drop(whole));
        progress.begin("Making indexes", 1);
        dropped.make_again(db).await?;
    } else {
        write(&whole, &changes, db, progress).await?;
    }
    publish(db, revision, last_id, &report.summary(catalog)).await?;
    progress.end();
    report.revision = Some(revision);
    Ok(report)
}

/// The content that is written, for each table.
#[derive(Default)]
struct Differences {
    added: Vec<Vec<Arc<str>>>,
    changed: Vec<Vec<Arc<str>>>,
}

fn differences(
    result: &Library<'_>,
    tables: &[Table<'_>],
    stored: &Contents<Row>,
    report: &mut ImportReport,
) -> Differences {
    let mut differences = Differences::default();
    for table in tables {
        let ix = table.object.ix;
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (slug, document) in result.documents.of(ix) {
            let Some(before) = stored.get(ix, slug) else {
                report.added.push(change(result.catalog, ix, slug, Vec::new()));
                added.push(Arc::clone(slug));
                continue;
            };
            let row = Row::of(result, table, slug, document);
            if *before == row {
                report.unchanged += 1;
            } else {
                report.changed.push(change(result.catalog, ix, slug, before.changed_fields(&row, table)));
                changed.push(Arc::clone(slug));
            }
        }
        differences.added.push(added);
        differences.changed.push(changed);
    }
    differences
}

fn change(catalog: &Catalog, ix: ObjectIx, slug: &str, fields: Vec<&'static str>) -> Change {
    Change { type_name: catalog.object(ix).name, slug: slug.to_owned(), fields }
}

/// The last revision and the last id that was given out.
async fn last(db: &impl ConnectionTrait) -> Result<(i64, i64), LibraryError> {
    let mut select = Query::select();
    select.expr_as(Expr::col("id").max(), "id").expr_as(Expr::col("last_id").max(), "last_id").from("revision");
    let row = db.query_one(&select).await?;
    let number = |name: &str| match &row {
        Some(row) => Ok(row.try_get::<Option<i64>>("", name)?.unwrap_or_default()),
        None => Ok::<_, LibraryError>(0),
    };
    Ok((number("id")?, number("last_id")?))
}

async fn publish(db: &impl ConnectionTrait, id: i64, last_id: i64, summary: &str) -> Result<(), LibraryError> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or_else(|_| OffsetDateTime::now_utc());
    let now = now.format(&Rfc3339).map_err(|_| LibraryError::Damaged("the clock shows no valid time.".to_owned()))?;
    let mut insert = Query::insert();
    insert.into_table("revision").columns(["id", "published_at", "summary", "last_id"]);
    insert.values_panic([id.into(), now.into(), summary.into(), last_id.into()]);
    db.execute(&insert).await?;
    Ok(())
}
