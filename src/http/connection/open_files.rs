//! The limit of open files, which bounds the number of connections.

use std::num::NonZeroU32;

/// File descriptors that are reserved in addition to those of the database: for listeners, connections to the metrics, the
/// log, and files that are open for a short time.
#[cfg(target_os = "linux")]
const RESERVED: u64 = 256;

/// Raises the limit of open files to the maximum that the system allows. Returns how many network connections the limit
/// allows in addition to `database` database connections; `None` if there is no limit, and on systems other than Linux.
#[must_use]
pub fn raise_limit(database: NonZeroU32) -> Option<usize> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
        let open = if raised { maximum } else { current }?;
        // SQLite opens two files per connection: the database and the write-ahead log. There are up to two connections for
        // each reader: one with a mapping of the file, and one without.
        let reserved = u64::from(database.get()) * 4 + RESERVED;
        Some(usize::try_from(open.saturating_sub(reserved).max(1)).unwrap_or(usize::MAX))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = database;
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_raised_to_the_maximum() {
        let fewer = raise_limit(NonZeroU32::MAX);
        let some = raise_limit(NonZeroU32::MIN);
        let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
        let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("one of files");
        let [soft, hard] = [0, 1].map(|at| open.split_whitespace().nth(at));
        assert_eq!(soft, hard);
        let hard = hard.and_then(|hard| hard.parse::<usize>().ok());
        assert_eq!(some, hard.map(|hard| hard - 256 - 4));
        assert_eq!(fewer, hard.map(|_| 1));
    }
}
