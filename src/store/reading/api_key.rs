//! Reading API keys in a snapshot, so that it does not wait for writers.

use std::sync::atomic::Ordering;

use dermagraph_entity::api_key::Model;

use super::statement::{Param, Read, Rows, Statement};
use crate::store::{Snapshot, Store, StoreError};

/// The columns of a key, in the order in which [`key`] reads them.
const COLUMNS: &str = "id, name, role, hash, created_at, expires_at, revoked_at";

impl Store {
    /// Returns the number of API keys that were revoked through this store and its clones. A key that was read when the number
    /// was lower may be revoked.
    #[must_use]
    pub fn key_revocations(&self) -> u64 {
        self.key_revocations.load(Ordering::SeqCst)
    }

    /// Counts the revocation of an API key.
    pub fn count_key_revocation(&self) {
        self.key_revocations.fetch_add(1, Ordering::SeqCst);
    }
}

impl Snapshot {
    /// Returns the API key with this public id, even if it is expired or revoked; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn api_key(&mut self, id: &str) -> Result<Option<Model>, StoreError> {
        // In SQLite, `$1` is the first parameter as well.
        let sql = format!("SELECT {COLUMNS} FROM api_key WHERE id = $1");
        Ok(self.read_keys(sql, vec![Param::Text(id.to_owned())]).await?.pop())
    }

    /// Returns at most `first` API keys, newest first. With `after`, these are the keys that follow the key with this public
    /// id; none if there is no such key.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn api_keys(&mut self, after: Option<&str>, first: usize) -> Result<Vec<Model>, StoreError> {
        let following = match after {
            Some(_) => " WHERE (created_at, id) < (SELECT created_at, id FROM api_key WHERE id = $1)",
            None => "",
        };
        let sql = format!("SELECT {COLUMNS} FROM api_key{following} ORDER BY created_at DESC, id DESC LIMIT {first}");
        self.read_keys(sql, after.map(|id| Param::Text(id.to_owned())).into_iter().collect()).await
    }

    async fn read_keys(&mut self, sql: String, params: Vec<Param>) -> Result<Vec<Model>, StoreError> {
        let rows = self.rows(&Statement::new(sql, params, vec![Read::Text; 7])).await?;
        Ok((0..rows.len()).map(|row| key(&rows, row)).collect())
    }
}

fn key(rows: &Rows, row: usize) -> Model {
    let nullable = |column| rows.text(row, column).map(str::to_owned);
    let text = |column| nullable(column).unwrap_or_default();
    Model {
        id: text(0),
        name: text(1),
        role: text(2),
        hash: text(3),
        created_at: text(4),
        expires_at: nullable(5),
        revoked_at: nullable(6),
    }
}
