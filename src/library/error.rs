//! Errors of imports, exports and other work on the library.

use std::{io, path::PathBuf};

use sea_orm::DbErr;

use crate::{
    engine::search::block::Damaged,
    library::problem::Problem,
    plural,
    store::{bulk::BulkError, cause},
};

/// The reason why a library was not read, imported or exported. Nothing was changed, unless the connection to the database
/// broke during the commit.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The documents have problems.
    #[error("The documents have {}.", plural::count(.0.len(), "problem"))]
    Problems(Vec<Problem>),
    /// The import would remove more than half of the records, and [`PublishOptions::allow_removing_most`] is not set.
    ///
    /// [`PublishOptions::allow_removing_most`]: super::PublishOptions::allow_removing_most
    #[error("The import would remove {removed} of {}, which is more than half of the library.", plural::count(*.before, "record"))]
    RemovesMost {
        /// Number of records that the documents do not have.
        removed: usize,
        /// Number of records in the database.
        before: usize,
    },
    /// An edit from GraphQL arguments loads more records than this.
    #[error("The edit concerns more than {0} records.")]
    TooManyRecords(usize),
    /// The database reports an error.
    #[error("The database could not be read or written: {}.", cause(.0))]
    Database(#[from] DbErr),
    /// The bulk load into an empty database failed.
    #[error("The database could not be filled: {0}.")]
    Filling(#[from] BulkError),
    /// The database contains something that the declared types do not allow, for example a reference to an unknown id.
    #[error("The database is damaged: {0}")]
    Damaged(String),
    /// The program failed, for example because a task of it panicked.
    #[error("The program failed: {0}")]
    Failed(String),
    /// The target folder of an export is not empty.
    #[error("The folder {} is not empty.", .0.display())]
    NotEmpty(PathBuf),
    /// The target folder of an export is the current folder of the process or contains it.
    #[error("The folder {} is the current one or contains it.", .0.display())]
    CurrentFolder(PathBuf),
    /// A file or folder of an export could not be written.
    #[error("The file or folder {} could not be written.", .path.display())]
    Write {
        /// Path of the file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl From<Damaged> for LibraryError {
    fn from(damaged: Damaged) -> Self {
        Self::Damaged(format!("{damaged}."))
    }
}
