//! Copies everything in a database to another database, of the same kind or of the other.
//!
//! The tables and their columns are read from the two databases, so a new content type needs no change here. The source is
//! read from one snapshot, and may be in use. The target is written in one transaction. Rows are copied in batches, so the
//! memory does not depend on the size of the library. Before the commit, every table of the target is read again, and must
//! have the same checksum as in the source.

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{
    DatabaseUrl, Progress, StoreError,
    bulk::{Batch, BulkDatabase as _, BulkError, Checksum, Database, MAX_QUEUED, Table, matched},
    connect::migrate::migrate,
    pending_migrations,
};

/// A copied table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// The checksum of its rows in source and target.
    pub checksum: Checksum,
}

/// Why nothing was copied. The target is unchanged, except for its migrations. After [`StoreError::CommitUnknown`], it may
/// have all copied rows.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source has pending migrations.
    #[error("the tables of {0} are not up to date; run `dermagraph migrate` on it first")]
    Behind(String),
    /// Source and target are the same database, or another copy uses one of them.
    #[error("source and target are one database, or another copy is under way")]
    Same,
    /// The target has rows.
    #[error("{url} is not empty (rows in {table}: {rows}); use --overwrite to replace everything in it")]
    NotEmpty {
        /// Its address, without the password.
        url: String,
        /// A table that is not empty.
        table: String,
        /// Number of its rows.
        rows: u64,
    },
    /// The rows of the target differ from the rows of the source.
    #[error("{table} is different in the target, so nothing is copied: {written} instead of {read}")]
    Different {
        /// The table.
        table: String,
        /// The checksum in the source.
        read: Checksum,
        /// The checksum in the target.
        written: Checksum,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Bulk(BulkError),
    /// A database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<BulkError> for CopyError {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Locked => Self::Same,
            BulkError::Store(error) => Self::Store(error),
            error => Self::Bulk(error),
        }
    }
}

/// Copies all rows of the source: content with its ids and revisions, links, the history of revisions, and API keys. Returns
/// the copied tables.
///
/// First, pending migrations are applied to the target. It must be empty, unless `overwrite` allows replacing
/// everything in it. While the copy runs, readers of a PostgreSQL target wait, and readers of an SQLite target still read
/// the old content.
///
/// # Errors
/// If one of the databases cannot be used, both are the same, the source has pending migrations, the target is not empty, or
/// the rows of the target differ from those of the source.
pub async fn copy(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    overwrite: bool,
    progress: &dyn Progress,
) -> Result<Vec<CopiedTable>, CopyError> {
    from.check_exists()?;
    if !pending_migrations(from).await?.is_empty() {
        return Err(CopyError::Behind(from.to_string()));
    }
    if same_file(from, to) {
        return Err(CopyError::Same);
    }
    migrate(to).await?;
    fill(Database::source(from).await?, Database::target(to).await?, to, overwrite, progress).await
}

fn same_file(from: &DatabaseUrl, to: &DatabaseUrl) -> bool {
    match (from, to) {
        (DatabaseUrl::Sqlite(from), DatabaseUrl::Sqlite(to)) => {
            from.canonicalize().is_ok_and(|from| to.canonicalize().is_ok_and(|to| from == to))
        }
        _ => false,
    }
}

async fn fill(
    mut source: Database,
    mut target: Database,
    to: &DatabaseUrl,
    overwrite: bool,
    progress: &dyn Progress,
) -> Result<Vec<CopiedTable>, CopyError> {
    let targets = target.tables().await?;
    let sources = matched(&source.tables().await?, &targets)?;
    let mut rows = 0;
    for (read, written) in sources.iter().zip(&targets) {
        rows += source.count(read).await?;
        let found = if overwrite { 0 } else { target.count(written).await? };
        if found > 0 {
            return Err(CopyError::NotEmpty { url: to.to_string(), table: written.name.clone(), rows: found });
        }
    }
    let steps = usize::try_from(rows).unwrap_or(usize::MAX);

    progress.begin("Copying rows", steps);
    target.clear(&targets).await?;
    let mut copied = Vec::with_capacity(targets.len());
    for (read, written) in sources.iter().zip(&targets) {
        let checksum = transfer(&mut source, read, &mut target, written, progress).await?;
        copied.push(CopiedTable { name: written.name.clone(), checksum });
    }
    drop(source);
    progress.end();

    progress.begin("Creating indexes", 1);
    target.restore(&targets).await?;
    progress.end();

    progress.begin("Comparing rows", steps);
    for (table, CopiedTable { checksum, .. }) in targets.iter().zip(&copied) {
        let written = sum(&mut target, table, progress).await?;
        if written != *checksum {
            return Err(CopyError::Different { table: table.name.clone(), read: *checksum, written });
        }
    }
    target.commit().await?;
    progress.end();
    Ok(copied)
}

/// Copies the rows of one table, and returns the checksum of the rows that were read.
async fn transfer(
    source: &mut Database,
    read: &Table,
    target: &mut Database,
    written: &Table,
    progress: &dyn Progress,
) -> Result<Checksum, CopyError> {
    let (sender, read_rows) = channel(MAX_QUEUED);
    let (forward, rows_to_write) = channel(MAX_QUEUED);
    let reading = source.read(read, sender);
    let writing = target.write(written, rows_to_write);
    let forwarding = forward_rows(read_rows, Some(forward), progress);
    let (reading, checksum, writing) = futures_util::future::join3(reading, forwarding, writing).await;
    // Reading ends with `Stopped` if writing has failed. Then the failure of writing is the cause.
    match (reading, writing) {
        (Err(BulkError::Stopped) | Ok(()), Err(failure)) | (Err(failure), _) => Err(failure.into()),
        (Ok(()), Ok(())) => Ok(checksum),
    }
}

/// Returns the checksum of a table.
async fn sum(database: &mut Database, table: &Table, progress: &dyn Progress) -> Result<Checksum, CopyError> {
    let (sender, read_rows) = channel(MAX_QUEUED);
    let (reading, checksum) =
        futures_util::future::join(database.read(table, sender), forward_rows(read_rows, None, progress)).await;
    reading?;
    Ok(checksum)
}

/// Returns the checksum of rows, and forwards them if there is a receiver.
async fn forward_rows(mut rows: Receiver<Batch>, next: Option<Sender<Batch>>, progress: &dyn Progress) -> Checksum {
    let mut checksum = Checksum::default();
    while let Some(batch) = rows.recv().await {
        let of_batch = batch.checksum();
        checksum.add(of_batch);
        progress.advance(usize::try_from(of_batch.rows).unwrap_or(usize::MAX));
        if let Some(next) = &next
            && next.send(batch).await.is_err()
        {
            break;
        }
    }
    checksum
}
