//! `dermagraph schema`: prints the GraphQL schema.

use super::documents::print;
use crate::schema;

/// Prints the schema.
pub fn run() -> Result<(), String> {
    print(&schema::sdl())
}
