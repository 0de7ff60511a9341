//! SQLite databases for tests: copies of a database that is filled once.

use std::{fs, path::PathBuf};

use dermagraph::store::DatabaseUrl;
use tokio::sync::OnceCell;

/// Creates a database with the starter library. Returns its folder, which is removed when it is dropped, and its URL.
pub async fn starter() -> (tempfile::TempDir, DatabaseUrl) {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(make).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    fs::write(&path, template).unwrap();
    (folder, DatabaseUrl::Sqlite(path))
}

async fn make() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("template.db");
    super::fill(&DatabaseUrl::Sqlite(path.clone()), &super::starter_documents()).await;
    fs::read(path).unwrap()
}
