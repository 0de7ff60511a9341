//! A bare full-text index of SQLite with the same texts of outcomes, in a file of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dermagraph::store::DatabaseUrl;

use crate::Failure;

/// The index.
pub struct Bare {
    connection: rusqlite::Connection,
    path: PathBuf,
}

impl Bare {
    /// Creates the index of the outcomes of a database in a folder; `None` for PostgreSQL.
    pub fn open(database: &DatabaseUrl, folder: &Path) -> Result<Option<Self>, Failure> {
        let DatabaseUrl::Sqlite(content) = database else { return Ok(None) };
        let failed = |failure: rusqlite::Error| failure.to_string();
        let path = folder.join("bare.db");
        let connection = rusqlite::Connection::open(&path).map_err(failed)?;
        connection.execute("ATTACH ?1 AS content", [content.to_string_lossy()]).map_err(failed)?;
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE outcomes USING fts5(slug, expected_effect, patient_summary, content='', \
                 tokenize='porter');
                 INSERT INTO outcomes (rowid, slug, expected_effect, patient_summary)
                 SELECT id, slug, expected_effect, patient_summary FROM content.treatment_outcome;
                 INSERT INTO outcomes (outcomes) VALUES ('optimize');",
            )
            .map_err(failed)?;
        Ok(Some(Self { connection, path }))
    }

    /// Reads the first page of a search: the ids and slugs of the best twenty records, and the number of all.
    pub fn first_page(&self, matched: &str) -> Result<(), Failure> {
        let failed = |failure: rusqlite::Error| failure.to_string();
        let page = "SELECT f.rank, t.id, t.slug FROM (SELECT rowid AS id, bm25(outcomes, 10.0, 2.0, 1.0) AS rank FROM outcomes \
                    WHERE outcomes MATCH ?1 ORDER BY 2 LIMIT 20) AS f JOIN content.treatment_outcome AS t ON t.id = f.id";
        let mut statement = self.connection.prepare_cached(page).map_err(failed)?;
        let mut rows = statement.query([matched]).map_err(failed)?;
        while rows.next().map_err(failed)?.is_some() {}
        let count = "SELECT COUNT(*) FROM outcomes WHERE outcomes MATCH ?1";
        let mut statement = self.connection.prepare_cached(count).map_err(failed)?;
        statement.query_row([matched], |_| Ok(())).map_err(failed)
    }

    /// Returns the bytes of its file.
    pub fn size(&self) -> Result<u64, Failure> {
        fs::metadata(&self.path).map(|file| file.len()).map_err(|failure| failure.to_string())
    }
}
