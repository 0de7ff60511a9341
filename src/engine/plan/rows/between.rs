//! The rows between, for relations through other records: a condition has procedures through its outcomes.

use crate::engine::{
    catalog::{Through, ThroughStep},
    plan::grouping::Measure,
    sql::writer::Sql,
};

/// The table of the rows between, and how they refer to the rows on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// The table.
    pub table: &'static str,
    /// How its rows refer to the row at the start of the path.
    pub near: Hop,
    /// How its rows refer to the related rows.
    pub far: Hop,
}

/// How the rows between refer to the rows on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// By a foreign key.
    Key(&'static str),
    /// By a link table.
    Link {
        /// The link table.
        link: &'static str,
        /// Its column for the row between.
        between: &'static str,
        /// Its column for the other row: the one at the start of the path, or the related one.
        other: &'static str,
        /// Its boolean column that must be true; `None` if every link counts.
        required_flag: Option<&'static str>,
    },
}

/// The measures of the rows between, computed for each pair of rows that they relate.
#[derive(Clone, Debug)]
pub struct BetweenMeasures {
    /// The relation.
    pub through: &'static Through,
    /// The measures. Those that order the list come first.
    pub measures: Vec<Measure>,
    /// True if the measures are read, false if they only order the list.
    pub is_read: bool,
}

impl Between {
    /// Returns the rows between of a relation. `required_flag` is a boolean column of the link table to which the
    /// switches of the field apply. It must be true; `None` if every link counts.
    pub fn of(through: &Through, required_flag: Option<&'static str>) -> Self {
        let hop = |step: ThroughStep| match step {
            ThroughStep::Key(column) => Hop::Key(column),
            ThroughStep::Link { link, between, other, is_switched } => {
                Hop::Link { link, between, other, required_flag: required_flag.filter(|_| is_switched) }
            }
        };
        Self { table: through.between.table, near: hop(through.near), far: hop(through.far) }
    }

    /// Writes the table of the rows between as `alias`, and joins it to their link tables. `join` is the operator of an
    /// inner join.
    pub fn write_tables(&self, sql: &mut Sql, alias: &str, join: &str) {
        if let Hop::Link { link, between, .. } = self.near {
            let near = near_alias(alias);
            sql.table(link, &near).push(join).table(self.table, alias);
            sql.push(" ON ").column(alias, "id").push(" = ").column(&near, between);
        } else {
            sql.table(self.table, alias);
        }
        if let Hop::Link { link, between, .. } = self.far {
            let far = far_alias(alias);
            sql.push(join).table(link, &far).push(" ON ").column(&far, between).push(" = ").column(alias, "id");
        }
    }

    /// Writes outer joins of the row `t` with the rows between and their links. For a row between without related rows, the
    /// id of the related row is null.
    pub fn write_outer_joins(&self, sql: &mut Sql, alias: &str) {
        sql.push(" LEFT JOIN ");
        match self.near {
            Hop::Key(column) => {
                sql.table(self.table, alias).push(" ON ").column(alias, column).push(" = ").column("t", "id");
            }
            Hop::Link { link, between, other, .. } => {
                let near = near_alias(alias);
                sql.table(link, &near).push(" ON ").column(&near, other).push(" = ").column("t", "id");
                self.near.write_flag(sql, &near);
                sql.push(" LEFT JOIN ").table(self.table, alias);
                sql.push(" ON ").column(alias, "id").push(" = ").column(&near, between);
            }
        }
        if let Hop::Link { link, between, .. } = self.far {
            let far = far_alias(alias);
            sql.push(" LEFT JOIN ").table(link, &far).push(" ON ").column(&far, between).push(" = ").column(alias, "id");
            self.far.write_flag(sql, &far);
        }
    }

    /// Writes the column with the id of the row at the start of the path.
    pub fn write_near(&self, sql: &mut Sql, alias: &str) {
        self.near.write(sql, alias, &near_alias(alias));
    }

    /// Writes the column with the id of the related row.
    pub fn write_far(&self, sql: &mut Sql, alias: &str) {
        self.far.write(sql, alias, &far_alias(alias));
    }

    /// Writes the conditions on the boolean columns of the links, each preceded by ` AND `.
    pub fn write_flags(&self, sql: &mut Sql, alias: &str) {
        self.near.write_flag(sql, &near_alias(alias));
        self.far.write_flag(sql, &far_alias(alias));
    }
}

impl Hop {
    fn write(&self, sql: &mut Sql, between: &str, link: &str) {
        match self {
            Self::Key(column) => _ = sql.column(between, column),
            Self::Link { other, .. } => _ = sql.column(link, other),
        }
    }

    fn write_flag(&self, sql: &mut Sql, link: &str) {
        if let Self::Link { required_flag: Some(flag), .. } = self {
            sql.push(" AND ").column(link, flag);
        }
    }
}

fn near_alias(alias: &str) -> String {
    format!("{alias}n")
}

fn far_alias(alias: &str) -> String {
    format!("{alias}f")
}
