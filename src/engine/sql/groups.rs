//! The SQL statements of groups.
//!
//! ```sql
//! SELECT t.c0, .., t.parent FROM (                          -- the page, with the sort keys for cursors and the details
//!   SELECT t.*, ROW_NUMBER() OVER (..) AS rank FROM (       -- the groups that match the condition on groups
//!     SELECT b.parent AS parent, b.k0 AS c0, COUNT(*) AS c1 FROM (
//!       SELECT l.owner_id AS parent, t.grade AS k0 FROM ..  -- the rows, with the values of keys and measures
//!     ) AS b GROUP BY b.parent, b.k0
//!   ) AS t WHERE ..
//! ) AS t WHERE t.rank <= 10 ORDER BY t.parent, t.rank
//! ```

use super::{statement::write_order, tables::write_parent, template::StatementTemplate, writer::Sql};
use crate::{
    engine::plan::{
        By, Fetch,
        grouping::{COLUMNS, GroupKey, Grouping},
    },
    store::reading::statement::{Dialect, Read},
};

impl Fetch {
    pub(super) fn groups_template(&self, dialect: Dialect, grouping: &Grouping) -> StatementTemplate {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        self.write_group_columns(&mut sql, grouping, |_, _| {});
        for key in self.keys_read() {
            key.write_value(&mut sql);
            sql.push(", ");
        }
        sql.column("t", "parent").push(" FROM (");
        self.write_ranked(&mut sql, grouping, |sql| self.write_groups(sql, grouping));
        sql.push(") AS t");
        self.write_ranks(&mut sql);
        if self.page.is_some() {
            sql.push(" ORDER BY t.parent, t.rank");
        }
        let mut reads: Vec<Read> = self.columns.iter().map(|(_, read)| *read).collect();
        reads.extend(self.keys_read().iter().map(|key| key.read));
        reads.push(Read::Int);
        sql.finish(reads)
    }

