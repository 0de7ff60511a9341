//! The command `dermagraph`.

use std::process::ExitCode;

/// The service allocates and frees many small pieces on few threads, for which mimalloc is faster than the system's
/// allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dermagraph::cli::run()
}
