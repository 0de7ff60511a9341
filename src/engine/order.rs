//! `orderBy`: read from its argument, written as sort keys. Every order ends in the slug or the id, so that it is total.

use super::{
    catalog::{Catalog, ContentRole, Field, Kind, ObjectType, Scalar},
    input,
    path::Path,
    problem::Problem,
    sql::Sql,
    statistics::Statistics,
};
use crate::{graphql::value::Value, store::statement::Read};

/// Values of the enumeration `OrderDirection` with their descriptions.
pub const DIRECTIONS: &[(&str, &str)] = &[
    ("ASC", "Smallest first; null comes last."),
    ("DESC", "Greatest first; null comes last."),
    ("ASC_NULLS_FIRST", "Smallest first; null comes before everything."),
    ("ASC_NULLS_LAST", "Smallest first; null comes after everything."),
    ("DESC_NULLS_FIRST", "Greatest first; null comes before everything."),
    ("DESC_NULLS_LAST", "Greatest first; null comes after everything."),
];

/// Most sort keys of one list: more cannot tell entries apart any better, and each is part of every cursor.
pub const MAX_ORDER_KEYS: usize = 8;

/// The column of content that no two rows of a table share.
const SLUG: &str = "slug";

/// One sort key.
#[derive(Clone, Debug)]
pub struct OrderKey {
    expression: Expression,
    descending: bool,
    /// Where null comes; `None` when the key is never null.
    nulls_first: Option<bool>,
    /// How its value is read.
    pub read: Read,
    /// What it is, for the fingerprint of cursors.
    pub name: String,
}

