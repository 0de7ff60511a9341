//! New tables and their indexes, portable to SQLite and PostgreSQL.
//!
//! The conventions of the library's tables are kept here, in one place:
//!
//! - Text orders by code point on both databases (`COLLATE "C"` on PostgreSQL).
//! - Foreign keys are checked at the end of the transaction, so that rows which refer to each other may be written in any
//!   order.
//! - What may be filtered or sorted by has an index that goes on with the default order of its list and ends in a unique column, so
//!   that keyset pages are index scans ([`NewTable::ordered_by`]). Null comes last in both directions: SQLite reads one index for that, and
//!   on PostgreSQL a column that may be null has a second.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, sea_query::ColumnType},
};

use crate::rank::Ranked;

/// Answer of every migration to whether it runs in a transaction: it happens as a whole or not at all, on SQLite too.
pub const WHOLE: Option<bool> = Some(true);

/// A table that is about to be created.
#[must_use = "a table is there once it is created"]
pub struct NewTable {
    name: &'static str,
    backend: DatabaseBackend,
    create: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
    /// Columns to filter and sort by, and whether they may be null.
    sorted: Vec<(String, bool)>,
    /// The columns that their indexes end in.
    tail: Vec<&'static str>,
    /// Columns that hold a value of an enumeration, with the values.
    ranked: Vec<(&'static str, &'static [&'static str])>,
    /// The column that orders its lists, once it is known.
    order: Option<&'static str>,
}

impl NewTable {
    /// A table without columns.
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

    /// A content table: the id is given by the program and unique among all content, the slug is unique in the table.
    pub fn content(manager: &SchemaManager<'_>, name: &'static str) -> Self {
        Self::empty(manager, name)
            .column(id().primary_key().to_owned())
            .column(text("slug").unique_key().to_owned())
            .indexed(integer("revision"))
            .column(text("notice"))
    }

    /// A part table: rows in order of `position` within the content that owns them, and that they go with.
    pub fn part(manager: &SchemaManager<'_>, name: &'static str, owner_column: &'static str, owner: &'static str) -> Self {
        let mut table = Self::empty(manager, name).row_id().column(integer("position")).owned_by(owner_column, owner);
        table.tail = vec![owner_column];
        table
    }

    /// A part table whose rows belong to content of one of several tables, each named by a column of its own.
    pub fn part_of_one(manager: &SchemaManager<'_>, name: &'static str, owners: &[(&'static str, &'static str)]) -> Self {
        let mut table = Self::empty(manager, name).row_id().column(integer("position"));
        for (column, owner) in owners {
            let column = reference(column).null().to_owned();
            table = table.foreign_key(column, owner, OnDelete::Cascade, &["position"]);
        }
        // Counted in a way that both databases understand.
        let given: Vec<String> =
            owners.iter().map(|(column, _)| format!("(CASE WHEN \"{column}\" IS NULL THEN 0 ELSE 1 END)")).collect();
        table.create.check(Expr::cust(format!("{} = 1", given.join(" + "))));
        table
    }

    /// A link table from content of one table to content of another. Its links are read in both directions from indexes alone.
    pub fn link(manager: &SchemaManager<'_>, name: &'static str, owner: &'static str, target: &'static str) -> Self {
        Self::flagged_link(manager, name, owner, target, &[])
    }

    /// A link table whose links have flags, which are columns that are added later. The links of a target are filtered by them from the index.
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

    /// A column.
    pub fn column(mut self, mut column: ColumnDef) -> Self {
        let is_text = matches!(column.get_column_type(), Some(ColumnType::Text));
        if is_text && self.backend == DatabaseBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        self.create.col(column);
        self
    }

    /// A column to filter and sort by.
    pub fn indexed(mut self, column: ColumnDef) -> Self {
        self.sorted.push((column.get_column_name(), column.get_column_spec().nullable == Some(true)));
        self.column(column)
    }

    /// The values of an enumeration that an indexed column holds, in the order in which they are declared, which is that of its lists.
    pub fn ranked(mut self, column: &'static str, values: &'static [&'static str]) -> Self {
        self.ranked.push((column, values));
        self
    }

    /// The column that orders lists of it when nothing else is asked for.
    pub fn ordered_by(mut self, column: &'static str) -> Self {
        (self.tail, self.order) = (order_tail(column), Some(column));
        self
    }

    /// The column that names the owner of content that is embedded in its document. The rows go with it.
    pub fn owned_by(self, column: &'static str, table: &'static str) -> Self {
        self.foreign_key(reference(column), table, OnDelete::Cascade, &["position", "id"])
    }

    /// A column that refers to content. What is referred to cannot be deleted. Rows of one target are read in order of the
    /// columns `then`.
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
    /// When the database refuses.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        for (column, nullable) in &self.sorted {
            // The column that orders the lists begins their order.
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

    /// An id that the database gives.
    fn row_id(self) -> Self {
        let mut column = id();
        // On SQLite an integer primary key is the row id, which is given when left out.
        if self.backend == DatabaseBackend::Postgres {
            column.extra("GENERATED BY DEFAULT AS IDENTITY");
        }
        self.column(column.primary_key().to_owned())
    }

    fn foreign_key(mut self, mut column: ColumnDef, table: &str, delete: OnDelete, then: &[&str]) -> Self {
        let name = column.get_column_name();
        let action = match delete {
            OnDelete::Cascade => "CASCADE",
            OnDelete::Refuse => "NO ACTION",
        };
        // Written as text because the builder knows no deferred foreign keys.
        column.extra(format!("REFERENCES \"{table}\" (\"id\") ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"));
        let columns: Vec<&str> = std::iter::once(name.as_str()).chain(then.iter().copied()).collect();
        let index = index(self.name, &columns);
        self.indexes.push(index);
        self.column(column)
    }

    fn unique(mut self, columns: &[&str]) -> Self {
        let index = index(self.name, columns).unique().to_owned();
        self.indexes.push(index);
        self
    }
}

/// Makes an index of a table that is there.
///
/// # Errors
/// When the database refuses.
async fn add_index(manager: &SchemaManager<'_>, table: &str, columns: &[&str]) -> Result<(), DbErr> {
    manager.create_index(index(table, columns)).await
}

/// The default order of a list, as the columns that come last in its indexes. A slug is unique, and a name is not.
#[must_use]
pub fn order_tail(order: &'static str) -> Vec<&'static str> {
    if order == "slug" { vec![order] } else { vec![order, "id"] }
}

/// Makes the index from which PostgreSQL reads the greatest values of a column first, and null last.
///
/// # Errors
/// When the database refuses.
async fn add_descending_index(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    order: &'static str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    // Written as text because the builder knows no place of null in an index.
    let name = descending_name(table, column);
    let tail = order_tail(order).join("\" DESC, \"");
    let sql = format!("CREATE INDEX \"{name}\" ON \"{table}\" (\"{column}\" DESC NULLS LAST, \"{tail}\" DESC)");
    manager.get_connection().execute_unprepared(&sql).await.map(drop)
}

fn descending_name(table: &str, column: &str) -> String {
    format!("{table}_{column}_desc_idx")
}

fn index(table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create().name(index_name(table, columns)).table(table.to_owned()).to_owned();
    for column in columns {
        index.col((*column).to_owned());
    }
    index
}

/// The name of the index of these columns.
fn index_name(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}_idx", columns.join("_"))
}

/// What happens to a row when the content that it refers to is deleted.
#[derive(Clone, Copy)]
enum OnDelete {
    /// It goes too.
    Cascade,
    /// It must have gone by the end of the transaction.
    Refuse,
}

/// Drops tables, in the order given.
///
/// # Errors
/// When the database refuses.
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

/// A text that is never null.
#[must_use]
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

/// A 32-bit integer that is never null.
#[must_use]
pub fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().to_owned()
}

/// A 64-bit integer that is never null.
#[must_use]
pub fn big_integer(name: &'static str) -> ColumnDef {
    reference(name)
}

/// A 64-bit floating point number that is never null.
#[must_use]
pub fn double(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).double().not_null().to_owned()
}

/// A truth value that is never null.
#[must_use]
pub fn boolean(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().to_owned()
}

/// JSON text that is never null.
#[must_use]
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json().not_null().to_owned()
}

/// The same column, which may be null.
#[must_use]
pub fn nullable(mut column: ColumnDef) -> ColumnDef {
    column.null().to_owned()
}
