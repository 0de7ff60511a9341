//! Verifying that a database contains what was published.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{
    engine::catalog::Catalog,
    library::{
        error::LibraryError,
        publication::{checksum::LibraryChecksum, differences::differences, report::Change, revision::Revision},
        records::{content_table::ContentTable, load::load},
        search::outdated::outdated,
    },
    store::{
        Progress, Writer,
        connect::transaction::{begin_reading, end_reading},
    },
};

/// The statement with which SQLite compares its indexes with its tables:
/// <https://www.sqlite.org/pragma.html#pragma_integrity_check>. It reports at most 10 problems.
const CHECK_FILE: &str = "PRAGMA integrity_check(10)";

/// The records of a database, compared with those that were published.
#[derive(Debug, PartialEq)]
pub struct VerifyReport {
    /// The latest revision; 0 if nothing was published yet.
    pub revision: i64,
    /// Number of records.
    pub records: usize,
    /// The checksum that was published with the revision.
    pub published: LibraryChecksum,
    /// The checksum of the content that was read.
    pub found: LibraryChecksum,
    /// Records whose derived fields differ from those that this version of the program derives.
    pub outdated: Vec<Change>,
    /// Number of records whose search terms differ from those that this version of the program derives.
    pub outdated_terms: usize,
}

/// Reads all content. Compares its checksum with the published one, and its derived fields and search terms with newly
/// derived ones. On SQLite, also checks the file of the database.
///
/// # Errors
/// If the database cannot be read, or contains something that the declared types do not allow.
pub async fn verify(catalog: &Catalog, writer: &Writer, progress: &dyn Progress) -> Result<VerifyReport, LibraryError> {
    progress.begin("Reading the database", 1);
    let transaction = begin_reading(writer).await?;
    let report = compare(catalog, &transaction).await;
    let report = end_reading(transaction, report).await?;
    progress.end();
    Ok(report)
}

async fn compare(catalog: &Catalog, db: &impl ConnectionTrait) -> Result<VerifyReport, LibraryError> {
    check_file(db).await?;
    let latest = Revision::latest(db).await?;
    let tables = ContentTable::all(catalog);
    let library = load(catalog, &tables, db).await?;
    let found = LibraryChecksum::of_records(&tables, |table| {
        library.stored.of(table.object.ix).map(|(_, row)| LibraryChecksum::of_stored(table, row))
    });
    let (derived, _) = differences(&library, &tables);
    let outdated_terms = outdated(&library, &tables, db).await?;
    Ok(VerifyReport {
        revision: latest.number,
        records: library.stored.len(),
        published: latest.checksum,
        found,
        outdated: derived.changed,
        outdated_terms,
    })
}

/// Checks the file of an SQLite database. PostgreSQL has no such statement; its server can have data checksums.
async fn check_file(db: &impl ConnectionTrait) -> Result<(), LibraryError> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, CHECK_FILE)).await?;
    let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect::<Result<Vec<_>, _>>()?;
    match lines.as_slice() {
        [ok] if ok == "ok" => Ok(()),
        problems => Err(LibraryError::Damaged(format!("SQLite reports: {}.", problems.join("; ")))),
    }
}
