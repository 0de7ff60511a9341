//! The table `api_key`: who may use the service, and how much.

use sea_orm::entity::prelude::*;

/// One API key, without its secret.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// The public part of the key, by which it is listed and revoked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What it was made for, in words.
    pub name: String,
    /// Name of its role: `reader`, `editor`, `publisher` or `admin`.
    pub role: String,
    /// SHA-256 of the whole key, in hexadecimal digits.
    pub hash: String,
    /// When it was made: RFC 3339 text in UTC.
    pub created_at: String,
    /// From when on it is refused: RFC 3339 text in UTC; null when it never expires.
    pub expires_at: Option<String>,
    /// When it was revoked: RFC 3339 text in UTC; null when it was not.
    pub revoked_at: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
