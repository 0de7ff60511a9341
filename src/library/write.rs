//! Writing: the rows that changed. Foreign keys are checked at the end of the transaction, so rows may come in any order.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, OnConflict, Query, SimpleExpr, Value},
};

use super::{
    error::LibraryError,
    ids::Ids,
    row::Row,
    set::Key,
    table::{Column, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, Table},
};
use crate::{engine::catalog::Catalog, store::Progress};

/// Values bound in one statement. SQLite takes 32,766, PostgreSQL 65,535.
const MAX_VALUES: usize = 30_000;
/// Rows in one statement.
const MAX_ROWS: usize = 500;

/// What an import changes.
pub(super) struct Changes<'a> {
    /// Rows that are new or different.
    pub written: &'a HashMap<Key, Row>,
    /// Content that goes.
    pub removed: &'a [Key],
    /// The revision that all of this is.
    pub revision: i64,
}

/// Writes changes. `ids` knows the ids of everything that is written, refers to something or goes.
pub(super) async fn write(
    catalog: &Catalog,
    tables: &[Table<'_>],
    ids: &Ids,
    changes: &Changes<'_>,
    db: &impl ConnectionTrait,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let writer = Writer { catalog, ids, db, progress };
    for table in tables {
        writer.delete_owned(table, changes).await?;
    }
    for table in tables {
        writer.contents(table, changes).await?;
    }
    for table in tables {
        writer.owned(table, changes).await?;
    }
    for table in tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|key| ids.id(key)).collect::<Vec<_>>();
        writer.delete(table.name, ID, &removed).await?;
    }
    Ok(())
}

struct Writer<'a, C> {
    catalog: &'a Catalog,
    ids: &'a Ids,
    db: &'a C,
    progress: &'a dyn Progress,
}

impl<C: ConnectionTrait> Writer<'_, C> {
    /// Deletes the parts and links of everything that is written again or goes.
    async fn delete_owned(&self, table: &Table<'_>, changes: &Changes<'_>) -> Result<(), LibraryError> {
        let keys = changes.written.keys().chain(changes.removed).filter(|key| key.0 == table.object.ix);
        let ids: Vec<i64> = keys.filter_map(|key| self.ids.id(key)).collect();
        for parts in &table.parts {
            self.delete(parts.name, parts.owner, &ids).await?;
        }
        for links in &table.links {
            self.delete(links.name, OWNER_ID, &ids).await?;
        }
        Ok(())
    }

    async fn delete(&self, table: &'static str, column: &'static str, ids: &[i64]) -> Result<(), LibraryError> {
        for ids in ids.chunks(MAX_ROWS) {
            let mut delete = Query::delete();
            delete.from_table(table).and_where(Expr::col(column).is_in(ids.iter().copied()));
            self.db.execute(&delete).await?;
        }
        Ok(())
    }

    /// Writes the rows of content.
    async fn contents(&self, table: &Table<'_>, changes: &Changes<'_>) -> Result<(), LibraryError> {
        let mut rows: Vec<(&Key, &Row)> = changes.written.iter().filter(|(key, _)| key.0 == table.object.ix).collect();
        rows.sort_by_key(|(key, _)| self.ids.id(key));
        let counted = table.counted.then_some(POSITION);
        let names = || [ID, REVISION].into_iter().chain(counted).chain(table.columns.iter().map(|column| column.name));
        let mut values = Vec::with_capacity(rows.len());
        for (key, row) in rows {
            let mut value = vec![Value::BigInt(self.ids.id(key)), Value::BigInt(Some(changes.revision))];
            value.extend(counted.map(|_| Value::Int(row.position)));
            value.extend(self.values(&table.columns, &row.columns)?);
            values.push(value);
        }
        let update = OnConflict::column(ID).update_columns(names().skip(1)).to_owned();
        self.insert(table.name, &names().collect::<Vec<_>>(), values, Some(update)).await
    }

    /// Writes the parts and links of content.
    async fn owned(&self, table: &Table<'_>, changes: &Changes<'_>) -> Result<(), LibraryError> {
        let mut rows: Vec<_> = changes
            .written
            .iter()
            .filter(|(key, _)| key.0 == table.object.ix)
            .filter_map(|(key, row)| Some((self.ids.id(key)?, row)))
            .collect();
        rows.sort_by_key(|(id, _)| *id);
        for (at, parts) in table.parts.iter().enumerate() {
            let mut names = vec![parts.owner];
            names.extend(parts.counted.then_some(POSITION));
            names.extend(parts.columns.iter().map(|column| column.name));
            let mut values = Vec::new();
            for (id, row) in &rows {
                for (position, part) in (1..).zip(&row.parts[at]) {
                    let mut value = vec![Value::BigInt(Some(*id))];
                    value.extend(parts.counted.then_some(Value::Int(Some(position))));
                    value.extend(self.values(&parts.columns, part)?);
                    values.push(value);
                }
            }
            self.insert(parts.name, &names, values, None).await?;
        }
        for (at, links) in table.links.iter().enumerate() {
            let mut names = vec![OWNER_ID.to_owned(), POSITION.to_owned(), TARGET_ID.to_owned()];
            let flags = rows.iter().find_map(|(_, row)| row.links[at].first()).map(|link| &link.flags);
            names.extend(flags.into_iter().flat_map(|flags| flags.keys().cloned()));
            let mut values = Vec::new();
            for (id, row) in &rows {
                for (position, link) in (1..).zip(&row.links[at]) {
                    let target = self.ids.id_of(self.catalog, links.target, &link.target)?;
                    let mut value = vec![Value::BigInt(Some(*id)), Value::Int(Some(position)), Value::BigInt(Some(target))];
                    value.extend(link.flags.values().map(|on| Value::Bool(Some(*on))));
                    values.push(value);
                }
            }
            self.insert(links.name, &names.iter().map(String::as_str).collect::<Vec<_>>(), values, None).await?;
        }
        self.progress.advance(rows.len());
        Ok(())
    }

    fn values(&self, columns: &[Column<'_>], row: &[serde_json::Value]) -> Result<Vec<Value>, LibraryError> {
        columns.iter().zip(row).map(|(column, value)| self.ids.column_value(self.catalog, column.field, value)).collect()
    }

    async fn insert(
        &self,
        table: &'static str,
        names: &[&str],
        rows: Vec<Vec<Value>>,
        conflict: Option<OnConflict>,
    ) -> Result<(), LibraryError> {
        let batch = (MAX_VALUES / names.len()).min(MAX_ROWS);
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut insert = Query::insert();
            insert.into_table(table).columns(names.iter().map(|name| (*name).to_owned()));
            for row in rows.by_ref().take(batch) {
                insert.values_panic(row.into_iter().map(SimpleExpr::from));
            }
            if let Some(conflict) = &conflict {
                insert.on_conflict(conflict.clone());
            }
            self.db.execute(&insert).await?;
        }
        Ok(())
    }
}
