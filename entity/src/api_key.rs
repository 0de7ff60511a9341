//! The table `api_key`: API keys and their roles.

use sea_orm::entity::prelude::*;

/// One API key, without its secret.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// The public part of the key, by which it is listed and revoked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Name that the operator gave the key.
    pub name: String,
    /// Name of its role: `reader`, `editor`, `publisher` or `admin`.
    pub role: String,
    /// SHA-256 of the whole key, as hexadecimal digits.
    pub hash: String,
    /// When it was created: RFC 3339 text in UTC.
    pub created_at: String,
    /// When it expires: RFC 3339 text in UTC; null if it never expires.
    pub expires_at: Option<String>,
    /// When it was revoked: RFC 3339 text in UTC; null if it was not.
    pub revoked_at: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
