//! Reads conditions on measures, and sort keys by them: `{count: {gte: 3}}`, `{min: {evidenceLevel: ASC}}`.

use super::{Filter, Measure};
use crate::{
    engine::{
        catalog::{Catalog, Field, Function, ObjectType, Scalar},
        field_rules::Criterion,
        plan::{
            arguments::input,
            rows::{compare::Compare, member::MemberPath},
        },
        problem::Problem,
    },
    graphql::value::Value,
    store::reading::statement::Param,
};

const COUNT: &str = "count";

/// Creates the filter of a condition on a measure.
pub type MakeFilter<'m> = &'m mut dyn FnMut(Measure, Compare) -> Result<Filter, Problem>;

/// Reads a condition on measures of rows of a type. `name` is the field of the input object with the condition.
///
/// # Errors
/// If a value is invalid, or `make` fails.
pub fn measured_where(
    catalog: &Catalog,
    object: &ObjectType,
    (name, value): (&str, &Value),
    at: &str,
    make: MakeFilter<'_>,
) -> Result<Filter, Problem> {
    if name == COUNT {
        return operators(&Measure::Count, Scalar::Int, value, at, make);
    }
    let function = Function::named(name).ok_or_else(|| input::unknown(at))?;
    members(catalog, object, &MemberPath::default(), function, value, at, make)
}

fn members(
    catalog: &Catalog,
    object: &ObjectType,
    path: &MemberPath,
    function: Function,
    value: &Value,
    at: &str,
    make: MakeFilter<'_>,
) -> Result<Filter, Problem> {
    let mut all = Vec::new();
    for (name, value) in input::given(value, at)? {
        let at = format!("{at}.{name}");
        let (field, by) = measured(catalog, object, function, name, &at)?;
        all.push(match by {
            Criterion::Scalar(member, scalar) => {
                let measure = Measure::of(catalog, function, path, (field, member), scalar);
                operators(&measure, scalar, value, &at, make)?
            }
            Criterion::One(column, _) => operators(&Measure::of_key(column), Scalar::Int, value, &at, make)?,
            Criterion::Value(member, ix) => {
                members(catalog, catalog.object(ix), &path.then(member), function, value, &at, make)?
            }
            _ => return Err(input::unknown(&at)),
        });
    }
    Ok(Filter::And(all))
}

/// Reads the operators that compare a measure of a scalar.
fn operators(measure: &Measure, scalar: Scalar, value: &Value, at: &str, make: MakeFilter<'_>) -> Result<Filter, Problem> {
    let mut all = Vec::new();
    let compared = measure.compared(scalar);
    for compare in Filter::comparisons(value, at, compared, |value, at| match (value, measure.values()) {
        (Value::Enum(name), Some(values)) => {
            let rank = values.iter().position(|(known, _)| known == name).and_then(|rank| i64::try_from(rank).ok());
            rank.map(Param::Int).ok_or_else(|| input::unknown(at))
        }
        _ => input::scalar(value, at),
    })? {
        all.push(make(measure.clone(), compare)?);
    }
    Ok(Filter::And(all))
}

/// Reads a sort key by a measure: exactly one function of one field. Returns the measure, the path of names to it, and the
/// direction.
///
/// # Errors
/// If the value is invalid.
pub fn measured_order<'v>(
    catalog: &Catalog,
    object: &ObjectType,
    value: &'v Value,
    at: &str,
) -> Result<(Measure, String, &'v Value), Problem> {
    let (function, mut value) = input::one_of(value, at)?;
    if function == COUNT {
        return Ok((Measure::Count, COUNT.to_owned(), value));
    }
    let (mut names, mut object, mut path) = (function.to_owned(), object, MemberPath::default());
    let function = Function::named(function).ok_or_else(|| input::unknown(at))?;
    loop {
        let (name, inner) = input::one_of(value, &format!("{at}.{names}"))?;
        names = format!("{names}.{name}");
        let (field, by) = measured(catalog, object, function, name, &format!("{at}.{names}"))?;
        match by {
            Criterion::Scalar(member, scalar) => {
                return Ok((Measure::of(catalog, function, &path, (field, member), scalar), names, inner));
            }
            Criterion::One(column, _) => return Ok((Measure::of_key(column), names, inner)),
            Criterion::Value(member, ix) => (object, path, value) = (catalog.object(ix), path.then(member), inner),
            _ => return Err(input::unknown(at)),
        }
    }
}

/// Returns the field of this name, if a function accepts its values.
fn measured<'c>(
    catalog: &'c Catalog,
    object: &'c ObjectType,
    function: Function,
    name: &str,
    at: &str,
) -> Result<(&'c Field, Criterion<'c>), Problem> {
    object.measured(catalog, function).find(|(field, _)| field.name == name).ok_or_else(|| input::unknown(at))
}
