//! The SQL statements of a [`Fetch`].
//!
//! The result has the columns of the fetch, then the sort keys if cursors are selected, then the score if there is a search,
//! then the measures of the rows between if they are selected, then the key of the parent. Every statement uses the
//! same aliases: `t` for the row, `l` for its link, `p` for its parent, and `s` for the records that the search finds.

use super::{
    tables::{write_entries, write_flag, write_pairs, write_parent, write_path, write_rows},
    template::{Binding, Parents, StatementTemplate, Templates},
    writer::Sql,
};
use crate::{
    engine::plan::{
        By, Fetch,
        arguments::order::OrderKey,
        grouping::{COLUMNS, Grouping, Measure},
        rows::path::Path,
        search::Search,
    },
    store::reading::statement::{Dialect, Read},
};

impl Fetch {
    /// Returns the index of the first sort key among the columns of the result.
    pub fn keys_at(&self) -> usize {
        self.columns.len()
    }

    /// Returns the index of the parent's key among the columns of the result.
    pub fn parent_at(&self) -> usize {
        self.between_measures_at() + self.between_measures_read().len()
    }

    /// Returns the index of the first measure of the rows between among the columns of the result.
    pub fn between_measures_at(&self) -> usize {
        self.score_at() + usize::from(self.search.is_some() && self.grouping.is_none())
    }

    /// Returns the measures of the rows between that are read.
    fn between_measures_read(&self) -> &[Measure] {
        self.between_measures.as_ref().filter(|measures| measures.is_read).map_or(&[], |measures| &measures.measures)
    }

    /// Returns the measures of the rows between that are read or that order the rows.
    fn all_between_measures(&self) -> &[Measure] {
        self.between_measures.as_ref().map_or(&[], |measures| &measures.measures)
    }

    /// Returns the sort keys that the statement reads. Lists of ids need none if they are cut to their pages before the
    /// statement runs.
    pub(super) fn keys_read(&self) -> &[OrderKey] {
        if self.cursors && !self.has_cut_lists() { &self.sort_keys } else { &[] }
    }

    /// Returns the sort keys in the order in which the rows are read: reversed for a page that is read backwards.
    pub(super) fn order(&self) -> Vec<OrderKey> {
        match &self.page {
            Some(page) if page.backward => self.sort_keys.iter().map(OrderKey::flipped).collect(),
            _ => self.sort_keys.clone(),
        }
    }

    /// Returns the index of the score among the columns of the result.
    pub fn score_at(&self) -> usize {
        self.columns.len() + self.keys_read().len()
    }

    /// Writes the statements of this fetch and of all that it contains. Returns their size in memory, in bytes.
    pub fn write_statements(&mut self, dialect: Dialect) -> usize {
        let sharing: Vec<&Self> = self.groups.iter().filter(|groups| groups.ignores_if_shared.is_some()).collect();
        let counts = self.count && !self.is_whole_search_result();
        // A facet with a column in `Grouping::counted_by` does not read single rows: the database first counts the rows of
        // each value of this column. So if it is the only facet, it shares no statement with the count.
        let is_counted_first = |groups: &Self| groups.grouping.as_ref().and_then(Grouping::counted_by).is_some();
        let are_shared = match sharing.as_slice() {
            [alone] => counts && !is_counted_first(alone),
            several => !several.is_empty(),
        };
        self.statements = Templates {
            rows: self.rows.then(|| self.rows_template(dialect)),
            count: (counts && !are_shared).then(|| self.count_template(dialect)),
            shared_facets: are_shared.then(|| self.shared_facets_template(dialect, &sharing, counts)),
        };
        let children = self.children.iter_mut().map(|child| &mut child.fetch);
        let children = children.chain(self.texts.iter_mut().map(|texts| &mut texts.fetch));
        // Groups that share their rows have no statement of their own.
        let groups = self.groups.iter_mut().filter(|groups| !(are_shared && groups.ignores_if_shared.is_some()));
        let below = children.chain(groups).chain(self.probe.as_deref_mut());
        self.statements.allocated_bytes() + below.map(|fetch| fetch.write_statements(dialect)).sum::<usize>()
    }

    /// Reports whether a statement may return many rows, by the number of parents and the size of the page.
    pub fn is_long(&self, parents: &Parents) -> bool {
        /// Maximum number of rows of a statement that is not long
        /// ([`Statement::long`](crate::store::reading::statement::Statement::long)).
        const FEW: usize = 100;
        parents.count().saturating_mul(self.page.as_ref().map_or(1, |page| page.size)) > FEW
    }