    /// Returns the statement that counts the groups of each parent on all pages. Columns: parent, count.
    pub(super) fn count_groups_template(&self, dialect: Dialect, grouping: &Grouping) -> StatementTemplate {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT t.parent, COUNT(*) FROM (");
        self.write_groups(&mut sql, grouping);
        sql.push(") AS t");
        write_having(&mut sql, grouping);
        sql.push(" GROUP BY t.parent");
        sql.finish(vec![Read::Int, Read::Int])
    }

    /// Writes the columns of a group, each followed by what `name` writes and by a comma.
    pub(super) fn write_group_columns(&self, sql: &mut Sql, grouping: &Grouping, name: impl Fn(&mut Sql, usize)) {
        let stored = grouping.keys.len() + grouping.measures.len();
        for at in 0..self.columns.len() {
            sql.push("(");
            match (COLUMNS[..stored].get(at), grouping.details.get(at.saturating_sub(stored)), &grouping.selected) {
                (Some(column), ..) => _ = sql.column("t", column),
                (None, Some(detail), _) => detail.write(sql, "t"),
                (None, None, Some(selected)) => selected.write(sql, "t"),
                (None, None, None) => _ = sql.push("NULL"),
            }
            sql.push(")");
            name(sql, at);
            sql.push(", ");
        }
    }

    /// Writes the condition that a group is on the page, by its rank; nothing without a page.
    pub(super) fn write_ranks(&self, sql: &mut Sql) {
        if let Some((limit, offset)) = self.limit() {
            sql.push(" WHERE t.rank <= ").push(&(offset + limit).to_string());
            sql.push(" AND t.rank > ").push(&offset.to_string());
        }
    }

    /// Writes the groups of all parents, with their ranks in the order of the list if there is a page. `groups` writes
    /// the query for the groups.
    pub(super) fn write_ranked(&self, sql: &mut Sql, grouping: &Grouping, groups: impl FnOnce(&mut Sql)) {
        let Some(page) = &self.page else { return groups(sql) };
        sql.push("SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t.parent ORDER BY ");
        if let Some(first) = &grouping.first {
            sql.push("CASE WHEN ");
            first.write(sql, "t");
            sql.push(" THEN 0 ELSE 1 END, ");
        }
        write_order(sql, &self.order());
        sql.push(") AS rank FROM (");
        groups(sql);
        sql.push(") AS t");
        write_having(sql, grouping);
        page.write_bounds(sql, &self.sort_keys);
    }

    /// Writes the query for the rows of all pages of all parents, with the values of keys and measures.
    fn write_base(&self, sql: &mut Sql, grouping: &Grouping) {
        // A record that has a value several times counts once.
        sql.push(if grouping.keys.iter().any(GroupKey::repeats) { "SELECT DISTINCT t.id AS id, " } else { "SELECT " });
        self.write_parent_key(sql);
        sql.push(" AS parent");
        write_keys(sql, grouping);
        for (at, value) in grouping.values().into_iter().enumerate() {
            sql.push(", ");
            value.write(sql, "t");
            sql.push(&format!(" AS v{at}"));
        }
        sql.push(" FROM ");
        self.write_listed(sql, |sql| write_joins(sql, grouping));
    }

    /// Writes the query for the number of rows of each value of a foreign key, with the keys of groups that are read
    /// through it.
    fn write_counts(&self, sql: &mut Sql, grouping: &Grouping, column: &str) {
        sql.push("SELECT t.parent AS parent, t.count AS count");
        write_keys(sql, grouping);
        sql.push(" FROM (SELECT ");
        self.write_parent_key(sql);
        sql.push(" AS parent, ").column("t", column).push(" AS ").name(column).push(", COUNT(*) AS count FROM ");
        self.write_listed(sql, |_| {});
        sql.push(" GROUP BY ");
        if !self.is_at_root() {
            self.write_parent_key(sql);
            sql.push(", ");
        }
        sql.column("t", column).push(") AS t");
        write_joins(sql, grouping);
    }

    /// Writes the query for the groups of all parents.
    fn write_groups(&self, sql: &mut Sql, grouping: &Grouping) {
        let values = grouping.values();
        let is_rooted = self.is_at_root();
        let counted_by = grouping.counted_by();
        let mut columns = COLUMNS.iter();
        let mut named = |sql: &mut Sql| _ = sql.push(" AS ").push(columns.next().unwrap_or(&""));
        let parent = if is_rooted { root(sql.dialect()) } else { "b.parent" };
        sql.push("SELECT ").push(parent).push(" AS parent");
        let keys: Vec<String> = (0..grouping.keys.len()).map(|at| format!("b.k{at}")).collect();
        for key in &keys {
            sql.push(", ").push(key);
            named(sql);
        }
        for measure in &grouping.measures {
            sql.push(", ");
            let at = values.iter().position(|value| Some(*value) == measure.value()).unwrap_or_default();
            if counted_by.is_some() {
                sql.push("SUM(b.count)").by_dialect("", "::bigint");
            } else {
                measure.write(sql, &|sql| _ = sql.column("b", &format!("v{at}")));
            }
            named(sql);
        }
        sql.push(" FROM (");
        match counted_by {
            Some(column) => self.write_counts(sql, grouping, column),
            None => self.write_base(sql, grouping),
        }
        sql.push(") AS b");
        let by: Vec<String> = (!is_rooted).then(|| "b.parent".to_owned()).into_iter().chain(keys).collect();
        if !by.is_empty() {
            sql.push(" GROUP BY ").push(&by.join(", "));
        }
    }

    /// Writes the key of the parent of a row.
    pub(super) fn write_parent_key(&self, sql: &mut Sql) {
        match self.by {
            By::Path(path) => write_parent(sql, path),
            By::Lists => _ = sql.push("l.parent"),
            By::Root | By::Key | By::Owner(_) | By::Found => {
                let root = root(sql.dialect());
                sql.push(root);
            }
        }
    }
}

/// Writes the values of the keys of groups for each row, each preceded by a comma.
fn write_keys(sql: &mut Sql, grouping: &Grouping) {
    for (at, (join, key)) in grouping.joined_keys().enumerate() {
        sql.push(", ");
        key.write(sql, &format!("d{join}"));
        sql.push(&format!(" AS k{at}"));
    }
}

/// Writes the joins that the keys of groups need. Keys of the same list, of the same parts or of the same related record
/// share a join, so their values are of the same entry.
fn write_joins(sql: &mut Sql, grouping: &Grouping) {
    grouping.joins().for_each(|(join, key)| key.write_join(sql, &format!("d{join}")));
}

/// Returns the constant that rows at the root have as the key of their parent.
pub(super) fn root(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Sqlite { "0" } else { "0::bigint" }
}

/// Writes the condition on groups.
fn write_having(sql: &mut Sql, grouping: &Grouping) {
    sql.push(" WHERE ");
    match &grouping.having {
        Some(having) => having.write(sql, "t"),
        None => _ = sql.push("TRUE"),
    }
}
