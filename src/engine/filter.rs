//! `where`: read from its argument, written as a predicate.
//!
//! Relations become `EXISTS`, so that no filter multiplies rows. Comparisons with null are false, and `not` takes that as
//! false and not as unknown, so that a filter and its `not` always share out all rows between them.

use async_graphql::Value;

use super::{
    catalog::{Catalog, Field, Kind, ObjectType, Scalar, Via},
    input,
    problem::Problem,
    sql::Sql,
};
use crate::store::statement::Param;

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
    /// A related row that exists and satisfies the filter.
    Exists(Path, Box<Filter>),
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

/// How to get from a row to related rows.
#[derive(Clone, Copy, Debug)]
pub enum Path {
    /// A foreign key of this table.
    To {
        /// The column here.
        column: &'static str,
        /// Table of the target.
        table: &'static str,
    },
    /// A foreign key of the other table.
    From {
        /// The column there that names this row.
        column: &'static str,
        /// The other table.
        table: &'static str,
    },
    /// A link table.
    Link {
        /// The link table.
        link: &'static str,
        /// Its column for this side.
        here: &'static str,
        /// Its column for the other side.
        there: &'static str,
        /// Its boolean column that must be true.
        keep: Option<&'static str>,
        /// Table of the other side.
        table: &'static str,
    },
}

impl Path {
    /// The way to the targets of a to-many field.
    pub fn of_many(catalog: &Catalog, many: &super::catalog::Many, switches: &[bool]) -> Self {
        let table = catalog.object(many.target).table().unwrap_or_default();
        match many.via {
            Via::ForeignKey { column, .. } => Self::From { column, table },
            Via::Link { table: link, reverse } => {
                let (here, there) = if reverse { ("target_id", "owner_id") } else { ("owner_id", "target_id") };
                Self::Link { link, here, there, keep: (many.keep)(switches), table }
            }
        }
    }
}

impl Filter {
    /// Reads a `where` argument for a type. `at` is its path, for messages.
    pub fn read(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (name, value) in input::object(value, at)? {
            let at = format!("{at}.{name}");
            let many = |value| -> Result<Vec<Self>, Problem> {
                input::items(value).iter().map(|item| Self::read(catalog, object, item, &at)).collect()
            };
            all.push(match name.as_str() {
                "and" => Self::And(many(value)?),
                "or" => Self::Or(many(value)?),
                "not" => Self::Not(Box::new(Self::read(catalog, object, value, &at)?)),
                name => match object.field(name) {
                    Some(field) if is_filterable(field) => Self::field(catalog, object, field, value, &at)?,
                    _ => return Err(input::unknown(&at, name)),
                },
            });
        }
        Ok(Self::And(all))
    }

    fn field(catalog: &Catalog, object: &ObjectType, field: &Field, value: &Value, at: &str) -> Result<Self, Problem> {
        let column = field.column.unwrap_or_default();
        match &field.kind {
            Kind::Id => Self::operators(column, value, at, |operator, value, at| match operator {
                "eq" | "ne" => Ok(compare(operator, Param::Int(input::key(catalog, object, value, at)?))),
                "in" | "notIn" => {
                    let keys: Result<_, _> =
                        input::items(value).iter().map(|item| input::key(catalog, object, item, at)).collect();
                    Ok(compare(operator, Param::Ints(keys?)))
                }
                _ => Ok(None),
            }),
            Kind::Scalar(scalar) => Self::operators(column, value, at, |operator, value, at| {
                scalar_compare(catalog, *scalar, operator, value, at)
            }),
            Kind::One(target) => {
                if *value == Value::Null {
                    return Ok(Self::Column(column, Compare::IsNull(true)));
                }
                let target = catalog.object(*target);
                let path = Path::To { column, table: target.table().unwrap_or_default() };
                Ok(Self::Exists(path, Box::new(Self::read(catalog, target, value, at)?)))
            }
            Kind::Parts { part, owner } => {
                let part = catalog.object(*part);
                let path = Path::From { column: owner, table: part.table().unwrap_or_default() };
                Self::quantified(catalog, part, path, value, at)
            }
            Kind::Many(many) => {
                let defaults: Vec<bool> = many.switches.iter().map(|switch| switch.default).collect();
                let path = Path::of_many(catalog, many, &defaults);
                Self::quantified(catalog, catalog.object(many.target), path, value, at)
            }
            Kind::Scalars(_) | Kind::Value(_) | Kind::Values(_) | Kind::Refs(_) => Err(input::unknown(at, field.name)),
        }
    }

