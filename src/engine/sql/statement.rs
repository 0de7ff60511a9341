//! The SQL statements of a [`Fetch`].
//!
//! The result has the columns of the fetch, then the sort keys if cursors are selected, then the score if there is a search, then
//! the key of the parent. In every statement the alias of the row is `t`, that of its link `l`, that of its parent `p`, and
//! that of the search `s`.

use super::{
    tables::{write_entries, write_keep, write_parent, write_path},
    writer::Sql,
};
use crate::{
    engine::plan::{By, Fetch, grouping::Grouping, order::OrderKey, path::Path, search::Search},
    store::statement::{Dialect, Param, Read, Statement},
};

/// The parents that rows are read for.
#[derive(Clone, Debug)]
pub enum Parents {
    /// None: the fetch is at the root.
    Root,
    /// The rows with these keys, without duplicates.
    Keys(Vec<i64>),
    /// Lists of ids.
    Lists(Vec<ListEntry>),
}

/// An entry of a list of ids.
#[derive(Clone, Copy, Debug)]
pub struct ListEntry {
    /// Number of its list.
    pub list: i64,
    /// Its position in the list, from 1. Cursors contain it, so it must not depend on other lists.
    pub position: i64,
    /// The id.
    pub id: i64,
}

impl Parents {
    /// Reports whether there are no parents, so nothing needs to be read.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Root => false,
            Self::Keys(keys) => keys.is_empty(),
            Self::Lists(entries) => entries.is_empty(),
        }
    }
}

impl Fetch {
    /// Returns the index of the first sort key among the columns of the result.
    pub fn keys_at(&self) -> usize {
        self.columns.len()
    }

    /// Returns the index of the parent's key among the columns of the result.
    pub fn parent_at(&self) -> usize {
        self.score_at() + usize::from(self.search.is_some() && self.grouping.is_none())
    }

    /// Returns the sort keys that are read. Lists of ids that are cut before reading need none.
    pub(super) fn keys_read(&self) -> &[OrderKey] {
        if self.cursors && !self.has_cut_lists() { &self.keys } else { &[] }
    }

    /// Returns the index of the score among the columns of the result.
    pub fn score_at(&self) -> usize {
        self.columns.len() + self.keys_read().len()
    }

    /// Reports whether the statement may return many rows, by the number of parents and the size of the page.
    pub(super) fn is_long(&self, parents: &Parents) -> bool {
        /// Maximum number of rows of a statement that is not long ([`Statement::long`]).
        const FEW: usize = 100;
        let parents = match parents {
            Parents::Root => 1,
            Parents::Keys(ids) => ids.len(),
            Parents::Lists(entries) => entries.len(),
        };
        parents.saturating_mul(self.page.as_ref().map_or(1, |page| page.size)) > FEW
    }

    /// Returns the statement that reads the rows.
    pub fn rows_statement(&self, dialect: Dialect, parents: &Parents) -> Statement {
        if let Some(grouping) = &self.grouping {
            return self.groups_statement(dialect, grouping, parents);
        }
        let mut sql = Sql::new(dialect);
        let order: Vec<OrderKey> = match &self.page {
            Some(page) if page.backward => self.keys.iter().map(OrderKey::flipped).collect(),
            _ => self.keys.clone(),
        };
        if self.page.as_ref().is_some_and(|page| page.offset > 0) {
            sql.skip_rows();
        }
        match (self.by, parents, dialect) {
            (By::Lists, Parents::Lists(_), _) => self.partitioned(&mut sql, parents, &order),
            (By::Path(_), Parents::Keys(_), _) if self.is_settled_once() => self.partitioned(&mut sql, parents, &order),
            (by, Parents::Keys(ids), Dialect::Sqlite) => self.each_parent(&mut sql, by, ids, &order),
            (By::Path(path), Parents::Keys(ids), Dialect::Postgres) => self.lateral(&mut sql, path, ids, &order),
            (by, parents, _) => self.plain(&mut sql, by, parents, &order),
        }
        let mut reads: Vec<Read> = self.columns.iter().map(|(_, read)| *read).collect();
        reads.extend(self.keys_read().iter().map(|key| key.read));
        reads.extend(self.search.iter().map(|_| Read::Int));
        reads.push(Read::Int);
        Statement { long: self.is_long(parents), ..sql.finish(reads) }
    }

