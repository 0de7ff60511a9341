//! The table `former_slug`: the former slugs of renamed records.

use sea_orm::entity::prelude::*;

/// A former slug of a record. No other record of the same type has it as its slug or as a former slug.
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
