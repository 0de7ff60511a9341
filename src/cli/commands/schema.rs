//! `dermagraph schema`: prints the GraphQL schema.

use crate::{cli::documents::print, schema};

/// Prints the schema.
pub fn run() -> Result<(), String> {
    print(&schema::sdl())
}
