//! How many files and connections the system lets the process have open.

use std::num::NonZeroU32;

/// Descriptors that are kept for the database, the files of the library, listeners and the log.
#[cfg(target_os = "linux")]
const RESERVED: u64 = 256;

/// Raises the limit of open descriptors as far as the system lets the process, and tells how many connections fit in it beside
/// everything else, such as so many connections to the database; `None` when there is no limit, or none that is known.
#[must_use]
pub fn connections(database: NonZeroU32) -> Option<usize> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
        let open = if raised { maximum } else { current }?;
        // SQLite has up to three files open for a connection: the database, its log and the index of that.
        let reserved = u64::from(database.get()) * 3 + RESERVED;
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
    fn the_process_may_have_as_many_files_open_as_the_system_lets_it() {
        let fewer = connections(NonZeroU32::MAX);
        let some = connections(NonZeroU32::MIN);
        let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
        let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("one of files");
        let [soft, hard] = [0, 1].map(|at| open.split_whitespace().nth(at));
        assert_eq!(soft, hard);
        let hard = hard.and_then(|hard| hard.parse::<usize>().ok());
        assert_eq!(some, hard.map(|hard| hard - 256 - 3));
        assert_eq!(fewer, hard.map(|_| 1));
    }
}
