//! Copying everything that a database holds into another one, of the same kind or not.
//!
//! The tables and their columns are those that the two databases name themselves, so a new content type needs nothing here.
//! The source is read as it is at one moment, and may be in use. The target is written in one transaction: all or nothing. Rows
//! travel in batches, so memory does not grow with the library. Before the transaction is kept, every table is read
//! back, and must have the rows and the checksum that the source had.

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{
    DatabaseUrl, Progress, StoreError,
    bulk::{Batch, BulkError, Checksum, Database, Side as _, Table, WAITING, matched},
    file, migrate, pending_migrations,
};

/// A table that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// What it holds, in the source and in the target.
    pub checksum: Checksum,
}

/// Why nothing was copied. The target is as it was, but for tables that it lacked before.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy.
    #[error("there is no database at {0}")]
    Missing(String),
    /// The source lacks tables or columns that the target has.
    #[error("the tables of {0} are not up to date; run `dermagraph migrate` on it first")]
    Behind(String),
    /// The source is the target.
    #[error("source and target are one database, or another copy is under way")]
    Same,
    /// The target is in use, or was.
    #[error("{url} is not empty (rows in {table}: {rows}); give --overwrite to replace everything in it")]
    NotEmpty {
        /// Its address, without the password.
        url: String,
        /// A table that is not empty.
        table: String,
        /// How many rows it has.
        rows: u64,
    },
    /// What was written is not what was read.
    #[error("{table} came out different, and nothing is kept: {written}, and not {read}")]
    Different {
        /// The table.
        table: String,
        /// What the source holds.
        read: Checksum,
        /// What the target would hold.
        written: Checksum,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Bulk(BulkError),
    /// A database failed.
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

/// Copies everything that the source holds: content with its ids and revisions, links, the history of revisions, and API keys.
///
/// The tables of the target are made or brought up to date first. It must hold nothing, unless `overwrite` allows to replace
/// everything in it; then whoever reads it meanwhile waits. Gives what was copied, by table.
///
/// # Errors
/// When one of the two cannot be used, they are one, the source is not up to date, the target is not empty, or what was written
/// is not what was read.
pub async fn copy(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    overwrite: bool,
    progress: &dyn Progress,
) -> Result<Vec<CopiedTable>, CopyError> {
    if let DatabaseUrl::Sqlite(path) = from
        && !file::is_there(path)?
    {
        return Err(CopyError::Missing(from.to_string()));
    }
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

    progress.begin("Making indexes", 1);
    target.restore(&targets).await?;
    progress.end();

    progress.begin("Comparing rows", steps);
    for (table, CopiedTable { checksum, .. }) in targets.iter().zip(&copied) {
        let written = sum(&mut target, table, progress).await?;
        if written != *checksum {
            return Err(CopyError::Different { table: table.name.clone(), read: *checksum, written });
        }
    }
    target.keep().await?;
    progress.end();
    Ok(copied)
}

/// Copies the rows of one table, and gives the checksum of what was read.
async fn transfer(
    source: &mut Database,
    read: &Table,
    target: &mut Database,
    written: &Table,
    progress: &dyn Progress,
) -> Result<Checksum, CopyError> {
    let (to_middle, middle) = channel(WAITING);
    let (to_target, arriving) = channel(WAITING);
    let reading = source.read(read, to_middle);
    let writing = target.write(written, arriving);
    let passing = pass(middle, Some(to_target), progress);
    let (reading, checksum, writing) = futures_util::future::join3(reading, passing, writing).await;
    // Who stops because the other side has is not the reason.
    match (reading, writing) {
        (Err(BulkError::Stopped) | Ok(()), Err(failure)) | (Err(failure), _) => Err(failure.into()),
        (Ok(()), Ok(())) => Ok(checksum),
    }
}

/// The checksum of a table.
async fn sum(side: &mut Database, table: &Table, progress: &dyn Progress) -> Result<Checksum, CopyError> {
    let (to_middle, middle) = channel(WAITING);
    let (reading, checksum) = futures_util::future::join(side.read(table, to_middle), pass(middle, None, progress)).await;
    reading?;
    Ok(checksum)
}

/// Adds up the rows that pass by, on their way to somebody or nobody.
async fn pass(mut rows: Receiver<Batch>, on: Option<Sender<Batch>>, progress: &dyn Progress) -> Checksum {
    let mut checksum = Checksum::default();
    while let Some(batch) = rows.recv().await {
        let of_batch = batch.checksum();
        checksum.add(of_batch);
        progress.advance(usize::try_from(of_batch.rows).unwrap_or(usize::MAX));
        if let Some(on) = &on
            && on.send(batch).await.is_err()
        {
            break;
        }
    }
    checksum
}
