//! `where`: read from its argument.
//!
//! Null stands for an entry that is left out, since clients write entries that are not set as null. `eq: null` is refused instead: it
//! looks like a search for null, and leaving it out would find everything.

use super::{
    catalog::{Catalog, ChoiceType, Field, Kind, ObjectType, Scalar},
    input,
    path::Path,
    predicate::{Compare, Filter},
    problem::Problem,
};
use crate::{graphql::value::Value, store::statement::Param};

/// The operator that asks for null. Of a relation to one it stands beside the fields of the related content.
pub const IS_NULL: &str = "isNull";

impl Filter {
    /// Reads a `where` argument for a type. `at` is its path, for messages.
    pub fn read(catalog: &Catalog, object: &ObjectType, value: &Value, at: &str) -> Result<Self, Problem> {
        if input::given(value, at)?.any(|(name, _)| name == IS_NULL) {
            return Err(Problem::argument(
                &format!("{at}.{IS_NULL}"),
                "only a relation to one can be null; ask directly in it",
            ));
        }
        Self::fields(catalog, object, value, at)
    }

    /// Reads what must hold of the fields of a type.
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
                name => match object.field(name) {
                    Some(field) if is_filterable(field) => Self::field(catalog, object, field, value, &at)?,
                    _ => return Err(input::unknown(&at)),
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
                        input::items(value, at)?.iter().map(|item| input::key(catalog, object, item, at)).collect();
                    Ok(compare(operator, Param::Ints(keys?)))
                }
                _ => Ok(None),
            }),
            Kind::Scalar(scalar) => Self::operators(column, value, at, |operator, value, at| {
                scalar_compare(catalog, *scalar, operator, value, at)
            }),
            Kind::One(target) => {
                let target = catalog.object(*target);
                let path = Path::To { column, table: target.table().unwrap_or_default() };
                let related = Self::Exists(path, Box::new(Self::fields(catalog, target, value, at)?));
                let is_null = input::given(value, at)?.find(|(name, _)| *name == IS_NULL);
                let Some((_, is_null)) = is_null else { return Ok(related) };
                let is_null = Self::Column(column, Compare::IsNull(input::boolean(is_null, &format!("{at}.{IS_NULL}"))?));
                let alone = input::given(value, at)?.count() == 1;
                Ok(if alone { is_null } else { Self::And(vec![is_null, related]) })
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
            Kind::Scalars(_) | Kind::Value(_) | Kind::Values(_) | Kind::Refs(_) => Err(input::unknown(at)),
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
                if *operator == "eq" {
                    return Err(Problem::argument(&at, "nothing equals null; leave it out, or ask with isNull"));
                }
                continue;
            }
            let compare = match *operator {
                IS_NULL => Some(Compare::IsNull(input::boolean(value, &at)?)),
                operator => read(operator, value, &at)?,
            };
            all.push(Self::Column(column, compare.ok_or_else(|| input::unknown(&at))?));
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
        "lt" | "lte" | "gt" | "gte" if let Scalar::Choice(ix) = scalar => {
            Ok(Some(Compare::In(Param::Texts(on_one_side(catalog.choice(ix), operator, value, at)?))))
        }
        "contains" => text(Compare::Contains),
        "startsWith" => text(Compare::StartsWith),
        "endsWith" => text(Compare::EndsWith),
        "in" | "notIn" => {
            let mut ints = Vec::new();
            let mut texts = Vec::new();
            for item in input::items(value, at)? {
                match input::scalar(item, at)? {
                    Param::Int(value) => ints.push(value),
                    Param::Text(value) => texts.push(value),
                    _ => return Ok(None),
                }
            }
            let params = if scalar == Scalar::Int { Param::Ints(ints) } else { Param::Texts(texts) };
            Ok(compare(operator, params))
        }
        operator => Ok(compare(operator, input::scalar(value, at)?)),
    }
}

/// The values of an enumeration that stand on one side of a value, in the order in which they are declared.
fn on_one_side(choice: &ChoiceType, operator: &str, value: &Value, at: &str) -> Result<Vec<String>, Problem> {
    let Value::Enum(name) = value else { return Err(input::unknown(at)) };
    let place = choice.values.iter().position(|(known, _)| known == name).ok_or_else(|| input::unknown(at))?;
    let (before, after) = match operator {
        "lt" => (place, choice.values.len()),
        "lte" => (place + 1, choice.values.len()),
        "gt" => (0, place + 1),
        _ => (0, place),
    };
    Ok(choice.values[..before].iter().chain(&choice.values[after..]).map(|(name, _)| (*name).to_owned()).collect())
}

/// Operators that a scalar's filter has beside `isNull`.
#[must_use]
pub fn operators_of(scalar: Scalar) -> &'static [&'static str] {
    match scalar {
        Scalar::Text => &["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "contains", "startsWith", "endsWith"],
        Scalar::Int | Scalar::Choice(_) => &["eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte"],
        Scalar::Float => &["eq", "ne", "lt", "lte", "gt", "gte"],
        Scalar::Boolean => &["eq", "ne"],
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
