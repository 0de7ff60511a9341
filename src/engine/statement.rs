//! The SQL of a [`Fetch`].
//!
//! An answer has the columns of the fetch, then the sort keys where cursors are asked for, then the key of the parent. In every
//! statement the row is called `t`, its link `l` and its parent `p`.

use super::{
    order::OrderKey,
    path::Path,
    plan::{By, Fetch},
    sql::Sql,
};
use crate::store::statement::{Dialect, Param, Read, Statement};

/// Whose rows a fetch is for.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Nobody's: it stands at the root.
    Root,
    /// The rows with these keys, each named once.
    Of(Vec<i64>),
    /// Lists of ids.
    Lists(Vec<Entry>),
}

/// An entry of a list of ids.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Number of its list.
    pub list: i64,
    /// Its place in the list, from 1: the same whichever lists are read along with it, since cursors hold it.
    pub position: i64,
    /// The id.
    pub id: i64,
}

impl Keys {
    /// True when there is nobody to read for.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Root => false,
            Self::Of(keys) => keys.is_empty(),
            Self::Lists(entries) => entries.is_empty(),
        }
    }
}

impl Fetch {
    /// Where the sort keys stand among the columns of an answer.
    pub fn keys_at(&self) -> usize {
        self.columns.len()
    }

    /// Where the key of the parent stands among the columns of an answer.
    pub fn parent_at(&self) -> usize {
        self.columns.len() + self.keys_read().len()
    }

    /// The sort keys that are read. Those of lists that are cut are known before.
    fn keys_read(&self) -> &[OrderKey] {
        if self.cursors && !self.is_cut() { &self.keys } else { &[] }
    }

    /// The statement that reads the rows.
    pub fn rows_statement(&self, dialect: Dialect, keys: &Keys) -> Statement {
        let mut sql = Sql::new(dialect);
        let order: Vec<OrderKey> = match &self.page {
            Some(page) if page.backward => self.keys.iter().map(OrderKey::flipped).collect(),
            _ => self.keys.clone(),
        };
        match (self.by, keys, dialect) {
            (By::Lists, Keys::Lists(entries), _) => self.lists(&mut sql, entries, &order),
            (by, Keys::Of(ids), Dialect::Sqlite) => self.each_parent(&mut sql, by, ids, &order),
            (By::Path(path), Keys::Of(ids), Dialect::Postgres) => self.lateral(&mut sql, path, ids, &order),
            (by, keys, _) => self.plain(&mut sql, by, keys, &order),
        }
        let mut reads: Vec<Read> = self.columns.iter().map(|(_, read)| *read).collect();
        reads.extend(self.keys_read().iter().map(|key| key.read));
        reads.push(Read::Int);
        sql.finish(reads)
    }

    /// The statement that counts the rows of each parent, without its page: parent key, count.
    pub fn count_statement(&self, dialect: Dialect, keys: &Keys) -> Statement {
        let mut sql = Sql::new(dialect);
        match (self.by, keys) {
            (By::Path(path), Keys::Of(ids)) if dialect == Dialect::Sqlite => {
                let [parent] = sql.each(ids.clone());
                sql.push("SELECT ").push(&parent).push(", COUNT(*) FROM ");
                self.write_counted(&mut sql, path);
                sql.push(" = ").push(&parent);
                write_keep(&mut sql, path);
                self.write_filter(&mut sql);
            }
            (By::Path(path), Keys::Of(ids)) => {
                sql.push("SELECT ");
                write_parent(&mut sql, path);
                sql.push(", COUNT(*) FROM ");
                self.write_counted(&mut sql, path);
                sql.in_ints(ids.clone());
                write_keep(&mut sql, path);
                self.write_filter(&mut sql);
                sql.push(" GROUP BY ");
                write_parent(&mut sql, path);
            }
            (By::Lists, Keys::Lists(entries)) => {
                sql.push("SELECT l.parent, COUNT(*) FROM ");
                write_entries(&mut sql, entries);
                sql.push(" JOIN ").table(self.table(), "t").push(" ON t.id = l.target WHERE TRUE");
                self.write_filter(&mut sql);
                sql.push(" GROUP BY l.parent");
            }
            _ => {
                sql.by_dialect("SELECT 0, COUNT(*) FROM ", "SELECT 0::bigint, COUNT(*) FROM ");
                sql.table(self.table(), "t").push(" WHERE TRUE");
                self.write_filter(&mut sql);
            }
        }
        sql.finish(vec![Read::Int, Read::Int])
    }

