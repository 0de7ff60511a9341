//! Measures: functions of the values of many rows.
//!
//! Both databases return the same results. Sums of integers are exact. Other numbers are rounded to millionths and
//! added as integers, so the order of the rows does not change the sum. A mean is such a sum, divided by the count.

use crate::{
    engine::{
        catalog::{Catalog, Field, Function, Scalar},
        plan::{
            arguments::{input, operator::Compared},
            rows::{expression::Expression, member::MemberPath, path::Path},
        },
        sql::writer::Sql,
    },
    store::reading::statement::{Dialect, Read},
};

/// A function of the values of many rows, or their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The number of rows.
    Count,
    /// A function of a value of each row.
    Of {
        /// The function.
        function: Function,
        /// The value.
        value: Expression,
        /// How the value is read.
        read: Read,
    },
}

/// How a measure is written as JSON.
#[derive(Clone, Copy, Debug)]
pub enum MeasureFormat {
    /// As it is.
    Plain,
    /// It is an index into these values of an enumeration, and is written as the name of the value.
    Choice(&'static [(&'static str, &'static str)]),
    /// Rounded to six digits after the decimal point.
    Rounded,
}

impl Measure {
    /// Returns the measure of a scalar of the object at a path: the row, or a value object in it.
    pub fn of(
        catalog: &Catalog,
        function: Function,
        path: &MemberPath,
        (field, name): (&Field, &'static str),
        scalar: Scalar,
    ) -> Self {
        let member = path.scalar(field, name, scalar);
        match (function, scalar) {
            (Function::Min | Function::Max, Scalar::Choice(ix)) => {
                Self::Of { function, value: Expression::Rank(member, catalog.choice(ix).values), read: Read::Int }
            }
            _ => Self::Of { function, value: Expression::of_member(member), read: input::read_of(scalar) },
        }
    }

    /// Returns the measure that counts the different records to which a foreign key refers.
    pub fn of_key(column: &'static str) -> Self {
        Self::Of { function: Function::CountDistinct, value: Expression::Column(column), read: Read::Int }
    }

    /// Returns the value that the function is applied to; `None` for the number of rows.
    #[must_use]
    pub fn value(&self) -> Option<&Expression> {
        match self {
            Self::Count => None,
            Self::Of { value, .. } => Some(value),
        }
    }

    /// Returns how it is read.
    #[must_use]
    pub fn read(&self) -> Read {
        match self {
            Self::Count => Read::Int,
            Self::Of { function, read, .. } => match function {
                Function::CountDistinct => Read::Int,
                Function::Min | Function::Max | Function::Sum => *read,
                Function::Avg => Read::Float,
            },
        }
    }

    /// Reports whether it is a number of rows or of values, which is never null.
    #[must_use]
    pub fn is_count(&self) -> bool {
        matches!(self, Self::Count | Self::Of { function: Function::CountDistinct, .. })
    }

    /// Returns what a condition on it compares. `scalar` is the type of the value that the function is applied to.
    #[must_use]
    pub fn compared(&self, scalar: Scalar) -> Compared {
        Compared::Scalar(match (self, self.values()) {
            (Self::Count | Self::Of { function: Function::CountDistinct, .. }, _) | (_, Some(_)) => Scalar::Int,
            (Self::Of { function: Function::Sum | Function::Avg, .. }, None) => Scalar::Float,
            (Self::Of { .. }, None) => scalar,
        })
    }

    /// Returns the values of an enumeration if the measure is an index into them; `None` if not.
    #[must_use]
    pub fn values(&self) -> Option<&'static [(&'static str, &'static str)]> {
        match self {
            Self::Of { value: Expression::Rank(_, values), .. } => Some(values),
            _ => None,
        }
    }

    /// Returns how it is written as JSON.
    #[must_use]
    pub fn format(&self) -> MeasureFormat {
        match (self.values(), self) {
            (Some(values), _) => MeasureFormat::Choice(values),
            (None, Self::Of { function: Function::Avg, .. }) => MeasureFormat::Rounded,
            _ => MeasureFormat::Plain,
        }
    }

    /// Writes the measure of the rows at the end of a path from the row `here`.
    pub fn write_of(&self, sql: &mut Sql, path: &Path, here: &str) {
        let there = sql.alias();
        sql.push("(SELECT ");
        self.write(sql, &|sql| {
            if let Some(value) = self.value() {
                value.write(sql, &there);
            }
        });
        sql.push(" FROM ");
        path.write_each_from(sql, here, &there);
        sql.push(")");
    }

    /// Writes the call of the function. `write_value` writes the value of a row.
    pub fn write(&self, sql: &mut Sql, write_value: &dyn Fn(&mut Sql)) {
        let Self::Of { function, read, .. } = self else {
            sql.push("COUNT(*)");
            return;
        };
        let mut call = |before: &str, after: &str| {
            sql.push(before);
            write_value(sql);
            sql.push(after);
        };
        match (function, read) {
            (Function::CountDistinct, _) => call("COUNT(DISTINCT ", ")"),
            (Function::Min, _) => call("MIN(", ")"),
            (Function::Max, _) => call("MAX(", ")"),
            (Function::Sum, Read::Float) => {
                write_millionths(sql, write_value);
                sql.push(" / 1000000.0").by_dialect("", "::float8");
            }
            (Function::Sum, _) => {
                call("SUM(", ")");
                // The sum of `bigint` is `numeric`.
                sql.by_dialect("", "::bigint");
            }
            (Function::Avg, Read::Float) => {
                write_millionths(sql, write_value);
                sql.push(" / (COUNT(");
                write_value(sql);
                sql.push(") * 1000000.0").by_dialect(")", "::float8)");
            }
            (Function::Avg, _) => {
                sql.by_dialect("CAST(", "");
                sql.push("SUM(");
                write_value(sql);
                sql.by_dialect(") AS REAL) / COUNT(", ")::float8 / COUNT(");
                write_value(sql);
                sql.push(")");
            }
        }
    }
}

/// Writes the sum of a number in millionths. Each is rounded to an integer, halves away from zero. The sum is exact
/// below 2^53 millionths, about 9 * 10^9.
fn write_millionths(sql: &mut Sql, write_value: &dyn Fn(&mut Sql)) {
    // `round` of PostgreSQL rounds half to even.
    sql.by_dialect("SUM(ROUND(", "SUM(trunc(");
    write_value(sql);
    sql.push(" * 1000000.0").by_dialect("))", "::float8 + 0.5 * sign(");
    if sql.dialect() == Dialect::Postgres {
        write_value(sql);
        sql.push(")))");
    }
}
