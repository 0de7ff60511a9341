//! The library: documents in and out.
//!
//! Content is written as YAML documents. This room reads and checks them against the catalog of declared types, brings them into
//! the database as one revision, and writes the database out as documents again. It is generic: it names no content type.
//!
//! The way of an import:
//!
//! 1. `files` reads texts, `yaml` makes node trees of them in which everything knows its place, `layout` finds the documents.
//! 2. `read` (with `rules`, `scalar`, `slug`, `format`, `provenance`) checks each document against the declared types and makes
//!    a canonical document of it: every declared key in declaration order, slugs for references, provenance resolved.
//! 3. `load` makes the same of what the database holds, `set` lays the new documents over it, `cross` checks the whole.
//! 4. `row` adds what is derived, and is compared with what is stored; `write` writes what differs, as one revision, in the
//!    statements of `insert`, with the rows of the search index that `terms` makes.
//!
//! An export goes back: `load`, `export` leaves out what a reader would fill in, `emit` writes YAML, `folder` files.

mod check;
mod contents;
mod cores;
mod cross;
mod emit;
mod error;
mod export;
mod files;
mod folder;
mod format;
mod ids;
mod import;
mod insert;
mod layout;
mod load;
mod node;
mod problem;
mod provenance;
mod read;
mod readability;
mod row;
mod rules;
mod scalar;
mod set;
mod shape;
mod slug;
mod starter;
mod suggest;
mod summary;
mod table;
mod target;
mod terms;
mod write;
mod yaml;

pub use crate::store::{Progress, Silent};
pub use check::{CheckReport, PlacedDocument, check, check_alone, documents};
pub use error::LibraryError;
pub use export::export;
pub use files::{DocumentFile, MAX_FILE_SIZE, read_files};
pub use folder::write_files;
pub use import::{Change, ImportOptions, ImportReport, import, seed};
pub use problem::{Position, Problem};
pub use starter::starter;
