//! Predicates: filters as SQL.
//!
//! A condition on related rows becomes `EXISTS`, which does not multiply rows. The database reads the list in its order
//! until the page is full. [`Filter::optimize`] makes two exceptions. If the condition compares the id or the slug of the
//! related row with at most 20 values, the database first finds these related rows. Then it uses the index of the foreign
//! key to find the rows that refer to them. If the condition reads further tables, and there are at least as many
//! references as related rows, the database evaluates the condition only once for each related row.
//!
//! A comparison that is unknown in SQL because a value is null counts as false, and its `not` as true. So each row matches
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

/// Maximum number of rows that count as few.
const FEW: usize = 20;

/// A predicate over the rows of one type.
#[derive(Clone, Debug, PartialEq)]
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
        matches!(self, Self::And(all) if all.iter().all(Self::matches_all))
    }

    /// Reports whether the database may read rows that do not match, because no index supports the filter. No index
    /// supports `not` and operators such as `contains` and `ne`. No index has values inside JSON, fields of related rows, or
    /// measures of these rows.
    pub fn needs_scan(&self) -> bool {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().any(Self::needs_scan),
            Self::Among(Path::To { .. }, filter) => !filter.matches_few(),
            Self::Not(_) | Self::Exists(..) | Self::Among(..) | Self::Measured(..) | Self::Member(..) | Self::Entry(..) => {
                true
            }
            Self::Column(_, compare) => compare.needs_scan(),
        }
    }

    /// Reports whether few rows match in every library, because the filter compares a unique column with few values.
    fn matches_few(&self) -> bool {
        self.few_unique_values().is_some()
    }

    /// Returns the number of values with which the filter compares a unique column, if these are few.
    fn few_unique_values(&self) -> Option<usize> {
        match self {
            Self::And(all) => all.iter().find_map(Self::few_unique_values),
            Self::Column("id" | "slug", compare) => compare.equality_count().filter(|values| *values <= FEW),
            _ => None,
        }
    }

    /// Estimates how many rows the database reads to evaluate the filter for `rows` rows of a table. Each relation within a
    /// relation multiplies the estimate.
    pub fn rows_read(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        let sum = |filters: &[Self], rows| {
            filters.iter().fold(0_u64, |sum, filter| sum.saturating_add(filter.rows_read(statistics, table, rows)))
        };
        match self {
            // The database first evaluates the condition that few rows match.
            Self::And(all) if all.iter().any(Self::matches_few) => sum(all, rows.min(FEW as u64)),
            Self::And(many) | Self::Or(many) => sum(many, rows),
            Self::Not(filter) => rows.saturating_add(filter.rows_read(statistics, table, rows)),
            Self::Column(_, compare) => compare.rows_read(rows),
            Self::Member(_, compare) => rows.saturating_mul(MEMBER_ROWS).saturating_add(compare.rows_read(rows)),
            Self::Entry(_, filter) => filter.rows_read(statistics, table, rows.saturating_mul(ASSUMED_JSON_ENTRIES)),
            Self::Among(Path::To { .. }, filter) if filter.matches_few() => FEW as u64,
            Self::Measured(path, ..) => rows.saturating_mul(statistics.fan_out(table, path)),
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                let related = rows.saturating_mul(statistics.fan_out(table, path));
                let decided = if matches!(self, Self::Among(..)) { statistics.rows(path.table()) } else { related };
                related.saturating_add(filter.rows_read(statistics, path.table(), decided))
            }
        }
    }

    /// Selects [`Filter::Exists`] or [`Filter::Among`] for each relation, and the index for each conjunction, of a filter
    /// that is evaluated for `rows` rows of a table.
    pub fn optimize(self, statistics: &Statistics, table: &str, rows: u64) -> Self {
        let optimized = |filters: Vec<Self>| filters.into_iter().map(|filter| filter.optimize(statistics, table, rows));
        match self {
            Self::And(filters) => {
                let conditions = optimized(filters).flat_map(Self::conditions).collect();
                Self::And(with_one_index(conditions, statistics, table))
            }
            Self::Or(filters) => Self::Or(optimized(filters).collect()),
            Self::Not(filter) => Self::Not(Box::new(filter.optimize(statistics, table, rows))),
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
                let filter = Box::new(filter.optimize(statistics, path.table(), if once { related } else { references }));
                if once { Self::Among(path, filter) } else { Self::Exists(path, filter) }
            }
        }
    }

    /// Returns the conditions that must all match: those of a conjunction, or the filter itself; none without a filter.
    pub fn conditions_of(filter: Option<&Self>) -> &[Self] {
        match filter {
            None => &[],
            Some(Self::And(all)) => all,
            Some(one) => std::slice::from_ref(one),
        }
    }

    /// Reports whether this is the same filter, whatever indexes [`Self::optimize`] has selected.
    pub fn is_same_condition(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(one, compare), Self::Column(other, with)) => one == other && compare.indexed() == with.indexed(),
            _ => self == other,
        }
    }

    /// Returns the operands of a conjunction; for any other filter, the filter itself.
    fn conditions(self) -> Vec<Self> {
        if let Self::And(all) = self { all } else { vec![self] }
    }

    /// Estimates the factor by which the best index of these conditions reduces the rows to read: 50 if the database
    /// reads 2 % of the table. 0 if no condition has an index, or without statistics.
    pub fn best_inverse_selectivity<'f>(
        conditions: impl IntoIterator<Item = &'f Self>,
        statistics: &Statistics,
        table: &str,
    ) -> u64 {
        let all = conditions.into_iter().map(|condition| condition.inverse_selectivity(statistics, table));
        all.max().unwrap_or_default()
    }

    /// Estimates the factor by which the index of this condition reduces the rows to read; 0 without an index or
    /// statistics.
    fn inverse_selectivity(&self, statistics: &Statistics, table: &str) -> u64 {
        match self {
            _ if self.matches_few() => u64::MAX,
            Self::Column(column, compare) => {
                let groups = compare.equality_count().map(|values| statistics.values(table, column) / values.max(1) as u64);
                groups.unwrap_or_default()
            }
            Self::Among(path @ Path::To { .. }, filter) => {
                filter.few_unique_values().map_or(0, |values| statistics.rows(path.table()) / values.max(1) as u64)
            }
            _ => 0,
        }
    }

    /// Converts a filter that consists of the conditions on a dimension into a filter of the keys of groups. All comparisons
    /// of the returned filter compare `column`, which has the keys, instead of the columns of the records. If the dimension
    /// is a list, a key is one entry of it. So a comparison with a list becomes a comparison with an entry
    /// ([`Compare::of_entry`]).
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

    fn reads_other_tables(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::reads_other_tables),
            Self::Not(filter) => filter.reads_other_tables(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) => false,
            Self::Exists(..) | Self::Among(..) | Self::Measured(..) => true,
        }
    }

    /// Reports whether the database computes a table of related rows once per statement.
    pub fn materializes(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::materializes),
            Self::Not(filter) | Self::Exists(_, filter) => filter.materializes(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) | Self::Measured(..) => false,
            Self::Among(_, filter) => !filter.matches_few(),
        }
    }

    /// Returns the number of columns of its own table that it compares.
    pub fn column_count(&self) -> usize {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::column_count).sum(),
            Self::Not(filter) => filter.column_count(),
            Self::Column(..) | Self::Member(..) | Self::Entry(..) => 1,
            Self::Exists(..) | Self::Among(..) | Self::Measured(..) => 0,
        }
    }

    /// Estimates its size in memory, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        let below = match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::allocated_bytes).sum(),
            Self::Not(filter) | Self::Exists(_, filter) | Self::Among(_, filter) => filter.allocated_bytes(),
            Self::Column(_, compare) => compare.allocated_bytes(),
            Self::Measured(_, _, compare) => size_of::<Measure>() + compare.allocated_bytes(),
            Self::Member(member, compare) => member.allocated_bytes() + compare.allocated_bytes(),
            Self::Entry(list, filter) => list.allocated_bytes() + filter.allocated_bytes(),
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
            Self::Among(Path::Link { link, here, there, required_flag, table }, filter) => {
                let via = sql.alias();
                sql.exists().table(link, &via).push(" WHERE ");
                sql.column(&via, here).push(" = ").column(alias, "id");
                if let Some(flag) = required_flag {
                    sql.push(" AND ").column(&via, flag);
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
            // [`Self::optimize`] never selects `Among` for these two paths, so it is written like `Exists`.
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
            // The plus sign prevents SQLite from reading these ids first. There may be many, and reading the list in its
            // order is then faster.
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

/// Makes SQLite use the index of the most selective of several equality conditions. SQLite has no statistics of values,
/// and could choose an index that finds half of the rows.
fn with_one_index(filters: Vec<Filter>, statistics: &Statistics, table: &str) -> Vec<Filter> {
    let inverses: Vec<u64> = filters.iter().map(|filter| filter.inverse_selectivity(statistics, table)).collect();
    let best = inverses.iter().copied().max().unwrap_or_default();
    let marked = filters.into_iter().zip(inverses).map(|(filter, inverse)| match filter {
        Filter::Column(column, compare) if (1..best).contains(&inverse) => {
            Filter::Column(column, Compare::Unindexed(Box::new(compare)))
        }
        filter => filter,
    });
    marked.collect()
}
