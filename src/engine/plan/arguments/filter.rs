//! Reads the argument `where` as a filter.
//!
//! A field that is null is ignored, because many clients send null for fields that are not set. `eq: null` is refused:
//! the client probably searches for null, and ignoring the operator would match every row.

use super::{
    input,
    operator::{Compared, Operator},
};
use crate::{
    engine::{
        catalog::{Catalog, ChoiceType, Field, Format, ObjectType, Scalar},
        field_rules::Criterion,
        plan::{
            grouping::measured_where,
            rows::{
                compare::Compare,
                member::{Member, MemberPath},
                path::Path,
                predicate::Filter,
            },
        },
        problem::Problem,
        sql::writer::ENTRY,
    },
    graphql::value::Value,
    store::reading::{fold::FoldedText, statement::Param},
};

/// The operator that compares with null. In the filter of a to-one relation or of a value object, it is next to the fields
/// of that object.
pub const IS_NULL: &str = "isNull";

/// The conditions on the entries of a list.
const QUANTIFIERS: [&str; 3] = ["some", "none", "every"];

impl Filter {
    /// Reads a `where` argument for a type. `at` is its path, for messages.
    pub fn read(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Self, Problem> {
        Self::read_at(catalog, object, &MemberPath::default(), value, at)
    }

    /// Reads a filter of the object at a path: the row, or a value object in it.
    fn read_at(catalog: &Catalog, object: &ObjectType, path: &MemberPath, value: &Value, at: &str) -> Result<Self, Problem> {
        if input::given(value, at)?.any(|(name, _)| name == IS_NULL) {
            return Err(Problem::argument(
                &format!("{at}.{IS_NULL}"),
                "not allowed here; use isNull directly in the filter of a field that may be null",
            ));
        }
        Self::fields(catalog, object, path, value, at)
    }

    fn fields(catalog: &Catalog, object: &ObjectType, path: &MemberPath, value: &Value, at: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (name, value) in input::given(value, at)?.filter(|(name, _)| *name != IS_NULL) {
            let at = format!("{at}.{name}");
            let many = |value| -> Result<Vec<Self>, Problem> {
                input::items(value, &at)?.iter().map(|item| Self::read_at(catalog, object, path, item, &at)).collect()
            };
            all.push(match name {
                "and" => Self::And(many(value)?),
                "or" => Self::Or(many(value)?),
                "not" => Self::Not(Box::new(Self::read_at(catalog, object, path, value, &at)?)),
                name => {
                    let field = object.field(name).ok_or_else(|| input::unknown(&at))?;
                    Self::field(catalog, object, path, field, value, &at)?
                }
            });
        }
        Ok(Self::And(all))
    }

    fn field(
        catalog: &Catalog,
        object: &ObjectType,
        path: &MemberPath,
        field: &Field,
        value: &Value,
        at: &str,
    ) -> Result<Self, Problem> {
        match field.filtered_by().ok_or_else(|| input::unknown(at))? {
            Criterion::Id(column) => {
                let member = path.scalar(field, column, Scalar::Int);
                Self::operators(&member, value, at, Compared::Id, |operator, value, at| {
                    read_comparison(operator, Compared::Id, value, at, |value| {
                        Ok(Param::Int(input::primary_key(catalog, object, value, at)?))
                    })
                })
            }
            Criterion::Scalar(name, scalar) => {
                let (member, compared) = (path.scalar(field, name, scalar), Compared::Scalar(scalar));
                Self::operators(&member, value, at, compared, |operator, value, at| match (operator, scalar) {
                    (Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte, Scalar::Choice(ix)) => {
                        Ok(Compare::In(Param::Texts(values_beyond(catalog.choice(ix), operator, value, at)?)))
                    }
                    _ => read_comparison(operator, compared, value, at, |value| match field.format {
                        Some(Format::Date) => input::date(value, at),
                        _ => input::scalar(value, at),
                    }),
                })
            }
            Criterion::List(name, scalar) => {
                let compared = Compared::List(scalar);
                Self::operators(&path.json(name), value, at, compared, |operator, value, at| {
                    read_comparison(operator, compared, value, at, |value| input::scalar(value, at))
                })
            }
            Criterion::Value(name, ix) => {
                let is_null = |is_null| Self::value(&path.text(name), Compare::IsNull(is_null));
                let members = Self::fields(catalog, catalog.object(ix), &path.then(name), value, at)?;
                Self::with_is_null(Self::And(vec![is_null(false), members]), is_null, value, at)
            }
            Criterion::Values(name, ix) => {
                let (list, entry) = (path.json(name), MemberPath::default().then(ENTRY));
                let exists = |filter| Self::Entry(list.clone(), Box::new(filter));
                let all = input::given(value, at)?.map(|(name, value)| {
                    Self::quantified(catalog, catalog.object(ix), &entry, exists, (name, value), &format!("{at}.{name}"))
                });
                Ok(Self::And(all.collect::<Result<_, _>>()?))
            }
            Criterion::One(column, target) => {
                let to = Path::To { column, table: target.table };
                let fields = Self::fields(catalog, catalog.target(target), &MemberPath::default(), value, at)?;
                let is_null = |is_null| Self::Column(column, Compare::IsNull(is_null));
                Self::with_is_null(Self::Exists(to, Box::new(fields)), is_null, value, at)
            }
            Criterion::Parts(owner, part) => {
                Self::related(catalog, catalog.target(part), Path::of_parts(owner, part), value, at)
            }
            Criterion::Many(many) => Self::related(catalog, catalog.target(many.target), Path::by_default(many), value, at),
        }
    }

    /// Compares a value of the row, or inside the JSON of one of its columns.
    fn value(member: &Member, compare: Compare) -> Self {
        match member.column() {
            Some(column) => Self::Column(column, compare),
            None => Self::Member(member.clone(), compare),
        }
    }

    /// Adds `isNull` to the filter of an object, if the client sets it. `matches` is the filter of the object's fields.
    fn with_is_null(matches: Self, is_null: impl Fn(bool) -> Self, value: &Value, at: &str) -> Result<Self, Problem> {
        let Some((_, null)) = input::given(value, at)?.find(|(name, _)| *name == IS_NULL) else { return Ok(matches) };
        let null = is_null(input::boolean(null, &format!("{at}.{IS_NULL}"))?);
        let alone = input::given(value, at)?.count() == 1;
        Ok(if alone { null } else { Self::And(vec![null, matches]) })
    }

    /// Reads the operators of an id, a scalar or a list of scalars.
    fn operators(
        member: &Member,
        value: &Value,
        at: &str,
        compared: Compared,
        read: impl Fn(Operator, &Value, &str) -> Result<Compare, Problem>,
    ) -> Result<Self, Problem> {
        let all = read_comparisons(value, at, compared, read)?;
        Ok(Self::And(all.into_iter().map(|compare| Self::value(member, compare)).collect()))
    }

    /// Reads all comparisons of a value. `read` reads a single value of the compared type.
    pub fn comparisons(
        value: &Value,
        at: &str,
        compared: Compared,
        read: impl Fn(&Value, &str) -> Result<Param, Problem>,
    ) -> Result<Vec<Compare>, Problem> {
        read_comparisons(value, at, compared, |operator, value, at| {
            read_comparison(operator, compared, value, at, |value| read(value, at))
        })
    }

    /// Reads the filter of a list of related rows.
    fn related(catalog: &Catalog, target: &ObjectType, path: Path, value: &Value, at: &str) -> Result<Self, Problem> {
        let exists = |filter| Self::Exists(path, Box::new(filter));
        let mut all = Vec::new();
        for (name, value) in input::given(value, at)? {
            let at = format!("{at}.{name}");
            all.push(if QUANTIFIERS.contains(&name) {
                Self::quantified(catalog, target, &MemberPath::default(), exists, (name, value), &at)?
            } else {
                measured_where(catalog, target, (name, value), &at, &mut |measure, compare| {
                    Ok(Self::Measured(path, Box::new(measure), compare))
                })?
            });
        }
        Ok(Self::And(all))
    }

    /// Reads a condition on the entries of a list. `exists` converts a filter of one entry into a filter of the list that
    /// matches if at least one entry matches. `entry` is the path of an entry.
    fn quantified(
        catalog: &Catalog,
        target: &ObjectType,
        entry: &MemberPath,
        exists: impl Fn(Self) -> Self,
        (quantifier, value): (&str, &Value),
        at: &str,
    ) -> Result<Self, Problem> {
        let filter = Self::read_at(catalog, target, entry, value, at)?;
        Ok(match quantifier {
            "some" => exists(filter),
            "none" => Self::Not(Box::new(exists(filter))),
            "every" => Self::Not(Box::new(exists(Self::Not(Box::new(filter))))),
            _ => return Err(input::unknown(at)),
        })
    }
}

/// Reads all comparisons of a value. `read` reads one of them.
fn read_comparisons(
    value: &Value,
    at: &str,
    compared: Compared,
    read: impl Fn(Operator, &Value, &str) -> Result<Compare, Problem>,
) -> Result<Vec<Compare>, Problem> {
    let mut all = Vec::new();
    for (name, value) in input::object(value, at)? {
        let at = format!("{at}.{name}");
        let operator = Operator::named(name, compared).ok_or_else(|| input::unknown(&at))?;
        if *value != Value::Null {
            all.push(read(operator, value, &at)?);
        } else if operator == Operator::Eq {
            return Err(Problem::argument(&at, "no value equals null; omit `eq`, or use isNull"));
        }
    }
    Ok(all)
}

/// Reads one comparison. `read` reads a single value of the compared type.
fn read_comparison(
    operator: Operator,
    compared: Compared,
    value: &Value,
    at: &str,
    read: impl Fn(&Value) -> Result<Param, Problem>,
) -> Result<Compare, Problem> {
    let list = || -> Result<Param, Problem> {
        let (mut ints, mut texts) = (Vec::new(), Vec::new());
        for item in input::items(value, at)? {
            match read(item)? {
                Param::Int(value) => ints.push(value),
                Param::Text(value) => texts.push(value),
                _ => return Err(input::unknown(at)),
            }
        }
        let is_integer = matches!(compared, Compared::Id | Compared::Scalar(Scalar::Int));
        Ok(if is_integer { Param::Ints(ints) } else { Param::Texts(texts) })
    };
    let text = || Ok(FoldedText::new(input::text(value, at)?));
    Ok(match operator {
        Operator::Eq => Compare::With("=", read(value)?),
        Operator::EqIgnoreCase => Compare::IgnoringCase(text()?),
        Operator::Ne => Compare::Differs(read(value)?),
        Operator::Lt => Compare::With("<", read(value)?),
        Operator::Lte => Compare::With("<=", read(value)?),
        Operator::Gt => Compare::With(">", read(value)?),
        Operator::Gte => Compare::With(">=", read(value)?),
        Operator::In => Compare::In(list()?),
        Operator::NotIn => Compare::NotIn(list()?),
        Operator::Has => Compare::AnyEntry(Box::new(Compare::With("=", read(value)?))),
        Operator::HasAny => Compare::AnyEntry(Box::new(Compare::In(list()?))),
        Operator::HasAll => Compare::HasAll(list()?),
        Operator::Contains if matches!(compared, Compared::List(_)) => {
            Compare::AnyEntry(Box::new(Compare::Contains(text()?)))
        }
        Operator::Contains => Compare::Contains(text()?),
        Operator::StartsWith => Compare::StartsWith(text()?),
        Operator::EndsWith => Compare::EndsWith(text()?),
        Operator::IsNull => Compare::IsNull(input::boolean(value, at)?),
    })
}

/// Returns the values of an enumeration that precede or follow a value in the declaration; `lte` and `gte` include the
/// value.
fn values_beyond(choice: &ChoiceType, operator: Operator, value: &Value, at: &str) -> Result<Vec<String>, Problem> {
    let Value::Enum(name) = value else { return Err(input::unknown(at)) };
    let position = choice.values.iter().position(|(candidate, _)| candidate == name).ok_or_else(|| input::unknown(at))?;
    let values = match operator {
        Operator::Lt => &choice.values[..position],
        Operator::Lte => &choice.values[..=position],
        Operator::Gt => &choice.values[position + 1..],
        Operator::Gte => &choice.values[position..],
        _ => return Err(input::unknown(at)),
    };
    Ok(values.iter().map(|(name, _)| (*name).to_owned()).collect())
}
