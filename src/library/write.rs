//! Writing: the rows that changed.
//!
//! Foreign keys are checked at the end of the transaction, so rows may come in any order. Content comes after what its columns
//! refer to all the same: SQLite looks for rows that wait whenever one is written that they might wait for.

use std::{borrow::Cow, sync::Arc};

use sea_orm::{
    ConnectionTrait, DbBackend,
    sea_query::{Expr, ExprTrait as _, Query, Value},
};

use super::{
    contents::Key,
    error::LibraryError,
    ids::Ids,
    insert::{Insert, MAX_ROWS},
    row,
    set::{Document, Library},
    table::{Column, ID, OWNER_ID, POSITION, REVISION, TARGET_ID, Table, parents_first},
};
use crate::{engine::datum::Datum, store::Progress};

/// What an import changes.
pub(super) struct Changes<'a> {
    /// The library as it will be.
    pub library: &'a Library<'a>,
    /// For each table, what is new.
    pub added: &'a [Vec<Arc<str>>],
    /// For each table, what is different.
    pub changed: &'a [Vec<Arc<str>>],
    /// Content that goes.
    pub removed: &'a [Key],
    /// The revision that all of this is.
    pub revision: i64,
}

/// Writes changes. `ids` knows the ids of everything that is written, refers to something or goes.
pub(super) async fn write(
    tables: &[Table<'_>],
    ids: &Ids,
    changes: &Changes<'_>,
    db: &impl ConnectionTrait,
    progress: &dyn Progress,
) -> Result<(), LibraryError> {
    let writer = Writer { ids, changes, db };
    for (table, changed) in tables.iter().zip(changes.changed) {
        writer.delete_owned(table, changed).await?;
    }
    for at in parents_first(tables) {
        let table = &tables[at];
        let written = writer.written(at, table);
        writer.contents(table, &written).await?;
        progress.advance(written.len());
    }
    for (at, table) in tables.iter().enumerate() {
        let written = writer.written(at, table);
        writer.owned(table, &written).await?;
        progress.advance(written.len());
    }
    for table in tables {
        let removed = changes.removed.iter().filter(|key| key.0 == table.object.ix);
        let removed = removed.filter_map(|(ix, slug)| ids.id(*ix, slug)).collect::<Vec<_>>();
        writer.delete(table.name, ID, &removed).await?;
    }
    Ok(())
}

struct Writer<'a, C> {
    ids: &'a Ids,
    changes: &'a Changes<'a>,
    db: &'a C,
}

/// Content that is written.
struct Written<'a> {
    id: i64,
    slug: &'a str,
    document: &'a Document,
}

impl<C: ConnectionTrait> Writer<'_, C> {
    /// What of a table is written, in the order of ids.
    fn written(&self, at: usize, table: &Table<'_>) -> Vec<Written<'_>> {
        let ix = table.object.ix;
        let slugs = self.changes.added[at].iter().chain(&self.changes.changed[at]);
        let written = |slug: &'_ Arc<str>| {
            let (id, document) = (self.ids.id(ix, slug)?, self.changes.library.get(ix, slug)?);
            Some((id, document))
        };
        let mut all: Vec<_> =
            slugs.filter_map(|slug| written(slug).map(|(id, document)| Written { id, slug, document })).collect();
        all.sort_unstable_by_key(|written| written.id);
        all
    }

    /// Deletes the parts and links of everything that is different or goes.
    async fn delete_owned(&self, table: &Table<'_>, changed: &[Arc<str>]) -> Result<(), LibraryError> {
        let ix = table.object.ix;
        let removed = self.changes.removed.iter().filter(|key| key.0 == ix).map(|(_, slug)| slug);
        let ids: Vec<i64> = changed.iter().chain(removed).filter_map(|slug| self.ids.id(ix, slug)).collect();
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
    async fn contents(&self, table: &Table<'_>, written: &[Written<'_>]) -> Result<(), LibraryError> {
        let counted = table.counted.then_some(POSITION);
        let names = [ID, REVISION].into_iter().chain(counted).chain(table.columns.iter().map(|column| column.name));
        let mut insert = Insert::or_update(self.db, table.name, names.map(Cow::Borrowed).collect());
        for Written { id, slug, document } in written {
            let columns = row::columns_of(self.changes.library, table, slug, document);
            insert.values.extend([Value::BigInt(Some(*id)), Value::BigInt(Some(self.changes.revision))]);
            insert.values.extend(counted.map(|_| Value::Int(row::position_of(table, document))));
            self.values(&table.columns, &columns, &mut insert.values)?;
            insert.send_if_full().await?;
        }
        insert.finish().await
    }

    /// Writes the parts and links of content.
    async fn owned(&self, table: &Table<'_>, written: &[Written<'_>]) -> Result<(), LibraryError> {
        for parts in &table.parts {
            let counted = parts.counted.then_some(POSITION);
            let names = [parts.owner].into_iter().chain(counted).chain(parts.columns.iter().map(|column| column.name));
            let mut insert = Insert::new(self.db, parts.name, names.map(Cow::Borrowed).collect());
            for Written { id, document, .. } in written {
                for (position, part) in (1..).zip(row::parts_of(parts, document)) {
                    insert.values.push(Value::BigInt(Some(*id)));
                    insert.values.extend(counted.map(|_| Value::Int(Some(position))));
                    self.values(&parts.columns, &part, &mut insert.values)?;
                    insert.send_if_full().await?;
                }
            }
            insert.finish().await?;
        }
        for links in &table.links {
            let mut insert: Option<Insert<'_, C>> = None;
            for Written { id, slug, document } in written {
                for (position, link) in (1..).zip(row::links_of(self.changes.library, table, links, slug, &document.fields))
                {
                    let insert = insert.get_or_insert_with(|| {
                        let names = [OWNER_ID, POSITION, TARGET_ID].into_iter().map(Cow::Borrowed);
                        let names = names.chain(link.flags.iter().map(|(name, _)| name.clone()));
                        Insert::new(self.db, links.name, names.collect())
                    });
                    let target = self.ids.id_of(self.changes.library.catalog, links.target, &link.target)?;
                    let head = [Value::BigInt(Some(*id)), Value::Int(Some(position)), Value::BigInt(Some(target))];
                    insert.values.extend(head);
                    insert.values.extend(link.flags.iter().map(|(_, on)| Value::Bool(Some(*on))));
                    insert.send_if_full().await?;
                }
            }
            if let Some(mut insert) = insert {
                insert.finish().await?;
            }
        }
        Ok(())
    }

    fn values(&self, columns: &[Column<'_>], row: &[Datum], values: &mut Vec<Value>) -> Result<(), LibraryError> {
        let text_for_json = self.db.get_database_backend() == DbBackend::Sqlite;
        for (column, value) in columns.iter().zip(row) {
            values.push(self.ids.column_value(self.changes.library.catalog, column.field, value, text_for_json)?);
        }
        Ok(())
    }
}
