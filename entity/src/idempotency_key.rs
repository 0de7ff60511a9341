//! The table `idempotency_key`: mutations that were sent with a key, and what they published.

use sea_orm::entity::prelude::*;

/// A mutation that was sent with a key. It is removed after a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The principal that sent the mutation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub author: String,
    /// The key, which the client has chosen.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the mutation without the key: 64 hexadecimal digits.
    pub request: String,
    /// What it published, as JSON.
    pub report: String,
    /// When it was sent: RFC 3339 text in UTC.
    pub created_at: String,
}

impl ActiveModelBehavior for ActiveModel {}
