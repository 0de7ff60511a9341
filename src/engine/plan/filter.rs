//! Reads the argument `where` as a filter.
//!
//! A null entry is ignored, because many clients send null for entries that are not set. `eq: null` is refused: its author
//! probably means to search for null, and ignoring it would match every row.

use super::{
    compare::Compare,
    input,
    operator::{Compared, Operator},
    path::Path,
    predicate::Filter,
};
use crate::{
    engine::{
        catalog::{Catalog, ChoiceType, Field, ObjectType, Scalar},
        field_rules::Criterion,
        problem::Problem,
    },
    graphql::value::Value,
    store::{fold::SearchText, statement::Param},
};

/// The operator that compares with null. In the filter of a to-one relation it is next to the fields of the related record.
pub const IS_NULL: &str = "isNull";

impl Filter {
    /// Reads a `where` argument for a type. `at` is its path, for messages.
    pub fn read(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Self, Problem> {
        if input::given(value, at)?.any(|(name, _)| name == IS_NULL) {
            return Err(Problem::argument(
                &format!("{at}.{IS_NULL}"),
                "only a relation to one can be null; use isNull directly in that relation",
            ));
        }
        Self::fields(catalog, object, value, at)
    }

    /// Reads the conditions for the fields of a type.
    fn fields(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (name, value) in input::given(value, at)?.filter(|(name, _)| *name != IS_NULL) {
            let at = format!("{at}.{name}");
            let many = |value| -> Result<Vec<Self>, Problem> {
                input::items(value, &at)?.iter().map(|item| Self::read(catalog, object, item, &at)).collect()
            };
            all.push(match name {
                "and" => Self::And(many(value)?),
                "or" => Self::Or(many(value)?),
                "not" => Self::Not(Box::new(Self::read(catalog, object, value, &at)?)),
                name => {
                    let by = object.field(name).and_then(Field::filtered_by).ok_or_else(|| input::unknown(&at))?;
                    Self::field(catalog, object, by, value, &at)?
                }
            });
        }
        Ok(Self::And(all))
    }

    fn field(catalog: &Catalog, object: &ObjectType, by: Criterion<'_>, value: &Value, at: &str) -> Result<Self, Problem> {
        match by {
            Criterion::Id(column) => Self::operators(column, value, at, Compared::Id, |operator, value, at| {
                compare(operator, Compared::Id, value, at, |value| {
                    Ok(Param::Int(input::primary_key(catalog, object, value, at)?))
                })
            }),
            Criterion::Scalar(column, scalar) => {
                let compared = Compared::Scalar(scalar);
                Self::operators(column, value, at, compared, |operator, value, at| match (operator, scalar) {
                    (Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte, Scalar::Choice(ix)) => {
                        Ok(Compare::In(Param::Texts(values_beyond(catalog.choice(ix), operator, value, at)?)))
                    }
                    _ => compare(operator, compared, value, at, |value| input::scalar(value, at)),
                })
            }
            Criterion::One(column, target) => {
                let path = Path::To { column, table: target.table };
                let related = Self::Exists(path, Box::new(Self::fields(catalog, catalog.target(target), value, at)?));
                let is_null = input::given(value, at)?.find(|(name, _)| *name == IS_NULL);
                let Some((_, is_null)) = is_null else { return Ok(related) };
                let is_null = Self::Column(column, Compare::IsNull(input::boolean(is_null, &format!("{at}.{IS_NULL}"))?));
                let alone = input::given(value, at)?.count() == 1;
                Ok(if alone { is_null } else { Self::And(vec![is_null, related]) })
            }
            Criterion::Parts(owner, part) => {
                Self::quantified(catalog, catalog.target(part), Path::of_parts(owner, part), value, at)
            }
            Criterion::Many(many) => {
                Self::quantified(catalog, catalog.target(many.target), Path::by_default(many), value, at)
            }
        }
    }

    /// Reads the operators of an id or a scalar.
    fn operators(
        column: &'static str,
        value: &Value,
        at: &str,
        compared: Compared,
        read: impl Fn(Operator, &Value, &str) -> Result<Compare, Problem>,
    ) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (name, value) in input::object(value, at)? {
            let at = format!("{at}.{name}");
            let operator = Operator::named(name, compared).ok_or_else(|| input::unknown(&at))?;
            if *value != Value::Null {
                all.push(Self::Column(column, read(operator, value, &at)?));
            } else if operator == Operator::Eq {
                return Err(Problem::argument(&at, "nothing equals null; leave it out, or use isNull"));
            }
        }
        Ok(Self::And(all))
    }

    fn quantified(catalog: &Catalog, target: &ObjectType, path: Path, value: &Value, at: &str) -> Result<Self, Problem> {
        let mut all = Vec::new();
        for (quantifier, value) in input::given(value, at)? {
            let at = format!("{at}.{quantifier}");
            let filter = Self::read(catalog, target, value, &at)?;
            let exists = |filter| Self::Exists(path, Box::new(filter));
            all.push(match quantifier {
                "some" => exists(filter),
                "none" => Self::Not(Box::new(exists(filter))),
                "every" => Self::Not(Box::new(exists(Self::Not(Box::new(filter))))),
                _ => return Err(input::unknown(&at)),
            });
        }
        Ok(Self::And(all))
    }
}

/// Reads the operand of an operator. `read` reads a single value of the compared type.
fn compare(
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
    let text = || Ok(SearchText::new(input::text(value, at)?));
    Ok(match operator {
        Operator::Eq => Compare::With("=", read(value)?),
        Operator::Ne => Compare::Differs(read(value)?),
        Operator::Lt => Compare::With("<", read(value)?),
        Operator::Lte => Compare::With("<=", read(value)?),
        Operator::Gt => Compare::With(">", read(value)?),
        Operator::Gte => Compare::With(">=", read(value)?),
        Operator::In => Compare::In(list()?),
        Operator::NotIn => Compare::NotIn(list()?),
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
