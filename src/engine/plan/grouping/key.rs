//! Keys of groups, as SQL.

use crate::{
    engine::{
        catalog::{Catalog, Dimension, DimensionValues, Field, Scalar},
        field_rules::{Criterion, SLUG},
        plan::{
            arguments::order::OrderKey,
            cost::MEMBER_ROWS,
            rows::{
                expression::Expression,
                member::{Member, MemberPath},
                path::Path,
            },
            statistics::Statistics,
        },
        sql::writer::{ENTRY, Sql},
    },
    store::reading::statement::Read,
};

/// A key of groups: a dimension as SQL.
#[derive(Clone, Debug)]
pub struct GroupKey {
    /// Name of its dimension.
    name: String,
    source: ValueSource,
    values: Values,
}

/// Where the values of a key are.
#[derive(Clone, Debug)]
enum ValueSource {
    /// In the row.
    Row(Expression),
    /// In the row that a foreign key refers to: the column, the table, the value.
    One(&'static str, &'static str, Expression),
    /// In the entries of a list in JSON: the list, and the value in an entry. `None` if the entries are the values.
    Entries(Member, Option<Expression>),
    /// In the parts of the row: their table, their column with the id of the row, their column with the value.
    Parts(&'static str, &'static str, &'static str),
    /// In a link table, or in rows between.
    Link(Path),
}

#[derive(Clone, Copy, Debug)]
enum Values {
    Choice(&'static [(&'static str, &'static str)]),
    Int,
    Boolean,
    /// Ids of rows of this table.
    Record(&'static str),
}

impl GroupKey {
    /// Returns the key of a dimension; `None` if the values cannot be a dimension.
    #[must_use]
    pub fn of(catalog: &'static Catalog, dimension: &Dimension<'_>) -> Option<Self> {
        let row = MemberPath::default();
        let source = match (dimension.outer, dimension.by) {
            (None, Criterion::Scalar(name, scalar)) => ValueSource::Row(value(&row, dimension.field, name, scalar)),
            (Some((_, Criterion::Value(column, _))), Criterion::Scalar(name, scalar)) => {
                ValueSource::Row(value(&row.then(column), dimension.field, name, scalar))
            }
            (Some((_, Criterion::Values(column, _))), Criterion::Scalar(name, scalar)) => {
                ValueSource::Entries(row.json(column), Some(value(&row.then(ENTRY), dimension.field, name, scalar)))
            }
            (Some((_, Criterion::One(column, target))), Criterion::Scalar(name, scalar)) => {
                ValueSource::One(column, target.table, value(&row, dimension.field, name, scalar))
            }
            (Some((_, Criterion::Parts(owner, part))), Criterion::Scalar(name, _)) => {
                ValueSource::Parts(part.table, owner, name)
            }
            (None, Criterion::List(name, _)) => ValueSource::Entries(row.json(name), None),
            (None, Criterion::One(column, _)) => ValueSource::Row(Expression::Column(column)),
            (None, Criterion::Many(many)) => ValueSource::Link(Path::by_default(many)),
            _ => return None,
        };
        let values = match dimension.values {
            DimensionValues::Choice(ix) => Values::Choice(catalog.choice(ix).values),
            DimensionValues::Int => Values::Int,
            DimensionValues::Boolean => Values::Boolean,
            DimensionValues::Record(target) => Values::Record(target.table),
        };
        Some(Self { name: dimension.name(), source, values })
    }

    /// Returns how it is read.
    #[must_use]
    pub fn read(&self) -> Read {
        match self.values {
            Values::Choice(_) => Read::Text,
            Values::Boolean => Read::Boolean,
            Values::Int | Values::Record(_) => Read::Int,
        }
    }

    /// Returns the sort key by its values in a column of groups: enumerations in their declared order, and records by slug.
    #[must_use]
    pub fn order(&self, column: &'static str) -> OrderKey {
        let (expression, read) = match self.values {
            Values::Choice(values) => (Expression::Rank(MemberPath::default().text(column), values), Read::Int),
            Values::Int => (Expression::Column(column), Read::Int),
            Values::Boolean => (Expression::Column(column), Read::Boolean),
            Values::Record(table) => (Expression::Of(column, table, Box::new(Expression::Column(SLUG))), Read::Text),
        };
        OrderKey::ascending(expression, read, self.name.clone())
    }

    /// Reports whether a row may have the same value several times. It then counts once.
    #[must_use]
    pub fn repeats(&self) -> bool {
        matches!(self.source, ValueSource::Entries(..) | ValueSource::Parts(..) | ValueSource::Link(Path::Through { .. }))
    }

    /// Reports whether a row may have several values.
    #[must_use]
    pub fn is_overlapping(&self) -> bool {
        !matches!(self.source, ValueSource::Row(_) | ValueSource::One(..))
    }

    /// Reports whether both keys read their values from the same joined rows: of the same related record, the same list
    /// in JSON, or the same parts.
    #[must_use]
    pub fn shares_join(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (ValueSource::One(column, ..), ValueSource::One(other, ..)) => column == other,
            (ValueSource::Entries(list, _), ValueSource::Entries(other, _)) => list == other,
            (ValueSource::Parts(parts, owner, _), ValueSource::Parts(other_parts, other_owner, _)) => {
                (parts, owner) == (other_parts, other_owner)
            }
            _ => false,
        }
    }

    /// Returns the foreign key, if the value is in the row that it refers to; otherwise `None`.
    #[must_use]
    pub fn foreign_key(&self) -> Option<&'static str> {
        if let ValueSource::One(column, ..) = self.source { Some(column) } else { None }
    }

