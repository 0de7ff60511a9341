//! The command `dermagraph`.

use std::process::ExitCode;

/// Serving allocates and frees many small pieces on few threads, which mimalloc is faster at than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dermagraph::cli::run()
}
