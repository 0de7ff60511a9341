//! The SQL statement of several facets of a list. It reads the rows of the list once.
//!
//! A facet ignores the conditions on its own dimension, so the statement reads the rows that match all conditions that
//! no facet ignores. For each row it computes the set of the ignored conditions that do not match: `failed`. A row
//! counts for a facet that ignores all conditions in `failed`.
//!
//! SQLite counts the values while it reads the rows, by the function [`facet_counts`](crate::store::reading::facet_counts):
//!
//! ```sql
//! WITH x AS MATERIALIZED (
//!   SELECT 0 AS parent, facet_counts(CASE WHEN t.grade = ?1 THEN 0 ELSE 2 END, t.grade, 2, t.certainty, 0) AS counts
//!   FROM treatment_outcome AS t WHERE t.position = ?2
//! ), y AS MATERIALIZED (SELECT x.parent, j.key AS facet, j.value AS counts FROM x, json_each(x.counts) AS j)
//! SELECT .. FROM (SELECT j.value ->> 0 AS c0, j.value ->> 1 AS c1, .. FROM y, json_each(y.counts) AS j WHERE y.facet = 1) ..
//! UNION ALL SELECT .. FROM (.. WHERE y.facet = 2) ..
//! UNION ALL SELECT y.counts, .. FROM y WHERE y.facet = 0               -- the number of rows
//! ```
//!
//! PostgreSQL stores the values, and groups them for each facet.

use std::ops::Range;

use super::{groups::root, template::StatementTemplate, writer::Sql};
use crate::{
    engine::plan::{
        Fetch,
        grouping::{GroupKey, Grouping},
        rows::{condition_set::ConditionSet, predicate::Filter},
    },
    store::reading::statement::{Dialect, Read},
};

impl Fetch {
    /// Returns the statement of several facets of this list. Its columns are the number of the facet, the key of the
    /// parent, and the columns of the facet. On PostgreSQL the columns of the facets are texts, because each column of
    /// a `UNION` has one type. If `counts` is true, the statement also returns the number of rows of each parent, in
    /// rows that look like those of one more facet: the number is in the first column of the facet, and its other
    /// columns are null.
    pub(super) fn shared_facets_template(&self, dialect: Dialect, facets: &[&Self], counts: bool) -> StatementTemplate {
        let mut sql = Sql::new(dialect);
        let ignored =
            facets.iter().filter_map(|facet| facet.ignores_if_shared).fold(ConditionSet::default(), ConditionSet::union);
        let width = facets.iter().map(|facet| facet.columns.len()).max().unwrap_or_default();
        let rows = sql.once(|sql| self.write_facet_rows(sql, facets, ignored));
        let base = match dialect {
            // Each facet reads only its own counts.
            Dialect::Sqlite => sql.once(|sql| {
                sql.push("SELECT b.parent AS parent, j.key AS facet, j.value AS counts FROM ").name(&rows);
                sql.push(" AS b, json_each(b.counts) AS j");
            }),
            Dialect::Postgres => rows,
        };
        sql.push("SELECT u.list, u.parent");
        (0..width).for_each(|at| _ = sql.push(&format!(", u.c{at}")));
        sql.push(" FROM (");
        for (number, facet) in facets.iter().enumerate() {
            let Some(grouping) = &facet.grouping else { continue };
            sql.push(if number == 0 { "SELECT " } else { " UNION ALL SELECT " });
            facet.write_group_columns(&mut sql, grouping, |sql, at| {
                sql.by_dialect("", "::text").push(&format!(" AS c{at}"));
            });
            write_nulls(&mut sql, facet.columns.len()..width);
            sql.push(&format!("{number} AS list, t.parent AS parent, t.rank AS rank FROM ("));
            facet.write_ranked(&mut sql, grouping, |sql| {
                self.write_values(sql, &base, number, facet.ignores_if_shared, ignored);
            });
            sql.push(") AS t");
            facet.write_ranks(&mut sql);
        }
        if counts {
            sql.push(" UNION ALL SELECT ").by_dialect("b.counts", "COUNT(*)::text").push(" AS c0, ");
            write_nulls(&mut sql, 1..width);
            sql.push(&format!("{} AS list, b.parent AS parent, 1 AS rank FROM ", facets.len())).name(&base).push(" AS b");
            if dialect == Dialect::Sqlite {
                sql.push(" WHERE b.facet = 0");
            } else {
                write_matching(&mut sql, ConditionSet::default(), ignored);
                sql.push(" GROUP BY b.parent");
            }
        }
        sql.push(") AS u ORDER BY u.list, u.parent, u.rank");
        let reads = [vec![Read::Int; 2], vec![Read::Text; width]].concat();
        sql.finish(reads)
    }