    /// Calls `found` with each table that it reads, except that of the row.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        if let Values::Record(table) = self.values {
            found(table);
        }
        match &self.source {
            ValueSource::One(_, table, _) | ValueSource::Parts(table, ..) => found(table),
            ValueSource::Link(path) => path.tables(found),
            ValueSource::Row(_) | ValueSource::Entries(..) => {}
        }
    }

    /// Estimates how many other rows the database reads to find its values for `rows` rows of a table.
    #[must_use]
    pub fn rows_read(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        match &self.source {
            ValueSource::Row(expression) => expression.rows_read(statistics, table, rows),
            ValueSource::One(..) => rows,
            ValueSource::Entries(..) => rows.saturating_mul(MEMBER_ROWS),
            ValueSource::Parts(parts, owner, _) => {
                rows.saturating_mul(statistics.fan_out(table, &Path::From { column: owner, table: parts }))
            }
            ValueSource::Link(path) => rows.saturating_mul(statistics.fan_out(table, path)),
        }
    }

    /// Writes the join of the row `t` with the rows of its values, under an alias; nothing if they are in the row.
    pub fn write_join(&self, sql: &mut Sql, alias: &str) {
        match &self.source {
            ValueSource::Row(_) => {}
            ValueSource::One(column, table, _) => {
                sql.push(" LEFT JOIN ").table(table, alias).push(" ON ").column(alias, "id").push(" = ").column("t", column);
            }
            ValueSource::Entries(list, None) => write_entries(sql, alias, "json_array_elements_text", list),
            ValueSource::Entries(list, Some(_)) => write_entries(sql, alias, "json_array_elements", list),
            ValueSource::Parts(table, owner, _) => {
                sql.push(" LEFT JOIN ").table(table, alias).push(" ON ").column(alias, owner).push(" = ").column("t", "id");
            }
            ValueSource::Link(Path::Through { between, .. }) => between.write_outer_joins(sql, alias),
            ValueSource::Link(path) => {
                let Path::Link { link, here, required_flag, .. } = path else { return };
                sql.push(" LEFT JOIN ").table(link, alias).push(" ON ").column(alias, here).push(" = ").column("t", "id");
                if let Some(flag) = required_flag {
                    sql.push(" AND ").column(alias, flag);
                }
            }
        }
    }

    /// Writes its value for the row `t`. `alias` is that of the joined rows.
    pub fn write(&self, sql: &mut Sql, alias: &str) {
        match &self.source {
            ValueSource::Row(expression) => expression.write(sql, "t"),
            ValueSource::One(_, _, expression) | ValueSource::Entries(_, Some(expression)) => expression.write(sql, alias),
            ValueSource::Entries(_, None) => _ = sql.column(alias, ENTRY),
            ValueSource::Parts(_, _, column) => _ = sql.column(alias, column),
            ValueSource::Link(Path::Link { there, .. }) => _ = sql.column(alias, there),
            ValueSource::Link(Path::Through { between, .. }) => between.write_far(sql, alias),
            ValueSource::Link(Path::To { .. } | Path::From { .. }) => {}
        }
    }
}

/// Writes the join of the row `t` with the entries of a list in JSON, which are in the column [`ENTRY`] of an alias. `entries`
/// is the function of PostgreSQL that returns the entries.
fn write_entries(sql: &mut Sql, alias: &str, entries: &str, list: &Member) {
    sql.push(" LEFT JOIN ").by_dialect("json_each", &format!("LATERAL {entries}")).push("(");
    list.write(sql, "t");
    sql.push(") AS ").name(alias).by_dialect("", &format!("(\"{ENTRY}\")")).push(" ON TRUE");
}

fn value(path: &MemberPath, field: &Field, name: &'static str, scalar: Scalar) -> Expression {
    Expression::of_member(path.scalar(field, name, scalar))
}