    fn operators(
        column: &'static str,
        value: &Value,
        at: &str,
        read: impl Fn(&str, &Value, &str) -> Result<Option<Compare>, Problem>,
    ) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (operator, value) in input::object(value, at)? {
            let at = format!("{at}.{operator}");
            if *value == Value::Null {
                return Err(Problem::argument(&at, "null is not compared; leave it out, or ask with isNull"));
            }
            let compare = match operator.as_str() {
                "isNull" => Some(Compare::IsNull(input::boolean(value, &at)?)),
                operator => read(operator, value, &at)?,
            };
            all.push(Self::Column(column, compare.ok_or_else(|| input::unknown(&at, operator))?));
        }
        Ok(Self::And(all))
    }

    fn quantified(catalog: &Catalog, target: &ObjectType, path: Path, value: &Value, at: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (quantifier, value) in input::object(value, at)? {
            let at = format!("{at}.{quantifier}");
            let filter = Self::read(catalog, target, value, &at)?;
            let exists = |filter| Self::Exists(path, Box::new(filter));
            all.push(match quantifier.as_str() {
                "some" => exists(filter),
                "none" => Self::Not(Box::new(exists(filter))),
                "every" => Self::Not(Box::new(exists(Self::Not(Box::new(filter))))),
                other => return Err(input::unknown(&at, other)),
            });
        }
        Ok(Self::And(all))
    }

    /// True when it takes every row.
    pub fn takes_all(&self) -> bool {
        match self {
            Self::And(all) => all.iter().all(Self::takes_all),
            _ => false,
        }
    }

    /// True when its predicate is true or false for every row, and never null.
    fn is_known(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().all(Self::is_known),
            Self::Not(_) | Self::Exists(..) => true,
            Self::Column(_, compare) => {
                matches!(compare, Compare::Differs(_) | Compare::NotIn(_) | Compare::IsNull(_))
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

impl Path {
    /// Writes the table at the other end as `there`, joined to `here`, up to and with the `WHERE` that ties them.
    pub fn write_from(&self, sql: &mut Sql, here: &str, there: &str) {
        match self {
            Self::To { column, table } => {
                sql.table(table, there).push(" WHERE ").column(there, "id").push(" = ").column(here, column);
            }
            Self::From { column, table } => {
                sql.table(table, there).push(" WHERE ").column(there, column).push(" = ").column(here, "id");
            }
            Self::Link { link, here: near, there: far, keep, table } => {
                let via = sql.alias();
                sql.table(link, &via).push(" JOIN ").table(table, there);
                sql.push(" ON ").column(there, "id").push(" = ").column(&via, far);
                sql.push(" WHERE ").column(&via, near).push(" = ").column(here, "id");
                if let Some(keep) = keep {
                    sql.push(" AND ").column(&via, keep);
                }
            }
        }
    }
}

impl Compare {
    fn write(&self, sql: &mut Sql, alias: &str, column: &str) {
        // Folded on both sides: by a function of ours on SQLite, by the root locale of ICU on PostgreSQL. A small sigma depends
        // on where it stands in its word, which a part of a text does not tell, so one form stands for both.
        let folded = |sql: &mut Sql| {
            sql.by_dialect("fold(", "translate(lower(").column(alias, column);
            sql.by_dialect(")", r#" COLLATE "und-x-icu"), 'ς', 'σ')"#);
        };
        let folded_text = |sql: &mut Sql, text: &str| {
            sql.by_dialect("fold(", "translate(lower(").bind(Param::Text(text.to_owned()));
            sql.by_dialect(")", r#"::text COLLATE "und-x-icu"), 'ς', 'σ')"#);
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
                sql.by_dialect(", -length(", ", length(");
                folded_text(sql, text);
                sql.push(")) = ");
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

fn compare(operator: &str, param: Param) -> Option<Compare> {
    Some(match operator {
        "eq" => Compare::With("=", param),
        "ne" => Compare::Differs(param),
        "lt" => Compare::With("<", param),
        "lte" => Compare::With("<=", param),
        "gt" => Compare::With(">", param),
        "gte" => Compare::With(">=", param),
        "in" => Compare::In(param),
        "notIn" => Compare::NotIn(param),
        _ => return None,
    })
}

fn scalar_compare(
    catalog: &Catalog,
    scalar: Scalar,
    operator: &str,
    value: &Value,
    at: &str,
) -> Result<Option<Compare>, Problem> {
    if !operators_of(scalar).contains(&operator) {
        return Ok(None);
    }
    let text = |make: fn(String) -> Compare| Ok(Some(make(input::text(value, at)?.to_owned())));
    match operator {
        "contains" => text(Compare::Contains),
        "startsWith" => text(Compare::StartsWith),
        "endsWith" => text(Compare::EndsWith),
        "in" | "notIn" => {
            let params = input::scalars(catalog, scalar, value, at)?;
            let mut ints = Vec::new();
            let mut texts = Vec::new();
            for param in params {
                match param {
                    Param::Int(value) => ints.push(value),
                    Param::Text(value) => texts.push(value),
                    _ => return Ok(None),
                }
            }
            let params = if scalar == Scalar::Int { Param::Ints(ints) } else { Param::Texts(texts) };
            Ok(compare(operator, params))
        }
        operator => Ok(compare(operator, input::scalar(catalog, scalar, value, at)?)),
    }
}

/// Operators that a scalar's filter has beside `isNull`.
#[must_use]
pub fn operators_of(scalar: Scalar) -> &'static [&'static str] {
    match scalar {
        Scalar::Text => &["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "contains", "startsWith", "endsWith"],
        Scalar::Int => &["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte"],
        Scalar::Float => &["eq", "ne", "lt", "lte", "gt", "gte"],
        Scalar::Boolean => &["eq", "ne"],
        Scalar::Choice(_) => &["eq", "ne", "in", "notIn"],
    }
}

/// True when `where` has the field.
#[must_use]
pub fn is_filterable(field: &Field) -> bool {
    match field.kind {
        Kind::Id | Kind::Scalar(_) => field.indexed,
        Kind::One(_) => field.column.is_some(),
        Kind::Parts { .. } | Kind::Many(_) => true,
        Kind::Scalars(_) | Kind::Value(_) | Kind::Values(_) | Kind::Refs(_) => false,
    }
}
