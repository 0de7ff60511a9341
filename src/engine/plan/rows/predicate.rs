//! Predicates: filters as SQL.
//!
//! Relations become `EXISTS`, so no filter multiplies rows, and the database reads a list in its order until the page
//! is full. If the filter selects the related row by id or slug, few rows refer to it, and the database finds them by
//! the index of the foreign key instead. If evaluating a related row requires further rows, and many rows refer to the
//! same related row, the database evaluates each related row once ([`Filter::settle`]).
//!
//! A comparison that is unknown in SQL because a value is null is false here, also within `not`. So each row matches
//! either a filter or its `not`.

use super::{compare::Compare, member::Member, path::Path};
use crate::engine::{
    plan::{
        cost::{ASSUMED_JSON_ENTRIES, MEMBER_ROWS},
        grouping::Measure,
        statistics::Statistics,
    },
    sql::writer::Sql,
};

/// Maximum number of rows that [`Filter::matches_few`] considers few.
const FEW: usize = 20;

/// A predicate over the rows of one type.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All of these filters match.
    And(Vec<Filter>),
    /// At least one of these filters matches.
    Or(Vec<Filter>),
    /// This filter does not match.
    Not(Box<Filter>),
    /// A comparison of a column.
    Column(&'static str, Compare),
    /// A comparison of a value inside the JSON of a column.
    Member(Member, Compare),
    /// An entry of a list of objects in JSON matches the filter. The filter reads the entry from the column
    /// [`ENTRY`](crate::engine::sql::writer::ENTRY).
    Entry(Member, Box<Filter>),
    /// A related row matches the filter. The database searches for it once for each row.
    Exists(Path, Box<Filter>),
    /// Like [`Self::Exists`], but the database finds all matching related rows once per statement. Only for a foreign
    /// key of this table or a link table.
    Among(Path, Box<Filter>),
    /// A comparison of a measure of the related rows.
    Measured(Path, Box<Measure>, Compare),
}

impl Filter {
    /// Reports whether every row matches.
    pub fn matches_all(&self) -> bool {
        match self {
            Self::And(all) => all.iter().all(Self::matches_all),
            _ => false,
        }
    }