    /// Rows of the table itself, by key, by owner, or any.
    fn plain(&self, sql: &mut Sql, by: By, keys: &Keys, order: &[OrderKey]) {
        let parent = match by {
            By::Owner(column) => Some(column),
            By::Key | By::Lists => Some("id"),
            _ => None,
        };
        sql.push("SELECT ");
        self.write_columns(sql);
        match parent {
            Some(column) => _ = sql.column("t", column),
            None => _ = sql.by_dialect("0", "0::bigint"),
        }
        sql.push(" FROM ").table(self.table(), "t");
        for key in order {
            key.write_join(sql);
        }
        sql.push(" WHERE ");
        match (parent, keys) {
            (Some(column), Keys::Of(ids)) => _ = sql.column("t", column).in_ints(ids.clone()),
            _ => _ = sql.push("TRUE"),
        }
        self.write_filter(sql);
        if let By::Owner(column) = by {
            sql.push(" ORDER BY ").column("t", column).push(", ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// The rows of one parent, run for each: a page is read from its index up to where it ends.
    fn each_parent(&self, sql: &mut Sql, by: By, ids: &[i64], order: &[OrderKey]) {
        let [parent] = sql.each(ids.to_vec());
        sql.push("SELECT ");
        self.write_columns(sql);
        sql.push(&parent).push(" FROM ");
        match by {
            By::Path(path) => {
                write_path(sql, path, self.table());
                sql.push(" WHERE ");
                write_parent(sql, path);
                sql.push(" = ").push(&parent);
                write_keep(sql, path);
            }
            By::Owner(column) => {
                sql.table(self.table(), "t").push(" WHERE ").column("t", column).push(" = ").push(&parent);
            }
            By::Key | By::Root | By::Lists => {
                sql.table(self.table(), "t").push(" WHERE ").column("t", "id").push(" = ").push(&parent);
            }
        }
        self.write_filter(sql);
        if let By::Owner(_) = by {
            sql.push(" ORDER BY ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// A page for each parent. Rows of one parent come together and in order, since the lateral query is run once for each.
    fn lateral(&self, sql: &mut Sql, path: Path, ids: &[i64], order: &[OrderKey]) {
        sql.push("SELECT r.*, p.key FROM unnest(").bind(Param::Ints(ids.to_vec()));
        sql.push("::bigint[]) AS p(key) CROSS JOIN LATERAL (SELECT ");
        self.write_columns(sql);
        sql.drop_comma().push(" FROM ");
        write_path(sql, path, self.table());
        sql.push(" WHERE ");
        write_parent(sql, path);
        sql.push(" = p.key");
        write_keep(sql, path);
        self.write_filter(sql);
        self.write_page(sql, order);
        sql.push(") AS r");
    }

    /// A page of each list of ids.
    fn lists(&self, sql: &mut Sql, entries: &[Entry], order: &[OrderKey]) {
        let limit = self.limit();
        sql.push("SELECT ");
        for at in 0..self.parent_at() {
            sql.push("r.c").push(&at.to_string()).push(", ");
        }
        sql.push("r.parent FROM (SELECT ");
        let mut at = 0;
        for (column, _) in &self.columns {
            sql.column("t", column).push(" AS c").push(&at.to_string()).push(", ");
            at += 1;
        }
        for key in self.keys_read() {
            key.write_value(sql);
            sql.push(" AS c").push(&at.to_string()).push(", ");
            at += 1;
        }
        sql.push("l.parent AS parent, ROW_NUMBER() OVER (PARTITION BY l.parent ORDER BY ");
        write_order(sql, order);
        sql.push(") AS place FROM ");
        write_entries(sql, entries);
        sql.push(" JOIN ").table(self.table(), "t").push(" ON t.id = l.target WHERE TRUE");
        self.write_filter(sql);
        if let Some(page) = &self.page {
            page.write_bounds(sql, &self.keys);
        }
        sql.push(") AS r");
        if let Some(limit) = limit {
            sql.push(" WHERE r.place <= ").push(&limit.to_string());
        }
        sql.push(" ORDER BY r.parent, r.place");
    }

    /// What is counted of a path, up to the column that names the parent.
    fn write_counted(&self, sql: &mut Sql, path: Path) {
        match path {
            // A link has a target, as its foreign key says; it need not be looked up to be counted.
            Path::Link { link, .. } if self.filter.is_none() => _ = sql.table(link, "l"),
            _ => write_path(sql, path, self.table()),
        }
        sql.push(" WHERE ");
        write_parent(sql, path);
    }

    fn table(&self) -> &'static str {
        self.target.table().unwrap_or_default()
    }

    fn limit(&self) -> Option<i64> {
        let page = self.page.as_ref()?;
        i64::try_from(page.size + usize::from(self.more)).ok()
    }

    /// The columns of an answer up to the parent's key, each with a comma after it.
    fn write_columns(&self, sql: &mut Sql) {
        for (column, _) in &self.columns {
            sql.column("t", column).push(", ");
        }
        for key in self.keys_read() {
            key.write_value(sql);
            sql.push(", ");
        }
    }

    fn write_filter(&self, sql: &mut Sql) {
        if let Some(filter) = &self.filter {
            sql.push(" AND ");
            filter.write(sql, "t");
        }
    }

    fn write_page(&self, sql: &mut Sql, order: &[OrderKey]) {
        let Some(page) = self.page.as_ref().filter(|_| !self.is_cut()) else { return };
        page.write_bounds(sql, &self.keys);
        sql.push(" ORDER BY ");
        write_order(sql, order);
        // A number, not a parameter: with another limit SQLite plans a statement anew each time, and PostgreSQL plans without one.
        if let Some(limit) = self.limit() {
            sql.push(" LIMIT ").push(&limit.to_string());
        }
    }
}

fn write_order(sql: &mut Sql, order: &[OrderKey]) {
    for (at, key) in order.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " });
        key.write_order(sql);
    }
}

/// The tables of a path: the target as `t`, and its link as `l`.
fn write_path(sql: &mut Sql, path: Path, table: &str) {
    match path {
        Path::Link { link, there, .. } => {
            // On SQLite a cross join keeps the order: the links of one parent come first.
            sql.table(link, "l").by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            sql.push(" ON ").column("t", "id").push(" = ").column("l", there);
        }
        Path::To { .. } | Path::From { .. } => _ = sql.table(table, "t"),
    }
}

/// The column of a path that names the parent.
fn write_parent(sql: &mut Sql, path: Path) {
    match path {
        Path::Link { here, .. } => _ = sql.column("l", here),
        Path::To { column, .. } | Path::From { column, .. } => _ = sql.column("t", column),
    }
}

fn write_keep(sql: &mut Sql, path: Path) {
    if let Path::Link { keep: Some(keep), .. } = path {
        sql.push(" AND ").column("l", keep);
    }
}

/// Lists of ids as a table `l(parent, target, position)`.
fn write_entries(sql: &mut Sql, entries: &[Entry]) {
    match sql.dialect() {
        Dialect::Sqlite => {
            let text: Vec<String> =
                entries.iter().map(|entry| format!("[{},{},{}]", entry.list, entry.id, entry.position)).collect();
            sql.push("(SELECT value ->> 0 AS parent, value ->> 1 AS target, value ->> 2 AS position FROM json_each(");
            sql.bind(Param::Text(format!("[{}]", text.join(",")))).push(")) AS l");
        }
        Dialect::Postgres => {
            let column = |of: fn(&Entry) -> i64| Param::Ints(entries.iter().map(of).collect());
            sql.push("unnest(").bind(column(|entry| entry.list)).push("::bigint[], ");
            sql.bind(column(|entry| entry.id)).push("::bigint[], ").bind(column(|entry| entry.position));
            sql.push("::bigint[]) AS l(parent, target, position)");
        }
    }
}
