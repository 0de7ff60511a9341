//! Reads the arguments `by` and `ranges`: what records are grouped by.

use super::{GroupKey, MAX_DIMENSIONS, Ranges};
use crate::{
    engine::{
        catalog::{Catalog, Dimension, ObjectType},
        plan::arguments::input,
        problem::Problem,
    },
    graphql::value::Value,
};

/// Reads the keys of groups of records of a type: the dimensions of `by`, each once, then those of `ranges`.
///
/// # Errors
/// If there are no keys or too many, or if ranges are invalid.
pub fn keys_of(
    catalog: &'static Catalog,
    object: &'static ObjectType,
    by: &Value,
    ranges: Option<&Value>,
) -> Result<Vec<GroupKey>, Problem> {
    let dimensions = object.dimensions(catalog);
    let too_many = || Problem::argument("by", format_args!("more than {MAX_DIMENSIONS} dimensions"));
    let (mut keys, mut different): (Vec<GroupKey>, Vec<&Value>) = (Vec::new(), Vec::new());
    for item in input::items(by, "by")? {
        // A list may have thousands of values, and a document may use its variable often. So repeated values are skipped
        // before the slow search for their dimension.
        if different.contains(&item) {
            continue;
        }
        if different.len() == MAX_DIMENSIONS {
            return Err(too_many());
        }
        different.push(item);
        let named = |dimension: &&Dimension<'_>| matches!(item, Value::Enum(name) if dimension.of.enum_name() == *name);
        let dimension = dimensions.iter().find(named).and_then(|dimension| GroupKey::of(catalog, dimension));
        keys.push(dimension.ok_or_else(|| input::unknown("by"))?);
    }
    let ranges = ranges.map(|value| input::items(value, "ranges")).transpose()?.unwrap_or_default();
    let numbers = if ranges.is_empty() { Vec::new() } else { object.numbers(catalog) };
    for item in ranges {
        let (name, value) = input::one_of(item, "ranges")?;
        let at = format!("ranges.{name}");
        let ranges = Ranges::read(value, &at)?;
        let number = numbers.iter().find(|number| number.name() == name);
        let key = number.and_then(|number| GroupKey::in_ranges(number, ranges)).ok_or_else(|| input::unknown(&at))?;
        if keys.iter().any(|other| other.name() == key.name()) {
            return Err(Problem::argument(&at, "given more than once"));
        }
        keys.push(key);
    }
    match keys.len() {
        1..=MAX_DIMENSIONS => Ok(keys),
        0 => Err(Problem::argument("by", "no dimension is given")),
        _ => Err(too_many()),
    }
}
