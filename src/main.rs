//! The command `dermagraph`.

use std::process::ExitCode;

/// The service allocates and frees many small pieces on few threads, for which jemalloc is faster than the system's
/// allocator. Its background threads return unused memory to the system within ten seconds, even if the service is idle.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    dermagraph::cli::run()
}
