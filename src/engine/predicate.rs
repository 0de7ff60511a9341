//! Predicates: filters as SQL.
//!
//! Relations become `EXISTS`, so that no filter multiplies rows, and a list is read in its order until the page is full. Where
//! the related row is named, few rows refer to it, and a list is read from the index of the foreign key instead. Where it takes a look at
//! further rows to decide a related row, and many rows refer to the same, each related row is decided once ([`Filter::settle`]). Comparisons with
//! null are false, and `not` takes that as false and not as unknown, so that a filter and its `not` always share out all rows
//! between them.

use super::{path::Path, sql::Sql, statistics::Statistics};
use crate::store::statement::Param;

/// So many rows of a table are few.
const FEW: usize = 20;

/// A predicate over the rows of one type.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// At least one of them.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A column compared.
    Column(&'static str, Compare),
    /// A related row that exists and satisfies the filter, looked for from each row.
    Exists(Path, Box<Filter>),
    /// The same, of a foreign key or a link table: the related rows that satisfy the filter are found once for the whole statement.
    Among(Path, Box<Filter>),
}

/// A comparison of one column.
#[derive(Clone, Debug)]
pub enum Compare {
    /// `=`, `<`, `<=`, `>`, `>=`; false for null.
    With(&'static str, Param),
    /// Another value, or null.
    Differs(Param),
    /// One of the values.
    In(Param),
    /// None of the values, or null.
    NotIn(Param),
    /// Contains the text, whatever the case.
    Contains(String),
    /// Starts with the text, whatever the case.
    StartsWith(String),
    /// Ends with the text, whatever the case.
    EndsWith(String),
    /// Null, or not.
    IsNull(bool),
}

impl Filter {
    /// True when it takes every row.
    pub fn takes_all(&self) -> bool {
        match self {
            Self::And(all) => all.iter().all(Self::takes_all),
            _ => false,
        }
    }

    /// True when the database may have to look at rows that it does not give: no index finds words within texts, nor what is true
    /// of related rows.
    pub fn searches(&self) -> bool {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().any(Self::searches),
            Self::Among(Path::To { .. }, filter) => !filter.takes_few(),
            Self::Not(_) | Self::Exists(..) | Self::Among(..) => true,
            Self::Column(_, compare) => compare.searches(),
        }
    }

    /// True when it takes few rows of content whatever there is, since it compares a unique column with values.
    fn takes_few(&self) -> bool {
        match self {
            Self::And(all) => all.iter().any(Self::takes_few),
            Self::Column("id" | "slug", Compare::With("=", _)) => true,
            Self::Column("id" | "slug", Compare::In(Param::Texts(values))) => values.len() <= FEW,
            Self::Column("id" | "slug", Compare::In(Param::Ints(values))) => values.len() <= FEW,
            _ => false,
        }
    }

