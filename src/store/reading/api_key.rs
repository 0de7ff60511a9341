//! Looking up API keys in a snapshot, so the lookup does not wait for writers.

use dermagraph_entity::api_key::Model;

use super::statement::{Param, Read, Statement};
use crate::store::{Snapshot, StoreError};

impl Snapshot {
    /// Returns the API key with this public id, even if it is expired or revoked; `None` if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn api_key(&mut self, id: &str) -> Result<Option<Model>, StoreError> {
        // In SQLite, `$1` is the first parameter as well.
        let sql = "SELECT id, name, role, hash, created_at, expires_at, revoked_at FROM api_key WHERE id = $1";
        let statement = Statement::new(sql, vec![Param::Text(id.to_owned())], vec![Read::Text; 7]);
        let rows = self.rows(&statement).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let nullable = |column| rows.text(0, column).map(str::to_owned);
        let text = |column| nullable(column).unwrap_or_default();
        Ok(Some(Model {
            id: text(0),
            name: text(1),
            role: text(2),
            hash: text(3),
            created_at: text(4),
            expires_at: nullable(5),
            revoked_at: nullable(6),
        }))
    }
}
