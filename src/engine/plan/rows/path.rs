//! Paths from a row to related rows.

use super::between::Between;
use crate::engine::{
    catalog::{Many, Target, Via},
    sql::writer::Sql,
};

/// A path from a row to related rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// A foreign key of this table.
    To {
        /// The column of this table.
        column: &'static str,
        /// Table of the target.
        table: &'static str,
    },
    /// A foreign key of the other table.
    From {
        /// The column of the other table with the id of this row.
        column: &'static str,
        /// The other table.
        table: &'static str,
    },
    /// A link table.
    Link {
        /// The link table.
        link: &'static str,
        /// Its column for this row.
        here: &'static str,
        /// Its column for the related row.
        there: &'static str,
        /// Its boolean column that must be true; `None` if every link counts.
        required_flag: Option<&'static str>,
        /// Table of the related rows.
        table: &'static str,
    },
    /// Through rows between. Several of them may lead to the same related row.
    Through {
        /// The rows between.
        between: Between,
        /// Table of the related rows.
        table: &'static str,
    },
}

impl Path {
    /// Returns the path to the records of a to-many field.
    pub fn of_many(many: &Many, switches: &[bool]) -> Self {
        let table = many.target.table;
        match many.via {
            Via::ForeignKey { column, .. } => Self::From { column, table },
            Via::Link { table: link, reverse } => {
                let (here, there) = if reverse { ("target_id", "owner_id") } else { ("owner_id", "target_id") };
                Self::Link { link, here, there, required_flag: (many.required_flag)(switches), table }
            }
            Via::Through(ref through) => {
                Self::Through { between: Between::of(through, (many.required_flag)(switches)), table }
            }
        }
    }

    /// Returns the path to the records of a to-many field with the defaults of its switches.
    pub fn by_default(many: &Many) -> Self {
        let defaults: Vec<bool> = many.switches.iter().map(|switch| switch.default).collect();
        Self::of_many(many, &defaults)
    }

    /// Returns the path to the parts of a record. The column `owner` of the parts has the id of the record.
    pub fn of_parts(owner: &'static str, part: Target) -> Self {
        Self::From { column: owner, table: part.table }
    }

    /// Returns the table of the related rows.
    pub fn table(&self) -> &'static str {
        match self {
            Self::To { table, .. } | Self::From { table, .. } | Self::Link { table, .. } | Self::Through { table, .. } => {
                table
            }
        }
    }

    /// Calls `found` with the tables of the related rows and of the rows between.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        found(self.table());
        if let Self::Through { between, .. } = self {
            found(between.table);
        }
    }

    /// Like [`Self::write_from`], with each related row once.
    pub fn write_each_from(&self, sql: &mut Sql, here: &str, there: &str) {
        let Self::Through { between, table } = self else { return self.write_from(sql, here, there) };
        let via = sql.alias();
        sql.table(table, there).push(" WHERE ").column(there, "id").push(" IN (SELECT ");
        between.write_far(sql, &via);
        sql.push(" FROM ");
        between.write_tables(sql, &via, " JOIN ");
        sql.push(" WHERE ");
        between.write_near(sql, &via);
        sql.push(" = ").column(here, "id");
        between.write_flags(sql, &via);
        sql.push(")");
    }

    /// Writes the table of the related rows under the alias `there`, and the `WHERE` that joins it to the row `here`. A
    /// related row may occur several times.
    pub fn write_from(&self, sql: &mut Sql, here: &str, there: &str) {
        match self {
            Self::To { column, table } => {
                sql.table(table, there).push(" WHERE ").column(there, "id").push(" = ").column(here, column);
            }
            Self::From { column, table } => {
                sql.table(table, there).push(" WHERE ").column(there, column).push(" = ").column(here, "id");
            }
            Self::Link { link, here: near, there: far, required_flag, table } => {
                let via = sql.alias();
                sql.table(link, &via).push(" JOIN ").table(table, there);
                sql.push(" ON ").column(there, "id").push(" = ").column(&via, far);
                sql.push(" WHERE ").column(&via, near).push(" = ").column(here, "id");
                if let Some(flag) = required_flag {
                    sql.push(" AND ").column(&via, flag);
                }
            }
            Self::Through { between, table } => {
                let via = sql.alias();
                between.write_tables(sql, &via, " JOIN ");
                sql.push(" JOIN ").table(table, there).push(" ON ").column(there, "id").push(" = ");
                between.write_far(sql, &via);
                sql.push(" WHERE ");
                between.write_near(sql, &via);
                sql.push(" = ").column(here, "id");
                between.write_flags(sql, &via);
            }
        }
    }
}
