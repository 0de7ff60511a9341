//! The library: documents in and out.
//!
//! Content is written as YAML documents. This room reads and checks them against the catalog of declared types, brings them into
//! the database as one revision, and writes the database out as documents again. It is generic: it names no content type.
//!
//! The way of an import: files become texts ([`files`]), texts node trees with places (`yaml`), node trees canonical documents
//! (`layout`, `read`), documents a library (`set`) that is checked as a whole (`cross`).

mod check;
mod cross;
mod emit;
mod error;
mod export;
mod files;
mod folder;
mod format;
mod ids;
mod import;
mod layout;
mod load;
mod node;
mod problem;
mod progress;
mod read;
mod row;
mod scalar;
mod set;
mod shape;
mod slug;
mod starter;
mod suggest;
mod summary;
mod table;
mod write;
mod yaml;

pub use check::{CheckReport, check, check_alone};
pub use error::LibraryError;
pub use export::export;
pub use files::{DocumentFile, MAX_FILE_SIZE, read_files};
pub use folder::write_files;
pub use import::{Change, ImportOptions, ImportReport, import};
pub use problem::{Position, Problem};
pub use progress::{Progress, Silent};
pub use starter::starter;
