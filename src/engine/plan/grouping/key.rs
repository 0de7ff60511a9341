//! Keys of groups, as SQL.

use super::Ranges;
use crate::{
    engine::{
        catalog::{Catalog, Dimension, DimensionValues, GroupedField, Scalar, Target},
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

/// A key of groups, as SQL: a dimension, or the ranges of a number.
#[derive(Clone, Debug)]
pub struct GroupKey {
    /// Its name in GraphQL.
    name: String,
    source: ValueSource,
    values: KeyValues,
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

/// The type of the values of a key.
#[derive(Clone, Debug)]
pub enum KeyValues {
    /// Values of an enumeration.
    Choice(&'static [(&'static str, &'static str)]),
    /// Integers.
    Int,
    /// True and false.
    Boolean,
    /// Ids of records.
    Record(Target),
    /// Indexes of ranges.
    Range(Ranges),
}

impl ValueSource {
    fn of(of: &GroupedField<'_>) -> Option<Self> {
        let row = MemberPath::default();
        let value = |path: &MemberPath, name: &'static str, scalar: Scalar| {
            Expression::of_member(path.scalar(of.field, name, scalar))
        };
        // A value object inside a value object is in the same column.
        let (path, outer) = match (of.outer, of.inner) {
            (Some((_, Criterion::Value(column, _))), Some((_, inner))) => (row.then(column), Some(inner)),
            (outer, _) => (row.clone(), outer.map(|(_, by)| by)),
        };
        Some(match (outer, of.by) {
            (None, Criterion::Scalar(name, scalar)) => Self::Row(value(&row, name, scalar)),
            (Some(Criterion::Value(column, _)), Criterion::Scalar(name, scalar)) => {
                Self::Row(value(&path.then(column), name, scalar))
            }
            (Some(Criterion::Values(column, _)), Criterion::Scalar(name, scalar)) => {
                Self::Entries(path.json(column), Some(value(&row.then(ENTRY), name, scalar)))
            }
            (Some(Criterion::One(column, target)), Criterion::Scalar(name, scalar)) => {
                Self::One(column, target.table, value(&row, name, scalar))
            }
            (Some(Criterion::Parts(owner, part)), Criterion::Scalar(name, _)) => Self::Parts(part.table, owner, name),
            (None, Criterion::List(name, _)) => Self::Entries(row.json(name), None),
            (None, Criterion::One(column, _)) => Self::Row(Expression::Column(column)),
            (None, Criterion::Many(many)) => Self::Link(Path::by_default(many)),
            _ => return None,
        })
    }
}

impl GroupKey {
    /// Returns the key of a dimension; `None` if the values cannot be a dimension.
    #[must_use]
    pub fn of(catalog: &'static Catalog, dimension: &Dimension<'_>) -> Option<Self> {
        let values = match dimension.values {
            DimensionValues::Choice(ix) => KeyValues::Choice(catalog.choice(ix).values),
            DimensionValues::Int => KeyValues::Int,
            DimensionValues::Boolean => KeyValues::Boolean,
            DimensionValues::Record(target) => KeyValues::Record(target),
        };
        Some(Self { name: dimension.of.name(), source: ValueSource::of(&dimension.of)?, values })
    }

    /// Returns the key of the ranges of a number; `None` if the field is no number.
    #[must_use]
    pub fn in_ranges(number: &GroupedField<'_>, ranges: Ranges) -> Option<Self> {
        let source = ValueSource::of(number)?;
        Some(Self { name: number.range_name(), source, values: KeyValues::Range(ranges) })
    }

    /// Returns its name in GraphQL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type of its values.
    #[must_use]
    pub fn values(&self) -> &KeyValues {
        &self.values
    }

    /// Returns its name and its ranges, for the fingerprint of cursors.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.values {
            KeyValues::Range(ranges) => format!("{} {ranges:?}", self.name),
            _ => self.name.clone(),
        }
    }

    /// Returns how it is read.
    #[must_use]
    pub fn read(&self) -> Read {
        match self.values {
            KeyValues::Choice(_) => Read::Text,
            KeyValues::Boolean => Read::Boolean,
            KeyValues::Int | KeyValues::Record(_) | KeyValues::Range(_) => Read::Int,
        }
    }

    /// Returns the sort key by its values in a column of groups: enumerations in their declared order, and records by slug.
    #[must_use]
    pub fn order(&self, column: &'static str) -> OrderKey {
        let (expression, read) = match self.values {
            KeyValues::Choice(values) => (Expression::Rank(MemberPath::default().text(column), values), Read::Int),
            KeyValues::Int | KeyValues::Range(_) => (Expression::Column(column), Read::Int),
            KeyValues::Boolean => (Expression::Column(column), Read::Boolean),
            KeyValues::Record(target) => {
                (Expression::Of(column, target.table, Box::new(Expression::Column(SLUG))), Read::Text)
            }
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
        if let KeyValues::Record(target) = &self.values {
            found(target.table);
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

    /// Estimates the time in which the database compares the values of `rows` rows with bounds of ranges. The unit is the
    /// time for reading one row, so the result is a number of rows. It leaves out the first comparison of each value, which
    /// [`Self::rows_read`] includes.
    #[must_use]
    pub fn rows_compared(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        match (&self.values, &self.source) {
            (KeyValues::Range(ranges), ValueSource::Row(value) | ValueSource::Entries(_, Some(value))) => {
                value.rows_read(statistics, table, rows).saturating_mul(ranges.comparisons() - 1)
            }
            _ => 0,
        }
    }

    /// Returns the size of the memory that its ranges allocate, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        if let KeyValues::Range(ranges) = &self.values { ranges.allocated_bytes() } else { 0 }
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
        match &self.values {
            KeyValues::Range(ranges) => ranges.write(sql, &|sql| self.write_source(sql, alias)),
            _ => self.write_source(sql, alias),
        }
    }

    fn write_source(&self, sql: &mut Sql, alias: &str) {
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
