//! Whether anything was committed to an SQLite database since somebody looked, without asking SQLite.
//!
//! In WAL mode all connections share an index of the log, in a file beside the database. Its head is what a reader takes its
//! snapshot from, and every commit writes it anew, with a count of the commits and a checksum of the log. So as long as it is the
//! same, byte for byte, there was no commit. To ask SQLite takes locks and costs as much as the rest of a small answer.
//! Format: <https://www.sqlite.org/walformat.html#the_wal_index_file_format>.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use rustix::fs::fstatfs;

use super::{Mark, StoreError};

/// Bytes of the head. A copy of it follows, which is written first.
const LENGTH: usize = 48;

/// Where the head says that it is one.
const IS_INIT: usize = 12;

/// File systems of which reading a file shows what was written to it through memory, by the numbers that `statfs(2)` has for them: btrfs,
/// ext4, f2fs, overlayfs, tmpfs, XFS and ZFS. Those that another machine serves may show it later.
const COHERENT: [u64; 7] = [0x9123_683e, 0xef53, 0xf2f5_2010, 0x794c_7630, 0x0102_1994, 0x5846_5342, 0x2fc1_2fc1];

type Head = [u8; LENGTH];

/// The index of the log of one database.
pub struct WalIndex {
    /// Never closed: with the first file that a process closes, it loses all the locks that it has on it
    /// (<https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>), and those are SQLite's.
    file: &'static File,
    /// The last connection that is closed removes the file. This one is there for that not to happen; nobody uses it.
    _connection: Mutex<Connection>,
    /// What the head was before the last look at the database, and what that told.
    seen: Mutex<Option<(Head, Mark)>>,
}

impl WalIndex {
    /// The index of a database that this connection has read; `None` where there is none, or it cannot be read beside SQLite.
    pub fn open(connection: Connection) -> Option<Self> {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).ok()?;
        if mode != "wal" {
            return None;
        }
        // SQLite names it after the file that links lead to.
        let mut name = Path::new(connection.path()?).canonicalize().ok()?.into_os_string();
        name.push("-shm");
        let file: &'static File = Box::leak(Box::new(File::open(name).ok()?));
        let system = fstatfs(file).ok()?;
        if !u64::try_from(system.f_type).is_ok_and(|number| COHERENT.contains(&number)) {
            return None;
        }
        let index = Self { file, _connection: Mutex::new(connection), seen: Mutex::default() };
        // The connection has read, so that there must be one.
        index.head().is_some().then_some(index)
    }

    /// What `ask` tells of the database, or told when there was no commit since.
    ///
    /// # Errors
    /// Those of `ask`.
    pub fn mark(&self, ask: impl FnOnce() -> Result<Mark, StoreError>) -> Result<Mark, StoreError> {
        // Half of one that is being written counts as another one; and who then asks, asks the database.
        let head = self.head();
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(head), Some((before, mark))) = (head, seen)
            && head == before
        {
            return Ok(mark);
        }
        let mark = ask()?;
        // A commit since the head was read shows in the next head.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = head.map(|head| (head, mark));
        Ok(mark)
    }

    fn head(&self) -> Option<Head> {
        let mut head = [0; LENGTH];
        self.file.read_exact_at(&mut head, 0).ok()?;
        (head[IS_INIT] != 0).then_some(head)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, path::Path};

    use rusqlite::Connection;

    use super::{Mark, WalIndex};

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        let begin = "PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (x); SELECT * FROM t";
        connection.execute_batch(begin).unwrap();
        connection
    }

    #[test]
    fn the_database_is_asked_after_every_commit_and_not_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (index, writer) = (WalIndex::open(open(&path)).unwrap(), open(&path));
        let (asked, number) = (Cell::new(0), Cell::new(0));
        let mark = || {
            index.mark(|| {
                asked.set(asked.get() + 1);
                Ok(Mark::new(number.get(), ""))
            })
        };
        let told = |number| mark().unwrap() == Mark::new(number, "");
        assert!(told(0) && told(0));
        assert_eq!(asked.get(), 1);
        // After a checkpoint the log begins anew, and another connection closes.
        let changes = ["", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(RESTART)", "VACUUM", "DELETE FROM t"];
        for (round, change) in (1..).zip(changes.into_iter().cycle().take(50)) {
            writer.execute_batch(change).unwrap();
            mark().unwrap();
            drop(open(&path));
            number.set(round);
            writer.execute("INSERT INTO t VALUES (1)", ()).unwrap();
            let before = asked.get();
            assert!(told(round) && told(round) && told(round), "{change}");
            assert_eq!(asked.get(), before + 1, "{change}");
            // What is begun and not kept is nothing to ask for.
            writer.execute_batch("BEGIN; INSERT INTO t VALUES (2); ROLLBACK").unwrap();
            assert!(told(round));
            assert_eq!(asked.get(), before + 1, "{change}");
        }
    }

    #[test]
    fn who_fails_to_ask_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let index = WalIndex::open(open(&folder.path().join("a.db"))).unwrap();
        assert!(index.mark(|| Err(super::StoreError::Closed)).is_err());
        assert!(index.mark(|| Ok(Mark::new(1, ""))).unwrap() == Mark::new(1, ""));
    }

    #[test]
    fn there_is_none_without_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("a.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(WalIndex::open(connection).is_none());
    }
}
