//! The table `former_slug`: slugs that records had before.

use sea_orm::entity::prelude::*;

/// A former slug of a record. It is unique among the slugs and former slugs of the type of the record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_slug")]
pub struct Model {
    /// The former slug.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    /// Id of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
