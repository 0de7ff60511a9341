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

use super::{
    statement::{Parents, write_order},
    tables::write_parent,
    writer::Sql,
};
use crate::{
    engine::plan::{
        By, Fetch,
        grouping::{COLUMNS, GroupKey, Grouping},
        order::OrderKey,
    },
    store::statement::{Dialect, Read, Statement},
};

impl Fetch {
    /// Returns the statement that reads the groups.
    pub(super) fn groups_statement(&self, dialect: Dialect, grouping: &Grouping, parents: &Parents) -> Statement {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        for column in &COLUMNS[..grouping.keys.len() + grouping.measures.len()] {
            sql.column("t", column).push(", ");
        }
        for detail in &grouping.details {
            detail.write(&mut sql, "t");
            sql.push(", ");
        }
        if let Some(selected) = &grouping.selected {
            sql.push("(");
            selected.write(&mut sql, "t");
            sql.push("), ");
        }
        for key in self.keys_read() {
            key.write_value(&mut sql);
            sql.push(", ");
        }
        sql.column("t", "parent").push(" FROM (");
        self.write_ranked(&mut sql, grouping, parents);
        sql.push(") AS t");
        if let Some((limit, offset)) = self.limit() {
            sql.push(" WHERE t.rank <= ").push(&(offset + limit).to_string());
            sql.push(" AND t.rank > ").push(&offset.to_string()).push(" ORDER BY t.parent, t.rank");
        }
        let mut reads: Vec<Read> = self.columns.iter().map(|(_, read)| *read).collect();
        reads.extend(self.keys_read().iter().map(|key| key.read));
        reads.push(Read::Int);
        Statement { long: self.is_long(parents), ..sql.finish(reads) }
    }

    /// Returns the statement that counts the groups of each parent on all pages: key of the parent, count.
    pub(super) fn count_groups_statement(&self, dialect: Dialect, grouping: &Grouping, parents: &Parents) -> Statement {
        let mut sql = Sql::new(dialect);
        sql.push("SELECT t.parent, COUNT(*) FROM (");
        self.write_groups(&mut sql, grouping, parents);
        sql.push(") AS t");
        write_having(&mut sql, grouping);
        sql.push(" GROUP BY t.parent");
        sql.finish(vec![Read::Int, Read::Int])
    }

    /// Writes the groups of all parents with their ranks in the order of the list; without a page, without ranks.
    fn write_ranked(&self, sql: &mut Sql, grouping: &Grouping, parents: &Parents) {
        let Some(page) = &self.page else { return self.write_groups(sql, grouping, parents) };
        let order: Vec<OrderKey> =
            if page.backward { self.keys.iter().map(OrderKey::flipped).collect() } else { self.keys.clone() };
        sql.push("SELECT t.*, ROW_NUMBER() OVER (PARTITION BY t.parent ORDER BY ");
        write_order(sql, &order);
        sql.push(") AS rank FROM (");
        self.write_groups(sql, grouping, parents);
        sql.push(") AS t");
        write_having(sql, grouping);
        page.write_bounds(sql, &self.keys);
    }

    /// Writes the query for the groups of all parents.
    fn write_groups(&self, sql: &mut Sql, grouping: &Grouping, parents: &Parents) {
        let values = grouping.values();
        let is_rooted = matches!(parents, Parents::Root);
        let mut columns = COLUMNS.iter();
        let mut named = |sql: &mut Sql| _ = sql.push(" AS ").push(columns.next().unwrap_or(&""));
        let parent = if is_rooted { root(sql.dialect()) } else { "b.parent" };
        sql.push("SELECT ").push(parent).push(" AS parent");
        for at in 0..grouping.keys.len() {
            sql.push(", ").column("b", &format!("k{at}"));
            named(sql);
        }
        for measure in &grouping.measures {
            sql.push(", ");
            let at = values.iter().position(|value| Some(*value) == measure.value()).unwrap_or_default();
            measure.write(sql, &|sql| _ = sql.column("b", &format!("v{at}")));
            named(sql);
        }
        // A record that has a value several times counts once.
        let is_distinct = grouping.keys.iter().any(GroupKey::repeats);
        sql.push(if is_distinct { " FROM (SELECT DISTINCT t.id AS id, " } else { " FROM (SELECT " });
        self.write_parent_key(sql);
        sql.push(" AS parent");
        for (at, key) in grouping.keys.iter().enumerate() {
            sql.push(", ");
            key.write(sql, &format!("d{at}"));
            sql.push(&format!(" AS k{at}"));
        }
        for (at, value) in values.iter().enumerate() {
            sql.push(", ");
            value.write(sql, "t");
            sql.push(&format!(" AS v{at}"));
        }
        sql.push(" FROM ");
        self.write_listed(sql, parents, |sql| {
            for (at, key) in grouping.keys.iter().enumerate() {
                key.write_join(sql, &format!("d{at}"));
            }
        });
        sql.push(") AS b");
        let keys = (0..grouping.keys.len()).map(|at| format!("b.k{at}"));
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

/// Returns the key of the parent of rows at the root.
fn root(dialect: Dialect) -> &'static str {
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