/// What is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    /// A column.
    Column(&'static str),
    /// A column that holds a value of an enumeration: where it stands among the declared values, from 0.
    Rank(&'static str, &'static [(&'static str, &'static str)]),
    /// The position in a link table or in a list of ids.
    Position,
    /// A column of the link.
    Link(&'static str),
    /// Something of the row that a foreign key column names.
    Of(&'static str, &'static str, Box<Expression>),
    /// How many rows there are at the end of a path.
    Count(Path),
    /// The same as [`Self::Of`], worked out once for each related row, in a joined table of this alias.
    Joined(String, &'static str, &'static str, Box<Expression>),
}

impl Expression {
    fn counts(&self) -> bool {
        match self {
            Self::Column(_) | Self::Rank(..) | Self::Position | Self::Link(_) => false,
            Self::Of(_, _, of) | Self::Joined(_, _, _, of) => of.counts(),
            Self::Count(_) => true,
        }
    }
}

impl OrderKey {
    /// True when the database has to look at every row before it knows the first: what is counted has no index.
    pub fn searches(&self) -> bool {
        self.expression.counts()
    }

    /// Rows that have to be looked at to know its value for so many rows of a table; none when it stands in the rows themselves, or
    /// in their order.
    pub fn reads(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        self.expression.reads(statistics, table, rows)
    }

    /// Calls `found` for each table that it looks into besides its own.
    pub fn tables(&self, found: &mut impl FnMut(&'static str)) {
        self.expression.tables(found);
    }

    /// Reads an `orderBy` argument for a content type.
    pub fn read_all(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Vec<Self>, Problem> {
        let mut keys = Vec::new();
        let items = input::items(value, at)?;
        if items.len() > MAX_ORDER_KEYS {
            return Err(Problem::argument(at, format_args!("more than {MAX_ORDER_KEYS} sort keys")));
        }
        for item in items {
            keys.push(Self::read_one(catalog, object, item, at, false)?);
        }
        Ok(keys)
    }

    /// The keys of a list: those asked for, then its own order and the id for what they do not tell apart, unless the slug is among
    /// them, which is unique. These run the way of the last key that is asked for, since an index is read in one direction.
    pub fn of_list(asked: Vec<Self>, own: Vec<Self>, id: Self) -> Vec<Self> {
        let descending = asked.last().is_some_and(Self::descending);
        let mut keys = asked;
        for key in own.into_iter().chain([id]) {
            if keys.iter().any(|known| known.expression == Expression::Column(SLUG)) {
                break;
            }
            if keys.iter().all(|known| known.expression != key.expression) {
                keys.push(if descending { key.flipped() } else { key });
            }
        }
        keys
    }

    /// Reads one key. `missing` tells that there may be no row of the type, so that whatever it sorts by may be null.
    fn read_one(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str, missing: bool) -> Result<Self, Problem> {
        let (name, value) = input::one_of(value, at)?;
        let at = format!("{at}.{name}");
        let field = object.field(name).filter(|field| is_sortable(field)).ok_or_else(|| input::unknown(&at))?;
        match &field.kind {
            Kind::One(target) => {
                let target = catalog.object(*target);
                let inner = Self::read_one(catalog, target, value, &at, missing || !field.required)?;
                let table = target.table().unwrap_or_default();
                let column = field.column.unwrap_or_default();
                Ok(Self {
                    expression: Expression::Of(column, table, Box::new(inner.expression)),
                    name: format!("{name}.{}", inner.name),
                    ..inner
                })
            }
            Kind::Parts { part, owner } => {
                let path = Path::From { column: owner, table: catalog.object(*part).table().unwrap_or_default() };
                Self::count(name, path, value, &at, missing)
            }
            Kind::Many(many) => {
                let defaults: Vec<bool> = many.switches.iter().map(|switch| switch.default).collect();
                Self::count(name, Path::of_many(catalog, many, &defaults), value, &at, missing)
            }
            _ => {
                let (descending, nulls_first) = direction(value, &at)?;
                let nulls_first = (missing || !field.required).then_some(nulls_first);
                Ok(Self { descending, nulls_first, ..Self::column(catalog, field) })
            }
        }
    }

    fn count(name: &str, path: Path, value: &Value, at: &str, missing: bool) -> Result<Self, Problem> {
        let (count, value) = input::one_of(value, at)?;
        if count != "count" {
            return Err(input::unknown(at));
        }
        let (descending, nulls_first) = direction(value, at)?;
        let expression = Expression::Count(path);
        let nulls_first = missing.then_some(nulls_first);
        Ok(Self { expression, descending, nulls_first, read: Read::Int, name: format!("{name}.count") })
    }

    fn column(catalog: &Catalog, field: &Field) -> Self {
        let column = field.column.unwrap_or_default();
        let (expression, read) = match field.kind {
            Kind::Scalar(Scalar::Choice(ix)) => (Expression::Rank(column, catalog.choice(ix).values), Read::Int),
            Kind::Scalar(scalar) => (Expression::Column(column), input::read_of(scalar)),
            _ => (Expression::Column(column), Read::Int),
        };
        Self {
            expression,
            descending: false,
            nulls_first: (!field.required).then_some(false),
            read,
            name: field.name.to_owned(),
        }
    }

    /// The order of a content type when nothing else is asked for.
    pub fn default_of(catalog: &Catalog, object: &ObjectType, role: &ContentRole) -> Vec<Self> {
        object.field(role.default_order).map(|field| Self::column(catalog, field)).into_iter().collect()
    }

    /// The order of links and of lists of ids.
    pub fn position() -> Self {
        Self {
            expression: Expression::Position,
            descending: false,
            nulls_first: None,
            read: Read::Int,
            name: "position".into(),
        }
    }

    /// The order of owned content: a column of its own table.
    pub fn owned(column: &'static str) -> Self {
        let expression = Expression::Column(column);
        Self { expression, descending: false, nulls_first: None, read: Read::Int, name: column.into() }
    }

    /// The id, which makes an order total.
    pub fn id() -> Self {
        Self::owned("id")
    }

    /// The id at the end of a path. Of a link it is read there, where it ends the index.
    pub fn id_at(path: Path) -> Self {
        match path {
            Path::Link { there, .. } => Self { expression: Expression::Link(there), ..Self::id() },
            Path::To { .. } | Path::From { .. } => Self::id(),
        }
    }

    /// The key with which everything comes the other way round.
    pub fn flipped(&self) -> Self {
        let nulls_first = self.nulls_first.map(|first| !first);
        Self { descending: !self.descending, nulls_first, ..self.clone() }
    }

    /// What it is with its direction, for the fingerprint of cursors.
    pub fn describe(&self) -> String {
        format!("{} {} {:?}", self.name, self.descending, self.nulls_first)
    }

    /// True when it is the position in a link table or in a list of ids.
    pub fn is_position(&self) -> bool {
        matches!(self.expression, Expression::Position)
    }

    /// True when it may be null.
    pub fn nulls_first(&self) -> Option<bool> {
        self.nulls_first
    }

    /// True when the greatest comes first.
    pub fn descending(&self) -> bool {
        self.descending
    }

    /// Chooses how each key of a list of so many rows is worked out.
    pub fn settle_all(keys: Vec<Self>, statistics: &Statistics, rows: u64) -> Vec<Self> {
        let settle = |(at, key): (usize, Self)| {
            let expression = key.expression.settle(&format!("k{at}"), statistics, rows);
            Self { expression, ..key }
        };
        keys.into_iter().enumerate().map(settle).collect()
    }

    /// Writes the table that it is joined from, behind the table `t` in `FROM`; nothing when it is not.
    pub fn write_join(&self, sql: &mut Sql) {
        self.expression.write_join(sql, "t");
    }

    /// Writes its value. The row is called `t`; its link, where there is one, `l`.
    pub fn write_value(&self, sql: &mut Sql) {
        self.expression.write(sql, "t");
    }

    /// Writes it for `ORDER BY`.
    pub fn write_order(&self, sql: &mut Sql) {
        self.write_value(sql);
        sql.push(if self.descending { " DESC" } else { " ASC" });
        match self.nulls_first {
            Some(true) => sql.push(" NULLS FIRST"),
            Some(false) => sql.push(" NULLS LAST"),
            None => sql,
        };
    }
}

impl Expression {
    fn reads(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        match self {
            Self::Column(_) | Self::Rank(..) | Self::Position | Self::Link(_) => 0,
            Self::Of(_, there, of) => rows.saturating_add(of.reads(statistics, there, rows)),
            Self::Joined(_, _, there, of) => rows.saturating_add(of.reads(statistics, there, statistics.rows(there))),
            Self::Count(path) => rows.saturating_mul(statistics.fan_out(table, path)),
        }
    }

    fn tables(&self, found: &mut impl FnMut(&'static str)) {
        match self {
            Self::Column(_) | Self::Rank(..) | Self::Position | Self::Link(_) => {}
            Self::Of(_, table, of) | Self::Joined(_, _, table, of) => {
                found(table);
                of.tables(found);
            }
            Self::Count(path) => found(path.table()),
        }
    }

    fn write(&self, sql: &mut Sql, alias: &str) {
        match self {
            Self::Column(column) => _ = sql.column(alias, column),
            Self::Rank(column, values) => write_rank(sql, alias, column, values),
            Self::Position => _ = sql.column("l", "position"),
            Self::Link(column) => _ = sql.column("l", column),
            Self::Of(column, table, inner) => {
                let there = sql.alias();
                sql.push("(SELECT ");
                inner.write(sql, &there);
                sql.push(" FROM ").table(table, &there).push(" WHERE ").column(&there, "id").push(" = ");
                sql.column(alias, column).push(")");
            }
            Self::Count(path) => {
                let there = sql.alias();
                sql.push("(SELECT COUNT(*) FROM ");
                path.write_from(sql, alias, &there);
                sql.push(")");
            }
            Self::Joined(joined, ..) => _ = sql.column(joined, "value"),
        }
    }

    /// Makes joined tables of what is counted of related rows, where they are no more than the rows of the list.
    fn settle(self, alias: &str, statistics: &Statistics, rows: u64) -> Self {
        match self {
            Self::Of(column, table, of) if of.counts() && statistics.rows(table) <= rows => {
                let of = of.settle(&format!("{alias}j"), statistics, statistics.rows(table));
                Self::Joined(alias.to_owned(), column, table, Box::new(of))
            }
            other => other,
        }
    }

    /// Writes the joined table, for `FROM`.
    fn write_join(&self, sql: &mut Sql, here: &str) {
        let Self::Joined(joined, column, table, of) = self else { return };
        let there = sql.alias();
        // Without the word PostgreSQL would work it out for each row of the list after all.
        sql.push(" LEFT JOIN (WITH once AS MATERIALIZED (SELECT ").column(&there, "id").push(" AS id, ");
        of.write(sql, &there);
        sql.push(" AS value FROM ").table(table, &there);
        of.write_join(sql, &there);
        sql.push(") SELECT id, value FROM once) AS ").name(joined).push(" ON ");
        sql.column(joined, "id").push(" = ").column(here, column);
    }
}

/// Writes the rank of an enumeration's value, as the index of it is made (`migration/src/rank.rs`): names do not sort by what they mean.
fn write_rank(sql: &mut Sql, alias: &str, column: &str, values: &[(&str, &str)]) {
    sql.push("CASE ").column(alias, column);
    for (rank, (name, _)) in values.iter().enumerate() {
        sql.push(" WHEN '").push(name).push("' THEN ").push(&rank.to_string());
    }
    sql.push(" END");
}

/// True when `orderBy` has the field.
#[must_use]
pub fn is_sortable(field: &Field) -> bool {
    match field.kind {
        Kind::Scalar(_) => field.indexed,
        Kind::One(_) => field.column.is_some(),
        Kind::Parts { .. } | Kind::Many(_) => true,
        _ => false,
    }
}

fn direction(value: &Value, at: &str) -> Result<(bool, bool), Problem> {
    let Value::Enum(name) = value else { return Err(Problem::argument(at, "expected a value of OrderDirection")) };
    Ok((name.starts_with("DESC"), name.ends_with("NULLS_FIRST")))
}