    fn rows_template(&self, dialect: Dialect) -> StatementTemplate {
        if let Some(grouping) = &self.grouping {
            return self.groups_template(dialect, grouping);
        }
        let mut sql = Sql::new(dialect);
        let order = self.order();
        if self.page.as_ref().is_some_and(|page| page.offset > 0) {
            sql.skip_rows();
        }
        match (self.by, dialect) {
            (By::Lists, _) if !self.has_cut_lists() => self.partitioned(&mut sql, &order),
            (By::Path(_), _) if self.runs_once_for_all_parents() => self.partitioned(&mut sql, &order),
            (By::Owner(_), _) if self.runs_once_for_all_parents() => self.plain(&mut sql, &order),
            (By::Path(path), Dialect::Postgres) => self.lateral(&mut sql, path, &order),
            (_, Dialect::Sqlite) if !self.is_at_root() => self.each_parent(&mut sql, &order),
            _ => self.plain(&mut sql, &order),
        }
        let mut reads: Vec<Read> = self.columns.iter().map(|(_, read)| *read).collect();
        reads.extend(self.keys_read().iter().map(|key| key.read));
        reads.extend(self.search.iter().map(|_| Read::Int));
        reads.extend(self.between_measures_read().iter().map(Measure::read));
        reads.push(Read::Int);
        sql.finish(reads)
    }

