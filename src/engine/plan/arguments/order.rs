//! Reads the argument `orderBy` as sort keys, and writes them as SQL. The sort keys of records include the slug or the id,
//! and those of groups include all keys of the groups. So no two rows of a list have equal sort keys.

use super::input;
use crate::{
    engine::{
        catalog::{Catalog, ContentRole, Field, ObjectType, Scalar},
        field_rules::{Criterion, SLUG},
        plan::{
            grouping::{Measure, measured_order},
            rows::{
                expression::Expression,
                member::{Member, MemberPath},
                path::Path,
            },
            search::Search,
            statistics::Statistics,
        },
        problem::Problem,
        sql::writer::Sql,
    },
    graphql::value::Value,
    store::reading::statement::Read,
};

/// Values of the enumeration `OrderDirection` with their descriptions.
pub const DIRECTIONS: &[(&str, &str)] = &[
    ("ASC", "Ascending, null last."),
    ("DESC", "Descending, null last."),
    ("ASC_NULLS_FIRST", "Ascending, null first."),
    ("ASC_NULLS_LAST", "Ascending, null last."),
    ("DESC_NULLS_FIRST", "Descending, null first."),
    ("DESC_NULLS_LAST", "Descending, null last."),
];

/// Maximum number of sort keys of one list: further keys would rarely decide, and each is part of every cursor.
pub const MAX_ORDER_KEYS: usize = 8;

/// One sort key.
#[derive(Clone, Debug)]
pub struct OrderKey {
    expression: Expression,
    descending: bool,
    /// True if null is first, false if it is last; `None` if the key is never null.
    nulls_first: Option<bool>,
    /// How its value is read.
    pub read: Read,
    /// Its path of field names, for the fingerprint of cursors.
    pub name: String,
}

impl OrderKey {
    /// Reports whether the database must read every row before it can return the first row: for members of value objects,
    /// and for fields and measures of related rows, which have no index in the table.
    pub fn needs_scan(&self) -> bool {
        self.expression.has_no_index()
    }

    /// Estimates how many other rows the database reads to compute the key for `rows` rows of a table.
    pub fn rows_read(&self, statistics: &Statistics, table: &str, rows: u64) -> u64 {
        self.expression.rows_read(statistics, table, rows)
    }

