//! New tables and their indexes, portable to SQLite and PostgreSQL.
//!
//! This module implements the conventions of the tables:
//!
//! - Text is ordered by code point on both databases (`COLLATE "C"` on PostgreSQL).
//! - Foreign keys are checked at the end of the transaction, so that rows which refer to each other can be written in any
//!   order.
//! - Every column to filter or sort a content table by has an index that continues with the default order of its list and
//!   ends in a unique column, so that keyset pages are index scans ([`NewTable::ordered_by`]). Null is last in both
//!   directions: SQLite needs only one index for that, and on PostgreSQL a nullable column has a second one. In a part
//!   table, which has no pages, the index of a column continues with the id of the owner.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, sea_query::ColumnType},
};

use crate::{rank::Ranked, sort_index::add_descending_index};

/// Every migration runs in a transaction, on SQLite too: it is applied completely or not at all.
pub const IN_TRANSACTION: Option<bool> = Some(true);

/// A table that is about to be created.
#[must_use = "the table exists only after `create`"]
pub struct NewTable {
    name: &'static str,
    backend: DatabaseBackend,
    create: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
    /// Columns to filter and sort by, each with whether it may be null.
    sorted: Vec<(String, bool)>,
    /// The columns that the indexes of `sorted` end in.
    tail: Vec<&'static str>,
    /// Enumeration columns to sort by, with the values in the declared order.
    ranked: Vec<(&'static str, &'static [&'static str])>,
    /// The column of the default order; `None` until [`Self::ordered_by`].
    order: Option<&'static str>,
}

impl NewTable {
    /// Creates a table without columns.
    pub fn empty(manager: &SchemaManager<'_>, name: &'static str) -> Self {
        Self {
            name,
            backend: manager.get_database_backend(),
            create: Table::create().table(name).to_owned(),
            indexes: Vec::new(),
            sorted: Vec::new(),
            tail: vec!["id"],
            ranked: Vec::new(),
            order: None,
        }
    }

    /// Creates a content table. The id is assigned by the program and unique among all records; the slug is unique in the
    /// table.
    pub fn content(manager: &SchemaManager<'_>, name: &'static str) -> Self {
        Self::empty(manager, name)
            .column(id().primary_key().to_owned())
            .column(text("slug").unique_key().to_owned())
            .indexed(integer("revision"))
            .column(json("formerly"))
            .column(text("notice"))
    }

    /// Creates a table whose rows have an id that the database assigns.
    pub fn rows(manager: &SchemaManager<'_>, name: &'static str) -> Self {
        Self::empty(manager, name).row_id()
    }

    /// Adds an index on these columns.
    pub fn read_by(mut self, columns: &[&str]) -> Self {
        let index = index(self.name, columns);
        self.indexes.push(index);
        self
    }

    /// Creates a part table. Its rows are in order of `position` within their owner, each with a key of its own, and are
    /// deleted with it.
    pub fn part(manager: &SchemaManager<'_>, name: &'static str, owner_column: &'static str, owner: &'static str) -> Self {
        let mut table = Self::rows(manager, name).column(integer("position")).owned_by(owner_column, owner).entry_key();
        table.tail = vec![owner_column];
        table
    }

    /// Creates a part table whose rows belong to a record of one of several tables, each with a column of its own.
    pub fn part_of_one(manager: &SchemaManager<'_>, name: &'static str, owners: &[(&'static str, &'static str)]) -> Self {
        let mut table = Self::rows(manager, name).column(integer("position")).entry_key();
        for (column, owner) in owners {
            let column = reference(column).null().to_owned();
            table = table.foreign_key(column, owner, OnDelete::Cascade, &["position"]);
        }
        // Counts the owners with an expression that both databases support.
        let given: Vec<String> =
            owners.iter().map(|(column, _)| format!("(CASE WHEN \"{column}\" IS NULL THEN 0 ELSE 1 END)")).collect();
        table.create.check(Expr::cust(format!("{} = 1", given.join(" + "))));
        table
    }

    /// Creates a link table from the records of one table to those of another. Indexes cover reading in both directions.
    pub fn link(manager: &SchemaManager<'_>, name: &'static str, owner: &'static str, target: &'static str) -> Self {
        Self::flagged_link(manager, name, owner, target, &[])
    }

    /// Creates a link table whose links have boolean flags. The caller adds the columns of the flags; the index of the
    /// target covers them.
    pub fn flagged_link(
        manager: &SchemaManager<'_>,
        name: &'static str,
        owner: &'static str,
        target: &'static str,
        flags: &[&str],
    ) -> Self {
        Self::empty(manager, name)
            .row_id()
            .column(integer("position"))
            .foreign_key(reference("owner_id"), owner, OnDelete::Cascade, &["position", "target_id"])
            .foreign_key(reference("target_id"), target, OnDelete::Refuse, &[&["owner_id"], flags].concat())
            .unique(&["owner_id", "target_id"])
    }

    /// Adds a column.
    pub fn column(mut self, column: ColumnDef) -> Self {
        self.create.col(by_code_point(self.backend, column));
        self
    }

    /// Adds a column to filter and sort by.
    pub fn indexed(mut self, column: ColumnDef) -> Self {
        self.sorted.push((column.get_column_name(), column.get_column_spec().nullable == Some(true)));
        self.column(column)
    }

    /// Declares that an indexed column contains these values of an enumeration, in the declared order, and adds indexes in
    /// that order.
    pub fn ranked(mut self, column: &'static str, values: &'static [&'static str]) -> Self {
        self.ranked.push((column, values));
        self
    }

    /// Sets the column of the default order of lists.
    pub fn ordered_by(mut self, column: &'static str) -> Self {
        (self.tail, self.order) = (order_tail(column), Some(column));
        self
    }

    /// Adds a column that refers to the owner of an embedded record. The record is deleted with its owner.
    pub fn owned_by(self, column: &'static str, table: &'static str) -> Self {
        self.foreign_key(reference(column), table, OnDelete::Cascade, &["position", "id"])
    }

    /// Adds a column that refers to a record, which then cannot be deleted. Rows with the same target are read in order of
    /// the columns `then`.
    pub fn refers_to(self, column: &'static str, table: &'static str, then: &[&str]) -> Self {
        self.foreign_key(reference(column), table, OnDelete::Refuse, then)
    }

    /// Like [`Self::refers_to`], for a column that may be null.
    pub fn may_refer_to(self, column: &'static str, table: &'static str, then: &[&str]) -> Self {
        let column = reference(column).null().to_owned();
        self.foreign_key(column, table, OnDelete::Refuse, then)
    }

    /// Creates the table and its indexes.
    ///
    /// # Errors
    /// If the database reports an error.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        for (column, nullable) in &self.sorted {
            // The column of the default order is already the first of `tail`.
            let head = Some(column.as_str()).filter(|_| self.order != Some(column));
            let columns: Vec<&str> = head.into_iter().chain(self.tail.iter().copied()).collect();
            add_index(manager, self.name, &columns).await?;
            if let (Some(order), true) = (self.order, *nullable) {
                add_descending_index(manager, self.name, column, order).await?;
            }
        }
        for (column, values) in self.ranked {
            let nullable = self.sorted.iter().any(|(name, nullable)| name == column && *nullable);
            let order = self.order.unwrap_or("id");
            Ranked { table: self.name, column, order, nullable, values }.add(manager).await?;
        }
        Ok(())
    }

    /// Adds an id that the database assigns.
    fn row_id(self) -> Self {
        let mut column = id();
        // On SQLite an integer primary key is the row id, which is assigned if omitted.
        if self.backend == DatabaseBackend::Postgres {
            column.extra("GENERATED BY DEFAULT AS IDENTITY");
        }
        self.column(column.primary_key().to_owned())
    }

    /// Adds the key by which an edit names an entry of a list.
    fn entry_key(self) -> Self {
        self.column(nullable(text("key")))
    }

    fn foreign_key(mut self, mut column: ColumnDef, table: &str, delete: OnDelete, then: &[&str]) -> Self {
        let name = column.get_column_name();
        let action = match delete {
            OnDelete::Cascade => "CASCADE",
            OnDelete::Refuse => "NO ACTION",
        };
        // Written as text because the builder does not support deferred foreign keys.
        column.extra(format!("REFERENCES \"{table}\" (\"id\") ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"));
        let columns: Vec<&str> = std::iter::once(name.as_str()).chain(then.iter().copied()).collect();
        let index = index(self.name, &columns);
        self.indexes.push(index);
        self.column(column)
    }

    /// Sets a primary key of several columns.
    pub fn keyed(mut self, columns: &[&str]) -> Self {
        let mut key = Index::create();
        for column in columns {
            key.col((*column).to_owned());
        }
        self.create.primary_key(&mut key);
        self
    }

    fn unique(mut self, columns: &[&str]) -> Self {
        let index = index(self.name, columns).unique().to_owned();
        self.indexes.push(index);
        self
    }
}

/// Returns a column whose text is ordered by code point.
fn by_code_point(backend: DatabaseBackend, mut column: ColumnDef) -> ColumnDef {
    let is_text = matches!(column.get_column_type(), Some(ColumnType::Text));
    if is_text && backend == DatabaseBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// Creates an index on an existing table.
async fn add_index(manager: &SchemaManager<'_>, table: &str, columns: &[&str]) -> Result<(), DbErr> {
    manager.create_index(index(table, columns)).await
}

/// Returns the columns of the default order, in which the indexes end. Names are not unique, so the id follows them.
/// Slugs are unique, so no column follows them.
#[must_use]
pub fn order_tail(order: &'static str) -> Vec<&'static str> {
    if order == "slug" { vec![order] } else { vec![order, "id"] }
}

fn index(table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create().name(index_name(table, columns)).table(table.to_owned()).to_owned();
    for column in columns {
        index.col((*column).to_owned());
    }
    index
}

/// Returns the name of the index on these columns.
fn index_name(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}_idx", columns.join("_"))
}

/// What happens to a row when the record that it refers to is deleted.
#[derive(Clone, Copy)]
enum OnDelete {
    /// The row is deleted too.
    Cascade,
    /// The transaction fails unless the row is deleted in it too.
    Refuse,
}

/// Drops tables, in this order.
///
/// # Errors
/// If the database reports an error.
pub async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}

fn id() -> ColumnDef {
    reference("id")
}

fn reference(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}

/// Returns a text column that is never null.
#[must_use]
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

/// Returns a column of bytes that is never null.
#[must_use]
pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().to_owned()
}

/// Returns a column of 32-bit integers that is never null.
#[must_use]
pub fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().to_owned()
}

/// Returns a column of 64-bit integers that is never null.
#[must_use]
pub fn big_integer(name: &'static str) -> ColumnDef {
    reference(name)
}

/// Returns a column of 64-bit floating point numbers that is never null.
#[must_use]
pub fn double(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).double().not_null().to_owned()
}

/// Returns a boolean column that is never null.
#[must_use]
pub fn boolean(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().to_owned()
}

/// Returns a JSON column that is never null.
#[must_use]
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json().not_null().to_owned()
}

/// Returns the column as one that may be null.
#[must_use]
pub fn nullable(mut column: ColumnDef) -> ColumnDef {
    column.null().to_owned()
}