    /// Returns the statement that counts the rows of each parent on all pages. Columns: parent, count.
    fn count_template(&self, dialect: Dialect) -> StatementTemplate {
        if let Some(grouping) = &self.grouping {
            return self.count_groups_template(dialect, grouping);
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        match self.by {
            By::Path(path) if dialect == Dialect::Sqlite && !self.runs_once_for_all_parents() => {
                let parent = sql.each_key();
                sql.push(&parent).push(", COUNT(*) FROM ");
                self.write_counted(&mut sql, path, &|sql| _ = sql.push(" = ").push(&parent));
                sql.push(" WHERE ");
                write_parent(&mut sql, path);
                sql.push(" = ").push(&parent);
                write_flag(&mut sql, path);
                self.write_filter(&mut sql);
            }
            _ => {
                self.write_parent_key(&mut sql);
                sql.push(", COUNT(*) FROM ");
                self.write_listed(&mut sql, |_| {});
                if !self.is_at_root() {
                    sql.push(" GROUP BY ");
                    self.write_parent_key(&mut sql);
                }
            }
        }
        sql.finish(vec![Read::Int, Read::Int])
    }

    /// Writes the tables of the rows of all pages of all parents, then the joins that `join` writes, then the condition
    /// on the rows.
    pub(super) fn write_listed(&self, sql: &mut Sql, join: impl FnOnce(&mut Sql)) {
        match self.by {
            By::Path(path) => self.write_counted(sql, path, &|sql| _ = sql.in_keys()),
            By::Lists => {
                write_entries(sql, self.table);
                self.write_found(sql);
            }
            _ => self.write_table(sql),
        }
        join(sql);
        self.write_where(sql);
    }

    /// Writes the condition on the parents, if the rows are found by a path, and the filter.
    fn write_where(&self, sql: &mut Sql) {
        sql.push(" WHERE ");
        if let By::Path(path) = self.by {
            write_parent(sql, path);
            sql.in_keys();
            write_flag(sql, path);
        } else {
            sql.push("TRUE");
        }
        self.write_filter(sql);
    }

    /// Writes the statement for rows by key, by owner, or of the whole table.
    fn plain(&self, sql: &mut Sql, order: &[OrderKey]) {
        let parent = match self.by {
            By::Owner(column) => Some(column),
            By::Key | By::Lists => Some("id"),
            _ => None,
        };
        sql.push("SELECT ");
        self.write_columns(sql, |_, _| {});
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
        match parent {
            Some(column) => _ = sql.column("t", column).in_keys(),
            None => _ = sql.push("TRUE"),
        }
        self.write_filter(sql);
        if let By::Owner(column) = self.by {
            sql.push(" ORDER BY ").column("t", column).push(", ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// Writes the statement for the rows of one parent. SQLite runs it for each parent, and reads an index from the start of
    /// the page to its end.
    fn each_parent(&self, sql: &mut Sql, order: &[OrderKey]) {
        let parent = sql.each_key();
        sql.push("SELECT ");
        self.write_columns(sql, |_, _| {});
        sql.push(&parent).push(" FROM ");
        match self.by {
            By::Path(path) => {
                write_rows(sql, path, self.table, self.all_between_measures(), &|sql| _ = sql.push(" = ").push(&parent));
            }
            By::Owner(column) => {
                sql.table(self.table, "t").push(" WHERE ").column("t", column).push(" = ").push(&parent);
            }
            By::Key | By::Root | By::Lists | By::Found => {
                sql.table(self.table, "t").push(" WHERE ").column("t", "id").push(" = ").push(&parent);
            }
        }
        self.write_filter(sql);
        if let By::Owner(_) = self.by {
            sql.push(" ORDER BY ").column("t", "position");
        }
        self.write_page(sql, order);
    }

    /// Writes the statement for a page of each parent. The lateral query runs once for each parent, so the rows of one
    /// parent are adjacent and in order.
    fn lateral(&self, sql: &mut Sql, path: Path, order: &[OrderKey]) {
        sql.push("SELECT r.*, p.key FROM unnest(").slot(Binding::Keys);
        sql.push("::bigint[]) AS p(key) CROSS JOIN LATERAL (SELECT ");
        self.write_columns(sql, |_, _| {});
        sql.drop_comma().push(" FROM ");
        write_rows(sql, path, self.table, self.all_between_measures(), &|sql| _ = sql.push(" = p.key"));
        self.write_filter(sql);
        self.write_page(sql, order);
        sql.push(") AS r");
    }

    /// Writes the statement that reads a page of each parent, or of each list of ids, and runs once for all of them.
    fn partitioned(&self, sql: &mut Sql, order: &[OrderKey]) {
        sql.push("SELECT ");
        for at in 0..self.parent_at() {
            sql.push("r.c").push(&at.to_string()).push(", ");
        }
        sql.push("r.parent FROM (SELECT ");
        self.write_columns(sql, |sql, at| _ = sql.push(" AS c").push(&at.to_string()));
        self.write_parent_key(sql);
        sql.push(" AS parent, ROW_NUMBER() OVER (PARTITION BY ");
        self.write_parent_key(sql);
        sql.push(" ORDER BY ");
        write_order(sql, order);
        sql.push(") AS rank FROM ");
        match self.by {
            By::Path(path) => write_path(sql, path, self.table, self.all_between_measures(), &|sql| _ = sql.in_keys()),
            By::Lists => write_entries(sql, self.table),
            _ => _ = sql.table(self.table, "t"),
        }
        self.write_found(sql);
        for key in order {
            key.write_join(sql);
        }
        self.write_where(sql);
        if let Some(page) = &self.page {
            page.write_bounds(sql, &self.sort_keys);
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

    /// Writes the tables of a path whose rows are counted or grouped. [`write_path`] describes `write_parents`.
    fn write_counted(&self, sql: &mut Sql, path: Path, write_parents: &dyn Fn(&mut Sql)) {
        let is_read =
            self.filter.is_some() || self.search.is_some() || self.grouping.as_ref().is_some_and(Grouping::reads_rows);
        match path {
            // The foreign key guarantees that each link has a target, so the target is not read.
            Path::Link { link, .. } if !is_read => _ = sql.table(link, "l"),
            Path::Through { .. } if !is_read => write_pairs(sql, path, &[], write_parents),
            _ => write_path(sql, path, self.table, &[], write_parents),
        }
        self.write_found(sql);
    }

    /// Writes the table of the rows as `t`. With a search, it is joined to the records that the search finds, and SQLite
    /// reads these records first.
    fn write_table(&self, sql: &mut Sql) {
        if self.search.is_some() {
            let found = Search::write_found(sql);
            let table = if let By::Found = self.by { &found } else { self.table };
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            Search::write_join(sql);
        } else {
            sql.table(self.table, "t");
        }
    }

    /// Writes the join of the rows `t` with the records that the search finds; nothing without a search.
    fn write_found(&self, sql: &mut Sql) {
        if self.search.is_some() {
            sql.push(" JOIN ");
            Search::write_found(sql);
            Search::write_join(sql);
        }
    }

    /// Returns the maximum number of rows of each parent, and the number of rows to skip before them; `None` for all rows.
    pub(super) fn limit(&self) -> Option<(usize, usize)> {
        let page = self.page.as_ref()?;
        Some((page.size + usize::from(self.extra_row), page.offset))
    }

    /// Writes the columns before the parent's key, each followed by what `name` writes and by a comma.
    fn write_columns(&self, sql: &mut Sql, name: impl Fn(&mut Sql, usize)) {
        let mut at = 0;
        let mut end = |sql: &mut Sql| {
            name(sql, at);
            sql.push(", ");
            at += 1;
        };
        for (column, _) in &self.columns {
            end(sql.column("t", column));
        }
        for key in self.keys_read() {
            key.write_value(sql);
            end(sql);
        }
        if self.search.is_some() {
            Search::write_score(sql);
            end(sql);
        }
        for (_, column) in self.between_measures_read().iter().zip(COLUMNS) {
            end(sql.column("l", column));
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
        page.write_bounds(sql, &self.sort_keys);
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
