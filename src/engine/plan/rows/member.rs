//! Members of value objects as SQL: values inside the JSON of a column.

use crate::{
    engine::{
        catalog::{Conversion, Field, Origin, Scalar},
        sql::writer::Sql,
    },
    store::reading::statement::Dialect,
};

/// A path from a row to an object inside the JSON of one of its columns; empty for the row itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberPath(Vec<&'static str>);

/// A value that a filter or a sort key reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The object that contains it.
    object: MemberPath,
    /// Its name, or its column if the object is the row.
    name: &'static str,
    value: MemberValue,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MemberValue {
    Scalar(Scalar),
    /// A list or an object, as JSON.
    Json,
    /// A number that is computed from other members of the same object.
    Converted(&'static Conversion),
}

impl MemberPath {
    /// Returns the path to an object inside this object. `name` is the member with the inner object, or the column with it
    /// if this object is the row.
    pub fn then(&self, name: &'static str) -> Self {
        Self(self.0.iter().copied().chain([name]).collect())
    }

    /// Reports whether it is the path of the row itself.
    pub fn is_row(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a member of the object that is a list or an object.
    pub fn json(&self, name: &'static str) -> Member {
        Member { object: self.clone(), name, value: MemberValue::Json }
    }

    /// Returns a member of the object as text, to compare it with null.
    pub fn text(&self, name: &'static str) -> Member {
        Member { object: self.clone(), name, value: MemberValue::Scalar(Scalar::Text) }
    }

    /// Returns a member of the object that is a scalar.
    pub fn scalar(&self, field: &Field, name: &'static str, scalar: Scalar) -> Member {
        let value = match field.origin {
            Origin::Converted(conversion) => MemberValue::Converted(conversion),
            _ => MemberValue::Scalar(scalar),
        };
        Member { object: self.clone(), name, value }
    }
}

impl Member {
    /// Returns its column if it is a whole column of the row; `None` if it is inside JSON.
    pub fn column(&self) -> Option<&'static str> {
        self.object.is_row().then_some(self.name)
    }

    /// Returns the size of its path in memory, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        size_of_val(self.object.0.as_slice())
    }

    /// Writes the value for the row of a table alias. It is null if an object on the path is null.
    pub fn write(&self, sql: &mut Sql, alias: &str) {
        match self.value {
            _ if self.object.is_row() => _ = sql.column(alias, self.name),
            MemberValue::Json => self.write_member(sql, alias, self.name, " -> ", " #> "),
            MemberValue::Scalar(scalar) => self.write_scalar(sql, alias, self.name, scalar),
            MemberValue::Converted(Conversion { number, unit, factors, divisor }) => {
                sql.push("(");
                self.write_scalar(sql, alias, number, Scalar::Float);
                sql.push(" * CASE ");
                self.write_scalar(sql, alias, unit, Scalar::Text);
                for (name, factor) in *factors {
                    sql.push(" WHEN '").push(name).push("' THEN ").push(&format!("{factor}.0"));
                }
                sql.push(" END").by_dialect("", "::float8").push(&format!(" / {divisor}.0)"));
            }
        }
    }

    /// Writes a scalar of the object, converted to the SQL type of columns with such scalars.
    fn write_scalar(&self, sql: &mut Sql, alias: &str, name: &'static str, scalar: Scalar) {
        let (before, after) = match (scalar, sql.dialect()) {
            // JSON can contain the same number as 1 or as 1.0.
            (Scalar::Float, Dialect::Sqlite) => ("CAST(", " AS REAL)"),
            (Scalar::Int | Scalar::Boolean | Scalar::Text | Scalar::Choice(_), Dialect::Sqlite) => ("(", ")"),
            (Scalar::Float, Dialect::Postgres) => ("(", ")::float8"),
            (Scalar::Int, Dialect::Postgres) => ("(", ")::bigint"),
            (Scalar::Boolean, Dialect::Postgres) => ("(", ")::boolean"),
            (Scalar::Text | Scalar::Choice(_), Dialect::Postgres) => ("((", ") COLLATE \"C\")"),
        };
        sql.push(before);
        self.write_member(sql, alias, name, " ->> ", " #>> ");
        sql.push(after);
    }

    /// Writes a member of the object. `sqlite` and `postgres` are the operators of the dialects that read a path in
    /// JSON.
    fn write_member(&self, sql: &mut Sql, alias: &str, name: &'static str, sqlite: &str, postgres: &str) {
        let Some((column, members)) = self.object.0.split_first() else { return };
        let members: Vec<&str> = members.iter().copied().chain([name]).collect();
        sql.column(alias, column).by_dialect(sqlite, postgres).by_dialect("'$.", "'{");
        let members = members.join(if sql.dialect() == Dialect::Sqlite { "." } else { "," });
        sql.push(&members).by_dialect("'", "}'");
    }
}