    /// Reports whether the database may read rows that do not match, because no index supports the filter: a search
    /// within texts, `not`, a value inside JSON, or a field or a measure of related rows.
    pub fn searches(&self) -> bool {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().any(Self::searches),
            Self::Among(Path::To { .. }, filter) => !filter.matches_few(),
            Self::Not(_) | Self::Exists(..) | Self::Among(..) | Self::Measured(..) | Self::Member(..) | Self::Entry(..) => {
                true
            }
            Self::Column(_, compare) => compare.searches(),
        }
    }

    /// Reports whether few rows match in every library, because the filter compares a unique column with few values.
    fn matches_few(&self) -> bool {
        self.few().is_some()
    }

    /// Returns the number of values with which the filter compares a unique column, if these are few.
    fn few(&self) -> Option<usize> {
        match self {
            Self::And(all) => all.iter().find_map(Self::few),
            Self::Column("id" | "slug", compare) => compare.equals().filter(|values| *values <= FEW),
            _ => None,
        }
    }

    /// Estimates how many rows the database reads to evaluate the filter for `rows` rows of a table. Each relation within a
    /// relation multiplies the estimate.
    pub fn reads(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        let sum = |filters: &[Self], rows| {
            filters.iter().fold(0_u64, |sum, filter| sum.saturating_add(filter.reads(statistics, table, rows)))
        };
        match self {
            // The database evaluates a condition that few rows match first.
            Self::And(all) if all.iter().any(Self::matches_few) => sum(all, rows.min(FEW as u64)),
            Self::And(many) | Self::Or(many) => sum(many, rows),
            Self::Not(filter) => rows.saturating_add(filter.reads(statistics, table, rows)),
            Self::Column(_, compare) => compare.reads(rows),
            Self::Member(_, compare) => rows.saturating_mul(MEMBER_ROWS).saturating_add(compare.reads(rows)),
            Self::Entry(_, filter) => filter.reads(statistics, table, rows.saturating_mul(ASSUMED_JSON_ENTRIES)),
            Self::Among(Path::To { .. }, filter) if filter.matches_few() => FEW as u64,
            Self::Measured(path, ..) => rows.saturating_mul(statistics.fan_out(table, path)),
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                let related = rows.saturating_mul(statistics.fan_out(table, path));
                let decided = if matches!(self, Self::Among(..)) { statistics.rows(path.table()) } else { related };
                related.saturating_add(filter.reads(statistics, path.table(), decided))
            }
        }
    }

    /// Selects [`Filter::Exists`] or [`Filter::Among`] for each relation of a filter that is evaluated for `rows` rows of a
    /// table.
    pub fn settle(self, statistics: &Statistics, table: &str, rows: u64) -> Self {
        let settled = |filters: Vec<Self>| filters.into_iter().map(|filter| filter.settle(statistics, table, rows));
        match self {
            Self::And(filters) => {
                let conditions = settled(filters).flat_map(Self::conditions).collect();
                Self::And(with_one_index(conditions, statistics, table))
            }
            Self::Or(filters) => Self::Or(settled(filters).collect()),
            Self::Not(filter) => Self::Not(Box::new(filter.settle(statistics, table, rows))),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) | Self::Measured(..) => self,
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                let references = rows.saturating_mul(statistics.fan_out(table, &path));
                let related = statistics.rows(path.table());
                let once = match path {
                    Path::To { .. } => filter.matches_few() || filter.reads_other_tables() && related <= references,
                    Path::Link { .. } => filter.reads_other_tables() && related <= references,
                    // Each related row belongs to one row only. Rows between are found by index.
                    Path::From { .. } | Path::Through { .. } => false,
                };
                let filter = Box::new(filter.settle(statistics, path.table(), if once { related } else { references }));
                if once { Self::Among(path, filter) } else { Self::Exists(path, filter) }
            }
        }
    }

    /// Returns the operands of a conjunction. Another filter is its only operand.
    fn conditions(self) -> Vec<Self> {
        if let Self::And(all) = self { all } else { vec![self] }
    }

    /// Estimates the number of rows of the table for each row that an index finds; 0 if the filter uses no index, or this is not
    /// known.
    fn rows_for_each_found(&self, statistics: &Statistics, table: &str) -> u64 {
        match self {
            _ if self.matches_few() => u64::MAX,
            Self::Column(column, compare) => {
                let groups = compare.equals().map(|values| statistics.values(table, column) / values.max(1) as u64);
                groups.unwrap_or_default()
            }
            Self::Among(path @ Path::To { .. }, filter) => {
                filter.few().map_or(0, |values| statistics.rows(path.table()) / values.max(1) as u64)
            }
            _ => 0,
        }
    }

    /// Returns the filter with all its comparisons applied to one column. The column has the values that the filter
    /// compares, or single entries of the lists that it compares.
    #[must_use]
    pub fn of_column(self, column: &'static str) -> Self {
        let all = |filters: Vec<Self>| filters.into_iter().map(|filter| filter.of_column(column)).collect();
        match self {
            Self::And(filters) => Self::And(all(filters)),
            Self::Or(filters) => Self::Or(all(filters)),
            Self::Not(filter) => Self::Not(Box::new(filter.of_column(column))),
            Self::Column(_, compare) | Self::Member(_, compare) => Self::Column(column, compare.of_entry()),
            other @ (Self::Entry(..) | Self::Exists(..) | Self::Among(..) | Self::Measured(..)) => other,
        }
    }

    /// Reports whether the filter reads other tables.
    fn reads_other_tables(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::reads_other_tables),
            Self::Not(filter) => filter.reads_other_tables(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) => false,
            Self::Exists(..) | Self::Among(..) | Self::Measured(..) => true,
        }
    }

    /// Reports whether the database evaluates related rows once per statement, and there may be many of them.
    pub fn is_settled_once(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::is_settled_once),
            Self::Not(filter) | Self::Exists(_, filter) => filter.is_settled_once(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) | Self::Measured(..) => false,
            Self::Among(_, filter) => !filter.matches_few(),
        }
    }

    /// Returns the number of columns of its own table that it compares.
    pub fn columns(&self) -> usize {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::columns).sum(),
            Self::Not(filter) => filter.columns(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) => 1,
            Self::Exists(..) | Self::Among(..) | Self::Measured(..) => 0,
        }
    }

    /// Estimates its size in memory, in bytes.
    pub fn weight(&self) -> usize {
        let below = match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::weight).sum(),
            Self::Not(filter) | Self::Exists(_, filter) | Self::Among(_, filter) => filter.weight(),
            Self::Column(_, compare) => compare.weight(),
            Self::Measured(_, _, compare) => size_of::<Measure>() + compare.weight(),
            Self::Member(member, compare) => member.weight() + compare.weight(),
            Self::Entry(list, filter) => list.weight() + filter.weight(),
        };
        size_of::<Self>() + below
    }

    /// Calls `found` with each table that the filter reads, except that of the row.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().for_each(|filter| filter.tables(found)),
            Self::Not(filter) => filter.tables(found),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) => {}
            Self::Measured(path, ..) => path.tables(found),
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                path.tables(found);
                filter.tables(found);
            }
        }
    }

    /// Writes the predicate for the rows of a table alias.
    pub fn write(&self, sql: &mut Sql, alias: &str) {
        match self {
            Self::And(all) => Self::joined(all, " AND ", "TRUE", sql, alias),
            Self::Or(any) => Self::joined(any, " OR ", "FALSE", sql, alias),
            // Without `COALESCE` where possible, because PostgreSQL turns only a plain `NOT EXISTS` into a join.
            Self::Not(filter) if filter.is_never_null() => {
                sql.push("NOT (");
                filter.write(sql, alias);
                sql.push(")");
            }
            Self::Not(filter) => {
                sql.push("NOT COALESCE(");
                filter.write(sql, alias);
                sql.push(", FALSE)");
            }
            Self::Column(column, compare) => compare.write(sql, &|sql| _ = sql.column(alias, column)),
            Self::Member(member, compare) => compare.write(sql, &|sql| member.write(sql, alias)),
            Self::Measured(path, measure, compare) => compare.write(sql, &|sql| measure.write_of(sql, path, alias)),
            Self::Entry(list, filter) => {
                let list = |sql: &mut Sql| list.write(sql, alias);
                sql.any_entry("json_array_elements", list, |sql, entry| filter.write(sql, entry));
            }
            Self::Among(Path::Link { link, here, there, keep, table }, filter) => {
                let via = sql.alias();
                sql.exists().table(link, &via).push(" WHERE ");
                sql.column(&via, here).push(" = ").column(alias, "id");
                if let Some(keep) = keep {
                    sql.push(" AND ").column(&via, keep);
                }
                sql.push(" AND ");
                filter.write_among(sql, &via, there, table);
                sql.push(")");
            }
            Self::Among(Path::To { column, table }, filter) => {
                sql.push("(").column(alias, column).push(" IS NOT NULL AND ");
                filter.write_among(sql, alias, column, table);
                sql.push(")");
            }
            // [`Self::settle`] never selects `Among` for the other paths; it is written like `Exists`.
            Self::Exists(path, filter) | Self::Among(path @ (Path::From { .. } | Path::Through { .. }), filter) => {
                let there = sql.alias();
                sql.exists();
                path.write_from(sql, alias, &there);
                if !filter.matches_all() {
                    sql.push(" AND ");
                    filter.write(sql, &there);
                }
                sql.push(")");
            }
        }
    }

    /// Writes the condition that a column has the id of a matching row of a table.
    fn write_among(&self, sql: &mut Sql, alias: &str, column: &str, table: &str) {
        let write_ids = |sql: &mut Sql| {
            let there = sql.alias();
            sql.push("SELECT ").column(&there, "id").push(" FROM ").table(table, &there).push(" WHERE ");
            self.write(sql, &there);
        };
        if self.matches_few() {
            sql.column(alias, column).push(" IN (");
            write_ids(sql);
        } else {
            let ids = sql.once(write_ids);
            // The plus sign prevents SQLite from starting with these rows. If there are many, reading the list in its order
            // is faster.
            sql.by_dialect("+", "").column(alias, column).push(" IN (SELECT ").column(&ids, "id").push(" FROM ").name(&ids);
        }
        sql.push(")");
    }

    /// Reports whether its predicate is true or false for every row, and never null.
    fn is_never_null(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().all(Self::is_never_null),
            Self::Not(_) | Self::Exists(..) | Self::Among(..) | Self::Entry(..) => true,
            Self::Column(_, compare) | Self::Member(_, compare) | Self::Measured(_, _, compare) => compare.is_never_null(),
        }
    }

    fn joined(filters: &[Self], with: &str, empty: &str, sql: &mut Sql, alias: &str) {
        match filters {
            [] => _ = sql.push(empty),
            [one] => one.write(sql, alias),
            many => {
                sql.push("(");
                for (at, filter) in many.iter().enumerate() {
                    sql.push(if at == 0 { "" } else { with });
                    filter.write(sql, alias);
                }
                sql.push(")");
            }
        }
    }
}

/// Leaves only the most selective of several equality conditions to an index. SQLite has no statistics of values: it would choose
/// an arbitrary index, such as one by which half of the rows are found.
fn with_one_index(filters: Vec<Filter>, statistics: &Statistics, table: &str) -> Vec<Filter> {
    let found: Vec<u64> = filters.iter().map(|filter| filter.rows_for_each_found(statistics, table)).collect();
    let best = found.iter().copied().max().unwrap_or_default();
    let marked = filters.into_iter().zip(found).map(|(filter, found)| match filter {
        Filter::Column(column, compare) if (1..best).contains(&found) => {
            Filter::Column(column, Compare::Unindexed(Box::new(compare)))
        }
        filter => filter,
    });
    marked.collect()
}
