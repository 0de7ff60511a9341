//! The file of an SQLite database, before a driver has opened it.

use std::{
    fs,
    io::Read as _,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::ErrorCode;

use super::StoreError;

/// First bytes of a database file: <https://www.sqlite.org/fileformat.html#magic_header_string>.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// How long to wait for another process that makes the tables.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether there is a database in the file: it is there, and not empty.
///
/// # Errors
/// When it is something else, or cannot be read.
pub(super) fn is_there(path: &Path) -> Result<bool, StoreError> {
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

/// Which file stands at a path: its device and inode. `None` when there is none, or the system does not tell.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Which file stands at a path. Windows keeps a file that is open from being replaced.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Makes the folder and the file where they are missing.
///
/// # Errors
/// When they cannot be made, or the file is something else.
pub(super) fn prepare(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let refused = |reason| StoreError::Folder { path: folder.to_owned(), reason };
    fs::create_dir_all(folder).map_err(refused)?;
    if is_there(path)? {
        return Ok(());
    }
    match fs::File::create_new(path) {
        // It was empty, or another process has made it in the meantime.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(refused(error)),
        _ => Ok(()),
    }
}

/// Why a database that is opened cannot be used.
pub(super) fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseBusy) => StoreError::Busy(path.to_owned()),
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(path.to_owned()),
        // It can be read, and what SQLite keeps beside it cannot be made.
        Some(ErrorCode::CannotOpen) if fs::File::open(path).is_ok() => StoreError::ReadOnly(path.to_owned()),
        _ => StoreError::Unusable { path: path.to_owned(), reason: error.to_string() },
    }
}

/// Waits until no other process makes the tables of this database: SQLite serialises transactions and not migrations. The lock
/// is given back when the file is dropped.
///
/// # Errors
/// When the file of the lock cannot be made, or another process holds it for too long.
pub(super) async fn lock_tables(path: &Path) -> Result<fs::File, StoreError> {
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