    /// Writes the query that reads the rows which match all conditions of the list, except the ignored ones. On SQLite, it
    /// returns the counts of the values for each parent; on PostgreSQL, it returns the values of each row.
    fn write_facet_rows(&self, sql: &mut Sql, facets: &[&Self], ignored: ConditionSet) {
        let groupings = || facets.iter().filter_map(|facet| facet.grouping.as_ref());
        let keys = || groupings().flat_map(|grouping: &Grouping| grouping.keys.iter().take(1)).enumerate();
        let filter = Filter::And(ignored.remaining(self.filter.as_ref()).cloned().collect());
        let rows = Self {
            filter: Some(filter).filter(|filter| !filter.matches_all()),
            search: self.search.clone(),
            grouping: groupings().next().cloned(),
            ..Self::of(self.target, self.table, self.by)
        };
        let write_key = |sql: &mut Sql, at: usize, key: &GroupKey| {
            sql.push(", ");
            key.write(sql, &format!("d{at}"));
        };
        sql.push("SELECT ");
        rows.write_parent_key(sql);
        sql.push(" AS parent, ");
        match sql.dialect() {
            Dialect::Sqlite => {
                sql.push("facet_counts(");
                self.write_failed(sql, ignored);
                for ((at, key), facet) in keys().zip(facets) {
                    write_key(sql, at, key);
                    sql.push(", ").push(&facet.ignores_if_shared.unwrap_or_default().bits().to_string());
                }
                sql.push(") AS counts");
            }
            Dialect::Postgres => {
                self.write_failed(sql, ignored);
                sql.push(" AS failed");
                for (at, key) in keys() {
                    write_key(sql, at, key);
                    sql.push(&format!(" AS k{at}"));
                }
            }
        }
        sql.push(" FROM ");
        rows.write_listed(sql, |sql| keys().for_each(|(at, key)| key.write_join(sql, &format!("d{at}"))));
        if sql.dialect() == Dialect::Sqlite && !self.is_at_root() {
            sql.push(" GROUP BY ");
            rows.write_parent_key(sql);
        }
    }

    /// Writes the set of the ignored conditions that a row does not match, as an integer.
    fn write_failed(&self, sql: &mut Sql, ignored: ConditionSet) {
        sql.push("0").by_dialect("", "::bigint");
        for (one, condition) in ignored.selected(self.filter.as_ref()) {
            sql.push(" | CASE WHEN ");
            condition.write(sql, "t");
            sql.push(&format!(" THEN 0 ELSE {} END", one.bits()));
        }
    }

    /// Writes the query for the values of a facet and their counts.
    fn write_values(&self, sql: &mut Sql, base: &str, number: usize, own: Option<ConditionSet>, ignored: ConditionSet) {
        match sql.dialect() {
            Dialect::Sqlite => {
                sql.push("SELECT b.parent AS parent, j.value ->> 0 AS c0, j.value ->> 1 AS c1 FROM ").name(base);
                sql.push(&format!(" AS b, json_each(b.counts) AS j WHERE b.facet = {}", number + 1));
            }
            Dialect::Postgres => {
                let is_rooted = self.is_at_root();
                sql.push("SELECT ").push(if is_rooted { root(Dialect::Postgres) } else { "b.parent" });
                sql.push(&format!(" AS parent, b.k{number} AS c0, COUNT(*) AS c1 FROM ")).name(base).push(" AS b");
                write_matching(sql, own.unwrap_or_default(), ignored);
                sql.push(if is_rooted { " GROUP BY " } else { " GROUP BY b.parent, " }).push(&format!("b.k{number}"));
            }
        }
    }
}

/// Writes the condition that a row counts for a facet: it matches all conditions in `ignored` that are not in `own`.
/// Writes nothing if there are none. `ignored` are the conditions that any facet ignores, and `own` those that this
/// facet ignores.
fn write_matching(sql: &mut Sql, own: ConditionSet, ignored: ConditionSet) {
    if own != ignored {
        sql.push(&format!(" WHERE b.failed & {} = 0", !own.bits()));
    }
}

/// Writes the columns that a facet does not have, but another facet of the same statement has, each followed by a comma.
fn write_nulls(sql: &mut Sql, columns: Range<usize>) {
    columns.for_each(|at| _ = sql.by_dialect("NULL", "NULL::text").push(&format!(" AS c{at}, ")));
}
