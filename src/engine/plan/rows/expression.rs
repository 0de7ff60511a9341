//! The expressions of sort keys, of the keys of groups and of measures, and the SQL that computes them for each row.

use super::{member::Member, path::Path};
use crate::engine::{
    plan::{cost::MEMBER_ROWS, grouping::Measure, search::Search, statistics::Statistics},
    sql::writer::Sql,
};

/// An expression that is computed for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// A column.
    Column(&'static str),
    /// A value inside the JSON of a column.
    Member(Member),
    /// The index of a value among the declared values of its enumeration, from 0.
    Rank(Member, &'static [(&'static str, &'static str)]),
    /// The position in a link table or in a list of ids.
    Position,
    /// A column of the link.
    Link(&'static str),
    /// The score of the search.
    Score,
    /// An expression of the row that a foreign key refers to: the foreign key column, the related table, the
    /// expression.
    Of(&'static str, &'static str, Box<Expression>),
    /// A measure of the related rows at the end of a path.
    Measured(Path, Box<Measure>),
    /// Like [`Self::Of`], but the values of all related rows are computed once per statement, in a joined table with this
    /// alias.
    Joined(String, &'static str, &'static str, Box<Expression>),
}

impl Expression {
    /// Returns the expression of a value of the row.
    pub fn of_member(member: Member) -> Self {
        member.column().map_or(Self::Member(member), Self::Column)
    }

    /// Reports whether it contains a measure of related rows.
    pub fn measures(&self) -> bool {
        match self {
            Self::Column(_) | Self::Member(_) | Self::Rank(..) | Self::Position | Self::Link(_) | Self::Score => false,
            Self::Of(_, _, of) | Self::Joined(_, _, _, of) => of.measures(),
            Self::Measured(..) => true,
        }
    }

    /// Reports whether no index of the table has its values.
    pub fn has_no_index(&self) -> bool {
        match self {
            // The cost of a search includes its order.
            Self::Column(_) | Self::Position | Self::Link(_) | Self::Score => false,
            Self::Rank(member, _) => member.column().is_none(),
            Self::Member(_) | Self::Of(..) | Self::Measured(..) | Self::Joined(..) => true,
        }
    }

    /// Estimates how many other rows the database reads to compute it for `rows` rows of a table.
    pub fn rows_read(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        match self {
            Self::Member(_) => rows.saturating_mul(MEMBER_ROWS),
            Self::Rank(member, _) if member.column().is_none() => rows.saturating_mul(MEMBER_ROWS),
            Self::Column(_) | Self::Rank(..) | Self::Position | Self::Link(_) | Self::Score => 0,
            Self::Of(_, there, of) => rows.saturating_add(of.rows_read(statistics, there, rows)),
            Self::Joined(_, _, there, of) => rows.saturating_add(of.rows_read(statistics, there, statistics.rows(there))),
            Self::Measured(path, _) => rows.saturating_mul(statistics.fan_out(table, path)),
        }
    }

    /// Calls `found` with each table that it reads, except that of the row.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        match self {
            Self::Column(_) | Self::Member(_) | Self::Rank(..) | Self::Position | Self::Link(_) | Self::Score => {}
            Self::Of(_, table, of) | Self::Joined(_, _, table, of) => {
                found(table);
                of.tables(found);
            }
            Self::Measured(path, _) => path.tables(found),
        }
    }

    /// Writes its value for the row with this alias.
    pub fn write(&self, sql: &mut Sql, alias: &str) {
        match self {
            Self::Column(column) => _ = sql.column(alias, column),
            Self::Member(member) => member.write(sql, alias),
            Self::Rank(member, values) => write_rank(sql, alias, member, values),
            Self::Position => _ = sql.column("l", "position"),
            Self::Link(column) => _ = sql.column("l", column),
            Self::Score => Search::write_score(sql),
            Self::Of(column, table, inner) => {
                let there = sql.alias();
                sql.push("(SELECT ");
                inner.write(sql, &there);
                sql.push(" FROM ").table(table, &there).push(" WHERE ").column(&there, "id").push(" = ");
                sql.column(alias, column).push(")");
            }
            Self::Measured(path, measure) => measure.write_of(sql, path, alias),
            Self::Joined(joined, ..) => _ = sql.column(joined, "value"),
        }
    }

    /// Replaces a measure below a to-one relation by a joined table, if the related table has at most as many rows as
    /// the list. Then the measure is computed once for each related row, and not once for each row of the list.
    pub fn optimize(self, alias: &str, statistics: &Statistics, rows: u64) -> Self {
        match self {
            Self::Of(column, table, of) if of.measures() && statistics.rows(table) <= rows => {
                let of = of.optimize(&format!("{alias}j"), statistics, statistics.rows(table));
                Self::Joined(alias.to_owned(), column, table, Box::new(of))
            }
            other => other,
        }
    }

    /// Writes the `LEFT JOIN` by which the rows with the alias `here` get their values from a joined table. Writes nothing
    /// if the value is not read from a joined table.
    pub fn write_join(&self, sql: &mut Sql, here: &str) {
        let Self::Joined(joined, column, table, of) = self else { return };
        let values = sql.once(|sql| {
            let there = sql.alias();
            sql.push("SELECT ").column(&there, "id").push(" AS id, ");
            of.write(sql, &there);
            sql.push(" AS value FROM ").table(table, &there);
            of.write_join(sql, &there);
        });
        sql.push(" LEFT JOIN ").table(&values, joined).push(" ON ").column(joined, "id").push(" = ").column(here, column);
    }
}

/// Writes the position of a value in its enumeration, because the alphabetical order of the names has no meaning. The SQL
/// must be the same as in the definition of the index (`migration/src/rank.rs`).
fn write_rank(sql: &mut Sql, alias: &str, member: &Member, values: &[(&str, &str)]) {
    sql.push("CASE ");
    member.write(sql, alias);
    for (rank, (name, _)) in values.iter().enumerate() {
        sql.push(" WHEN '").push(name).push("' THEN ").push(&rank.to_string());
    }
    sql.push(" END");
}