    /// Rows that may have to be looked at to decide it for so many rows of a table: each relation within a relation multiplies them.
    pub fn reads(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        let sum = |filters: &[Self], rows| {
            filters.iter().fold(0_u64, |sum, filter| sum.saturating_add(filter.reads(statistics, table, rows)))
        };
        match self {
            // What names few rows is decided first.
            Self::And(all) if all.iter().any(Self::takes_few) => sum(all, rows.min(FEW as u64)),
            Self::And(many) | Self::Or(many) => sum(many, rows),
            Self::Not(filter) => rows.saturating_add(filter.reads(statistics, table, rows)),
            Self::Column(_, compare) => {
                if compare.searches() {
                    rows
                } else {
                    0
                }
            }
            Self::Among(Path::To { .. }, filter) if filter.takes_few() => FEW as u64,
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                let there = rows.saturating_mul(statistics.fan_out(table, path));
                let decided = if matches!(self, Self::Among(..)) { statistics.rows(path.table()) } else { there };
                there.saturating_add(filter.reads(statistics, path.table(), decided))
            }
        }
    }

    /// Chooses how each relation is looked into when it is decided for so many rows of a table.
    pub fn settle(self, statistics: &Statistics, table: &str, rows: u64) -> Self {
        let all = |filters: Vec<Self>| filters.into_iter().map(|filter| filter.settle(statistics, table, rows)).collect();
        match self {
            Self::And(filters) => Self::And(all(filters)),
            Self::Or(filters) => Self::Or(all(filters)),
            Self::Not(filter) => Self::Not(Box::new(filter.settle(statistics, table, rows))),
            Self::Column(..) => self,
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                let there = rows.saturating_mul(statistics.fan_out(table, &path));
                let related = statistics.rows(path.table());
                let once = match path {
                    Path::To { .. } => filter.takes_few() || filter.looks_further() && related <= there,
                    Path::Link { .. } => filter.looks_further() && related <= there,
                    // Each of them belongs to one row alone.
                    Path::From { .. } => false,
                };
                let filter = Box::new(filter.settle(statistics, path.table(), if once { related } else { there }));
                if once { Self::Among(path, filter) } else { Self::Exists(path, filter) }
            }
        }
    }

    /// True when it takes a look at rows of other tables.
    fn looks_further(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::looks_further),
            Self::Not(filter) => filter.looks_further(),
            Self::Column(..) => false,
            Self::Exists(..) | Self::Among(..) => true,
        }
    }

    /// How many columns of its own rows it compares.
    pub fn columns(&self) -> usize {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::columns).sum(),
            Self::Not(filter) => filter.columns(),
            Self::Column(..) => 1,
            Self::Exists(..) | Self::Among(..) => 0,
        }
    }

    /// Bytes that it takes, roughly.
    pub fn weight(&self) -> usize {
        let below = match self {
            Self::And(many) | Self::Or(many) => many.iter().map(Self::weight).sum(),
            Self::Not(filter) | Self::Exists(_, filter) | Self::Among(_, filter) => filter.weight(),
            Self::Column(_, compare) => compare.weight(),
        };
        size_of::<Self>() + below
    }

    /// Calls `found` for each table that it looks into besides its own.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        match self {
            Self::And(many) | Self::Or(many) => many.iter().for_each(|filter| filter.tables(found)),
            Self::Not(filter) => filter.tables(found),
            Self::Column(..) => {}
            Self::Exists(path, filter) | Self::Among(path, filter) => {
                found(path.table());
                filter.tables(found);
            }
        }
    }

    /// Writes the predicate for the rows of a table alias.
    pub fn write(&self, sql: &mut Sql, alias: &str) {
        match self {
            Self::And(all) => Self::joined(all, " AND ", "TRUE", sql, alias),
            Self::Or(any) => Self::joined(any, " OR ", "FALSE", sql, alias),
            // Plainly where it can be, since PostgreSQL makes a join of `NOT EXISTS` and of nothing around it.
            Self::Not(filter) if filter.is_known() => {
                sql.push("NOT (");
                filter.write(sql, alias);
                sql.push(")");
            }
            Self::Not(filter) => {
                sql.push("NOT COALESCE(");
                filter.write(sql, alias);
                sql.push(", FALSE)");
            }
            Self::Column(column, compare) => compare.write(sql, alias, column),
            Self::Among(Path::Link { link, here, there, keep, table }, filter) => {
                let via = sql.alias();
                sql.push("EXISTS (SELECT 1 FROM ").table(link, &via).push(" WHERE ");
                sql.column(&via, here).push(" = ").column(alias, "id");
                if let Some(keep) = keep {
                    sql.push(" AND ").column(&via, keep);
                }
                sql.push(" AND ");
                filter.write_among(sql, &via, there, table);
                sql.push(")");
            }
            Self::Among(Path::To { column, table } | Path::From { column, table }, filter) => {
                sql.push("(").column(alias, column).push(" IS NOT NULL AND ");
                filter.write_among(sql, alias, column, table);
                sql.push(")");
            }
            Self::Exists(path, filter) => {
                let there = sql.alias();
                sql.push("EXISTS (SELECT 1 FROM ");
                path.write_from(sql, alias, &there);
                if !filter.takes_all() {
                    sql.push(" AND ");
                    filter.write(sql, &there);
                }
                sql.push(")");
            }
        }
    }

    /// Writes that a column names one of the rows of a table that it takes.
    fn write_among(&self, sql: &mut Sql, alias: &str, column: &str, table: &str) {
        // With the sign SQLite does not begin with these rows: when they are many, a list is rather read in its order.
        sql.by_dialect(if self.takes_few() { "" } else { "+" }, "").column(alias, column);
        let there = sql.alias();
        sql.push(" IN (SELECT ").column(&there, "id").push(" FROM ").table(table, &there).push(" WHERE ");
        self.write(sql, &there);
        sql.push(")");
    }

    /// True when its predicate is true or false for every row, and never null.
    fn is_known(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().all(Self::is_known),
            Self::Not(_) | Self::Exists(..) | Self::Among(..) => true,
            Self::Column(_, compare) => {
                matches!(compare, Compare::Differs(_) | Compare::NotIn(_) | Compare::IsNull(_))
            }
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

impl Compare {
    /// True when no index answers it.
    fn searches(&self) -> bool {
        !matches!(self, Self::With(..) | Self::In(_) | Self::IsNull(_))
    }

    /// Bytes that its values take beside itself.
    fn weight(&self) -> usize {
        match self {
            Self::With(_, param) | Self::Differs(param) | Self::In(param) | Self::NotIn(param) => param.weight(),
            Self::Contains(text) | Self::StartsWith(text) | Self::EndsWith(text) => text.len(),
            Self::IsNull(_) => 0,
        }
    }

    fn write(&self, sql: &mut Sql, alias: &str, column: &str) {
        // Folded on both sides: by a function of ours on SQLite, by the root locale of ICU on PostgreSQL. A small sigma depends
        // on where it stands in its word, which a part of a text does not tell, so one form stands for both.
        let folded = |sql: &mut Sql| {
            sql.by_dialect("fold(", "translate(lower(").column(alias, column);
            sql.by_dialect(")", r#" COLLATE "und-x-icu"), 'ς', 'σ')"#);
        };
        // The text that is looked for is a subquery, which PostgreSQL runs once: an expression is evaluated again for each row.
        let folded_text = |sql: &mut Sql, text: &str| {
            sql.by_dialect("fold(", "(SELECT translate(lower(").bind(Param::Text(text.to_owned()));
            sql.by_dialect(")", r#"::text COLLATE "und-x-icu"), 'ς', 'σ'))"#);
        };
        match self {
            Self::With(operator, param) => {
                sql.column(alias, column).push(" ").push(operator).push(" ").bind(param.clone());
            }
            Self::Differs(param) => {
                sql.column(alias, column).by_dialect(" IS NOT ", " IS DISTINCT FROM ").bind(param.clone());
            }
            Self::In(params) => {
                sql.column(alias, column);
                in_many(sql, params);
            }
            Self::NotIn(params) => {
                sql.push("NOT COALESCE(").column(alias, column);
                in_many(sql, params);
                sql.push(", FALSE)");
            }
            Self::Contains(text) => {
                sql.by_dialect("instr(", "strpos(");
                folded(sql);
                sql.push(", ");
                folded_text(sql, text);
                sql.push(") > 0");
            }
            Self::StartsWith(text) => {
                sql.by_dialect("instr(", "strpos(");
                folded(sql);
                sql.push(", ");
                folded_text(sql, text);
                sql.push(") = 1");
            }
            Self::EndsWith(text) => {
                if text.is_empty() {
                    sql.column(alias, column).push(" IS NOT NULL");
                    return;
                }
                // `right` for PostgreSQL, `substr` from the end for SQLite.
                sql.by_dialect("substr(", "right(");
                folded(sql);
                // The length is a subquery as well: it takes a look at every character.
                sql.by_dialect(", -length(", ", (SELECT length(");
                folded_text(sql, text);
                sql.by_dialect(")) = ", "))) = ");
                folded_text(sql, text);
            }
            Self::IsNull(null) => {
                sql.column(alias, column).push(if *null { " IS NULL" } else { " IS NOT NULL" });
            }
        }
    }
}

fn in_many(sql: &mut Sql, params: &Param) {
    match params {
        Param::Ints(values) => _ = sql.in_ints(values.clone()),
        Param::Texts(values) => _ = sql.in_texts(values.clone()),
        _ => _ = sql.push(" IS NULL"),
    }
}