    /// Calls `found` with each table that the key reads, except that of the row.
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
            keys.push(Self::read_one(catalog, object, &MemberPath::default(), item, at, false)?);
        }
        Ok(keys)
    }

    /// Returns the keys of a list: those of `orderBy`, then the default order and the id to break ties. The slug is unique,
    /// so no key follows it. If the last key of `orderBy` is descending, the added keys are reversed, because a database
    /// reads an index in one direction.
    pub fn of_list(order_by: Vec<Self>, default: Vec<Self>, id: Self) -> Vec<Self> {
        let descending = order_by.last().is_some_and(Self::descending);
        let mut keys = order_by;
        for key in default.into_iter().chain([id]) {
            if keys.iter().any(|other| other.expression == Expression::Column(SLUG)) {
                break;
            }
            if keys.iter().all(|other| other.expression != key.expression) {
                keys.push(if descending { key.flipped() } else { key });
            }
        }
        keys
    }

    /// Returns the keys of a list that is ordered by `keys`, then by those of `ties` that are not among them.
    pub fn then_by(keys: Vec<Self>, ties: Vec<Self>) -> Vec<Self> {
        let mut all = keys;
        for key in ties {
            if all.iter().all(|other| other.expression != key.expression) {
                all.push(key);
            }
        }
        all
    }

    /// Reads one key of the object at a path: the row, or a value object in it. With `optional` the row or the object may be
    /// missing, so the key may be null.
    fn read_one(
        catalog: &Catalog,
        object: &ObjectType,
        path: &MemberPath,
        value: &Value,
        at: &str,
        optional: bool,
    ) -> Result<Self, Problem> {
        let (name, value) = input::one_of(value, at)?;
        let at = format!("{at}.{name}");
        let field = object.field(name).ok_or_else(|| input::unknown(&at))?;
        match field.sorted_by().ok_or_else(|| input::unknown(&at))? {
            Criterion::One(column, target) => {
                let optional = optional || !field.required;
                let inner = Self::read_one(catalog, catalog.target(target), &MemberPath::default(), value, &at, optional)?;
                Ok(Self {
                    expression: Expression::Of(column, target.table, Box::new(inner.expression)),
                    name: format!("{name}.{}", inner.name),
                    ..inner
                })
            }
            Criterion::Parts(owner, part) => {
                Self::measured(catalog, name, catalog.target(part), Path::of_parts(owner, part), value, &at, optional)
            }
            Criterion::Many(many) => {
                Self::measured(catalog, name, catalog.target(many.target), Path::by_default(many), value, &at, optional)
            }
            Criterion::Value(member, ix) => {
                let optional = optional || !field.required;
                let inner = Self::read_one(catalog, catalog.object(ix), &path.then(member), value, &at, optional)?;
                Ok(Self { name: format!("{name}.{}", inner.name), ..inner })
            }
            Criterion::Id(_) | Criterion::List(..) | Criterion::Values(..) => Err(input::unknown(&at)),
            Criterion::Scalar(member, scalar) => {
                let (descending, nulls_first) = direction(value, &at)?;
                let nulls_first = (optional || !field.required).then_some(nulls_first);
                let key = Self::scalar(catalog, field, path.scalar(field, member, scalar), scalar);
                Ok(Self { descending, nulls_first, ..key })
            }
        }
    }

    /// Reads the key by a measure of the related rows at the end of a path.
    fn measured(
        catalog: &Catalog,
        name: &str,
        object: &ObjectType,
        path: Path,
        value: &Value,
        at: &str,
        optional: bool,
    ) -> Result<Self, Problem> {
        let (measure, names, value) = measured_order(catalog, object, value, at)?;
        let expression = Expression::Measured(path, Box::new(measure.clone()));
        let key = Self::of_measure(&measure, expression, format!("{name}.{names}"));
        let nulls_first = if optional { Some(false) } else { key.nulls_first };
        Self { nulls_first, ..key }.directed(value, at)
    }

    /// Returns the ascending key by a measure.
    pub fn of_measure(measure: &Measure, expression: Expression, name: String) -> Self {
        let nulls_first = (!measure.is_count()).then_some(false);
        Self { nulls_first, ..Self::ascending(expression, measure.read(), name) }
    }

    /// Returns an ascending key that may be null, with null last.
    pub fn ascending(expression: Expression, read: Read, name: String) -> Self {
        Self { expression, descending: false, nulls_first: Some(false), read, name }
    }

    /// Returns the descending key, with null last.
    pub fn greatest_first(self) -> Self {
        Self { descending: true, ..self }
    }

    /// Returns the key in a direction.
    ///
    /// # Errors
    /// If the value is no direction.
    pub fn directed(self, value: &Value, at: &str) -> Result<Self, Problem> {
        let (descending, nulls_first) = direction(value, at)?;
        Ok(Self { descending, nulls_first: self.nulls_first.map(|_| nulls_first), ..self })
    }

    fn scalar(catalog: &Catalog, field: &Field, member: Member, scalar: Scalar) -> Self {
        let (expression, read) = match (scalar, member.column()) {
            (Scalar::Choice(ix), _) => (Expression::Rank(member, catalog.choice(ix).values), Read::Int),
            (scalar, Some(column)) => (Expression::Column(column), input::read_of(scalar)),
            (scalar, None) => (Expression::Member(member), input::read_of(scalar)),
        };
        Self {
            expression,
            descending: false,
            nulls_first: (!field.required).then_some(false),
            read,
            name: field.name.to_owned(),
        }
    }

    /// Returns the default order of a content type: by one scalar.
    pub fn default_of(catalog: &Catalog, object: &ObjectType, role: &ContentRole) -> Vec<Self> {
        let key = object.field(role.default_order).and_then(|field| match field.sorted_by() {
            Some(Criterion::Scalar(column, scalar)) => {
                Some(Self::scalar(catalog, field, MemberPath::default().scalar(field, column, scalar), scalar))
            }
            _ => None,
        });
        key.into_iter().collect()
    }

    /// Returns the key that orders links and lists of ids.
    pub fn position() -> Self {
        Self {
            expression: Expression::Position,
            descending: false,
            nulls_first: None,
            read: Read::Int,
            name: "position".into(),
        }
    }

    /// Returns the ascending key by an integer column of the row that is never null.
    pub fn of_column(column: &'static str) -> Self {
        let expression = Expression::Column(column);
        Self { expression, descending: false, nulls_first: None, read: Read::Int, name: column.into() }
    }

    /// Returns the key that orders the records that a search finds by their score, the highest first.
    pub fn score(search: &Search) -> Self {
        let name = format!("score {}", search.describe());
        Self { expression: Expression::Score, descending: true, nulls_first: None, read: Read::Int, name }
    }

    /// Returns the key for the id, which breaks all remaining ties.
    pub fn id() -> Self {
        Self::of_column("id")
    }

    /// Returns the key for the id of the row at the end of a path. For a link table, the key reads the id from the link and
    /// not from the row, because the id is the last column of the index of the links.
    pub fn id_at(path: Path) -> Self {
        match path {
            Path::Link { there, .. } => Self { expression: Expression::Link(there), ..Self::id() },
            Path::To { .. } | Path::From { .. } | Path::Through { .. } => Self::id(),
        }
    }

    /// Returns the key for the reverse order.
    pub fn flipped(&self) -> Self {
        let nulls_first = self.nulls_first.map(|first| !first);
        Self { descending: !self.descending, nulls_first, ..self.clone() }
    }

    /// Returns its name and direction, for the fingerprint of cursors.
    pub fn describe(&self) -> String {
        format!("{} {} {:?}", self.name, self.descending, self.nulls_first)
    }

    /// Reports whether it is the score of a search, the highest first.
    pub fn is_score(&self) -> bool {
        matches!(self.expression, Expression::Score) && self.descending
    }

    /// Reports whether it is the position in a link table or in a list of ids.
    pub fn is_position(&self) -> bool {
        matches!(self.expression, Expression::Position)
    }

    /// Returns true if null is first, false if it is last, `None` if the key is never null.
    pub fn nulls_first(&self) -> Option<bool> {
        self.nulls_first
    }

    /// Reports whether it is descending.
    pub fn descending(&self) -> bool {
        self.descending
    }

    /// Decides for each key of a list of `rows` rows whether it is computed in a joined table ([`Expression::optimize`]).
    pub fn optimize_all(keys: Vec<Self>, statistics: &Statistics, rows: u64) -> Vec<Self> {
        let optimize = |(at, key): (usize, Self)| {
            let expression = key.expression.optimize(&format!("k{at}"), statistics, rows);
            Self { expression, ..key }
        };
        keys.into_iter().enumerate().map(optimize).collect()
    }

    /// Reports whether its values are computed once per statement, in a joined table.
    pub fn is_joined(&self) -> bool {
        matches!(self.expression, Expression::Joined(..))
    }

    /// Writes the `LEFT JOIN` by which the rows `t` get the values of this key from a joined table. Writes nothing if the
    /// key is not read from a joined table.
    pub fn write_join(&self, sql: &mut Sql) {
        self.expression.write_join(sql, "t");
    }

    /// Writes its value. The alias of the row is `t`, that of its link `l`.
    pub fn write_value(&self, sql: &mut Sql) {
        self.expression.write(sql, "t");
    }

    /// Writes the key for `ORDER BY`.
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

/// Reads a direction: whether it is descending, and whether null is first.
fn direction(value: &Value, at: &str) -> Result<(bool, bool), Problem> {
    let Value::Enum(name) = value else { return Err(Problem::argument(at, "expected a value of OrderDirection")) };
    Ok((name.starts_with("DESC"), name.ends_with("NULLS_FIRST")))
}
