//! An API key as a request looks it up: in a snapshot, so that it waits for no writer.

use dermagraph_entity::api_key::Model;

use super::{
    Snapshot, StoreError,
    statement::{Param, Read, Statement},
};

impl Snapshot {
    /// The API key with this public id, expired and revoked ones too; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses to tell.
    pub async fn api_key(&mut self, id: &str) -> Result<Option<Model>, StoreError> {
        // SQLite counts `$1` as its first parameter too.
        let sql = "SELECT id, name, role, hash, created_at, expires_at, revoked_at FROM api_key WHERE id = $1";
        let statement = Statement::new(sql, vec![Param::Text(id.to_owned())], vec![Read::Text; 7]);
        let rows = self.rows(&statement).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let may_be_null = |column| rows.text(0, column).map(str::to_owned);
        let text = |column| may_be_null(column).unwrap_or_default();
        Ok(Some(Model {
            id: text(0),
            name: text(1),
            role: text(2),
            hash: text(3),
            created_at: text(4),
            expires_at: may_be_null(5),
            revoked_at: may_be_null(6),
        }))
    }
}
