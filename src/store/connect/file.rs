//! The file of an SQLite database, before SQLite opens it.

use std::{
    fs,
    io::Read as _,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// First bytes of a database file: <https://www.sqlite.org/fileformat.html#magic_header_string>.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Time to wait for another process that applies migrations.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Reports whether the file exists and is a database. An empty file is not.
///
/// # Errors
/// If the file is something else, or cannot be read.
pub(super) fn is_database(path: &Path) -> Result<bool, StoreError> {
    let mut head = Vec::with_capacity(MAGIC.len());
    let read = fs::File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut head));
    match read {
        Ok(_) if head.is_empty() => Ok(false),
        Ok(_) if head == MAGIC => Ok(true),
        Ok(_) => Err(StoreError::NotADatabase(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(reason) => Err(StoreError::Unusable { path: path.to_owned(), reason: reason.to_string() }),
    }
}

/// Returns the device and the inode of the file at a path; `None` if there is no file.
#[cfg(unix)]
pub(in crate::store) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Returns `None`, because Windows does not allow replacing an open file.
#[cfg(not(unix))]
pub(in crate::store) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Creates the folder and the file if they are missing.
///
/// # Errors
/// If they cannot be created, or the file is not a database.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    if is_database(path)? {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let refused = |reason| StoreError::Folder { path: folder.to_owned(), reason };
    fs::create_dir_all(folder).map_err(refused)?;
    match fs::File::create_new(path) {
        // `AlreadyExists`: the file is empty, or another process has just created it.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(refused(error)),
        _ => Ok(()),
    }
}

/// Returns the reason why SQLite cannot open a database.
pub(in crate::store) fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseBusy) => StoreError::Busy(path.to_owned()),
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(path.to_owned()),
        // The file can be read, but SQLite cannot create its log next to it.
        Some(ErrorCode::CannotOpen) if fs::File::open(path).is_ok() => StoreError::ReadOnly(path.to_owned()),
        _ => StoreError::Unusable { path: path.to_owned(), reason: error.to_string() },
    }
}

/// Locks the migrations of a database. The locks of SQLite are not enough: they end with each transaction, and every
/// migration has its own. Dropping the returned file unlocks the migrations.
///
/// # Errors
/// If the lock file cannot be created, or another process has it locked for too long.
pub(super) async fn lock_migrations(path: &Path) -> Result<fs::File, StoreError> {
    let refused = |reason| StoreError::Folder { path: path.to_owned(), reason };
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = fs::File::options().create(true).truncate(false).write(true).open(Path::new(&name)).map_err(refused)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(reason)) => return Err(refused(reason)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() > LOCK_TIMEOUT => {
                return Err(refused(std::io::ErrorKind::TimedOut.into()));
            }
            Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
