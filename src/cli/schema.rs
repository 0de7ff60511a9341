//! `dermagraph schema`: prints the GraphQL schema.

use std::io::Write as _;

use crate::schema;

/// Prints the schema.
pub fn run() -> Result<(), String> {
    // If the program at the other end of a pipe has closed it, the rest is lost, which is not a failure.
    match std::io::stdout().write_all(schema::sdl().as_bytes()) {
        Err(failure) if failure.kind() != std::io::ErrorKind::BrokenPipe => Err(failure.to_string()),
        _ => Ok(()),
    }
}