    /// Returns the statement that counts the rows of each parent on all pages: key of the parent, count.
    pub fn count_statement(&self, dialect: Dialect, parents: &Parents) -> Statement {
        if let Some(grouping) = &self.grouping {
            return self.count_groups_statement(dialect, grouping, parents);
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        match (self.by, parents) {
            (By::Path(path), Parents::Keys(ids)) if dialect == Dialect::Sqlite && !self.is_settled_once() => {
                let [parent] = sql.each(ids.clone());
                sql.push(&parent).push(", COUNT(*) FROM ");
                self.write_counted(&mut sql, path);
                sql.push(" WHERE ");
                write_parent(&mut sql, path);
                sql.push(" = ").push(&parent);
                write_keep(&mut sql, path);
                self.write_filter(&mut sql);
            }
            _ => {
                self.write_parent_key(&mut sql);
                sql.push(", COUNT(*) FROM ");
                self.write_listed(&mut sql, parents, |_| {});
                if !matches!(parents, Parents::Root) {
                    sql.push(" GROUP BY ");
                    self.write_parent_key(&mut sql);
                }
            }
        }
        sql.finish(vec![Read::Int, Read::Int])
    }

    /// Writes the tables of the rows of all pages of all parents, `join` after them, and the condition that the rows match.
    pub(super) fn write_listed(&self, sql: &mut Sql, parents: &Parents, join: impl FnOnce(&mut Sql)) {
        match (self.by, parents) {
            (By::Path(path), _) => self.write_counted(sql, path),
            (By::Lists, Parents::Lists(entries)) => {
                write_entries(sql, entries);
                sql.push(" JOIN ").table(self.table, "t").push(" ON t.id = l.target");
                self.write_found(sql);
            }
            _ => self.write_table(sql),
        }
        join(sql);
        self.write_where(sql, parents);
    }

    /// Writes the condition on the parents, if the rows are found by a path, and the filter.
    fn write_where(&self, sql: &mut Sql, parents: &Parents) {
        sql.push(" WHERE ");
        match (self.by, parents) {
            (By::Path(path), Parents::Keys(ids)) => {
                write_parent(sql, path);
                sql.in_ints(ids.clone());
                write_keep(sql, path);
            }
            _ => _ = sql.push("TRUE"),
        }
        self.write_filter(sql);
    }

    /// Writes the statement for rows by key, by owner, or of the whole table.
    fn plain(&self, sql: &mut Sql, by: By, parents: &Parents, order: &[OrderKey]) {
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
        sql.push(" FROM ");
        self.write_table(sql);
        for key in order {
            key.write_join(sql);
        }
        sql.push(" WHERE ");
        match (parent, parents) {
            (Some(column), Parents::Keys(ids)) => _ = sql.column("t", column).in_ints(ids.clone()),
            _ => _ = sql.push("TRUE"),
        }
        self.write_filter(sql);
        if let By::Owner(column) = by {
            sql.push(" ORDER BY ").column("t", column).push(", ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// Writes the statement for the rows of one parent. SQLite runs it for each parent, and reads an index from the start of
    /// the page to its end.
    fn each_parent(&self, sql: &mut Sql, by: By, ids: &[i64], order: &[OrderKey]) {
        let [parent] = sql.each(ids.to_vec());
        sql.push("SELECT ");
        self.write_columns(sql);
        sql.push(&parent).push(" FROM ");
        match by {
            By::Path(path) => {
                write_path(sql, path, self.table);
                sql.push(" WHERE ");
                write_parent(sql, path);
                sql.push(" = ").push(&parent);
                write_keep(sql, path);
            }
            By::Owner(column) => {
                sql.table(self.table, "t").push(" WHERE ").column("t", column).push(" = ").push(&parent);
            }
            By::Key | By::Root | By::Lists | By::Found => {
                sql.table(self.table, "t").push(" WHERE ").column("t", "id").push(" = ").push(&parent);
            }
        }
        self.write_filter(sql);
        if let By::Owner(_) = by {
            sql.push(" ORDER BY ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// Writes the statement for a page of each parent. The lateral query runs once for each parent, so the rows of one
    /// parent are adjacent and in order.
    fn lateral(&self, sql: &mut Sql, path: Path, ids: &[i64], order: &[OrderKey]) {
        sql.push("SELECT r.*, p.key FROM unnest(").bind(Param::Ints(ids.to_vec()));
        sql.push("::bigint[]) AS p(key) CROSS JOIN LATERAL (SELECT ");
        self.write_columns(sql);
        sql.drop_comma().push(" FROM ");
        write_path(sql, path, self.table);
        sql.push(" WHERE ");
        write_parent(sql, path);
        sql.push(" = p.key");
        write_keep(sql, path);
        self.write_filter(sql);
        self.write_page(sql, order);
        sql.push(") AS r");
    }

    /// Writes the statement that reads a page of each parent, or of each list of ids, and runs once for all of them.
    fn partitioned(&self, sql: &mut Sql, parents: &Parents, order: &[OrderKey]) {
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
        if self.search.is_some() {
            Search::write_score(sql);
            sql.push(" AS c").push(&at.to_string()).push(", ");
        }
        let parent = |sql: &mut Sql| match self.by {
            By::Path(path) => write_parent(sql, path),
            _ => _ = sql.push("l.parent"),
        };
        parent(sql);
        sql.push(" AS parent, ROW_NUMBER() OVER (PARTITION BY ");
        parent(sql);
        sql.push(" ORDER BY ");
        write_order(sql, order);
        sql.push(") AS rank FROM ");
        match (self.by, parents) {
            (By::Path(path), _) => write_path(sql, path, self.table),
            (_, Parents::Lists(entries)) => {
                write_entries(sql, entries);
                sql.push(" JOIN ").table(self.table, "t").push(" ON t.id = l.target");
            }
            _ => _ = sql.table(self.table, "t"),
        }
        self.write_found(sql);
        for key in order {
            key.write_join(sql);
        }
        self.write_where(sql, parents);
        if let Some(page) = &self.page {
            page.write_bounds(sql, &self.keys);
        }
        sql.push(") AS r");
        if let Some((limit, offset)) = self.limit() {
            sql.push(" WHERE r.rank <= ").push(&(offset + limit).to_string());
            if offset > 0 {
                sql.push(" AND r.rank > ").push(&offset.to_string());
            }
        }
        sql.push(" ORDER BY r.parent, r.rank");
    }

    /// Writes the tables at the end of a path whose rows are counted or grouped.
    fn write_counted(&self, sql: &mut Sql, path: Path) {
        let is_read =
            self.filter.is_some() || self.search.is_some() || self.grouping.as_ref().is_some_and(Grouping::reads_rows);
        match path {
            // The foreign key guarantees that each link has a target, so the target is not read.
            Path::Link { link, .. } if !is_read => _ = sql.table(link, "l"),
            _ => write_path(sql, path, self.table),
        }
        self.write_found(sql);
    }

    /// Writes the table of the rows as `t`. With a search, the database starts with the records that it finds.
    fn write_table(&self, sql: &mut Sql) {
        if let Some(search) = &self.search {
            let found = search.write_found(sql);
            let table = if let By::Found = self.by { &found } else { self.table };
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            Search::write_join(sql);
        } else {
            sql.table(self.table, "t");
        }
    }

    /// Writes the join of the rows `t` with the records that the search finds; nothing without a search.
    fn write_found(&self, sql: &mut Sql) {
        if let Some(search) = &self.search {
            sql.push(" JOIN ");
            search.write_found(sql);
            Search::write_join(sql);
        }
    }

    /// Returns the maximum number of rows of each parent, and the number of rows to skip before them; `None` for all rows.
    pub(super) fn limit(&self) -> Option<(usize, usize)> {
        let page = self.page.as_ref()?;
        Some((page.size + usize::from(self.extra_row), page.offset))
    }

    /// Writes the columns before the parent's key, each followed by a comma.
    fn write_columns(&self, sql: &mut Sql) {
        for (column, _) in &self.columns {
            sql.column("t", column).push(", ");
        }
        for key in self.keys_read() {
            key.write_value(sql);
            sql.push(", ");
        }
        if self.search.is_some() {
            Search::write_score(sql);
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
        let Some(page) = self.page.as_ref().filter(|_| !self.has_cut_lists()) else { return };
        page.write_bounds(sql, &self.keys);
        sql.push(" ORDER BY ");
        write_order(sql, order);
        // The limit is a number and not a parameter. With a parameter, SQLite would plan the statement again for each limit,
        // and PostgreSQL would plan it as if there were no limit.
        if let Some((limit, offset)) = self.limit() {
            sql.push(" LIMIT ").push(&limit.to_string());
            if offset > 0 {
                sql.push(" OFFSET ").push(&offset.to_string());
            }
        }
    }
}

pub(super) fn write_order(sql: &mut Sql, order: &[OrderKey]) {
    for (at, key) in order.iter().enumerate() {
        sql.push(if at == 0 { "" } else { ", " });
        key.write_order(sql);
    }
}
