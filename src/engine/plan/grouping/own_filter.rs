//! The part of a filter with the conditions on the values of one dimension.

use super::{COLUMNS, Filter};
use crate::{
    engine::{
        catalog::{Catalog, Dimension, DimensionValues, ObjectType},
        field_rules::Criterion,
        plan::rows::path::Path,
        problem::Problem,
    },
    graphql::value::Value,
};

/// A filter without the conditions on the values of a dimension, and these conditions.
pub struct SplitFilter {
    /// The rest of the filter.
    pub rest: Value,
    /// The conditions that must all match: each an input object with one field.
    conditions: Vec<Value>,
}

impl SplitFilter {
    /// Splits a `where` argument. Conditions within `or` and `not` remain in the rest: they are not conditions that
    /// every record must match.
    #[must_use]
    pub fn of(given: &Value, dimension: &Dimension<'_>) -> Self {
        let (path, names) = dimension.conditions();
        let mut own = Self { rest: given.clone(), conditions: Vec::new() };
        remove(&mut own.rest, &path, &names, &mut own.conditions);
        own
    }

    /// Reports whether the filter has no condition on the dimension.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Returns the filter for groups whose first key is the dimension. A group matches if its value matches the
    /// conditions.
    ///
    /// # Errors
    /// If a condition is invalid.
    pub fn selected(&self, catalog: &Catalog, object: &ObjectType, dimension: &Dimension<'_>) -> Result<Filter, Problem> {
        let column = COLUMNS[0];
        let object = match (dimension.values, dimension.of.outer) {
            (_, Some((_, Criterion::Value(_, ix) | Criterion::Values(_, ix)))) => catalog.object(ix),
            (DimensionValues::Record(target), _)
            | (_, Some((_, Criterion::One(_, target) | Criterion::Parts(_, target)))) => catalog.target(target),
            _ => object,
        };
        let mut all = Vec::new();
        for condition in &self.conditions {
            let filter = Filter::read(catalog, object, condition, "where")?;
            all.push(match dimension.values {
                DimensionValues::Record(target) => {
                    Filter::Exists(Path::To { column, table: target.table }, Box::new(filter))
                }
                _ => filter.of_column(column),
            });
        }
        Ok(Filter::And(all))
    }
}

/// Reports whether all fields of an input object are null.
fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Object(fields) if fields.iter().all(|(_, value)| *value == Value::Null))
}

/// Removes the fields with these names from the object at the end of a path, and adds them to `removed`. An object that
/// becomes empty is removed as well. The objects in `and` are searched too.
fn remove(value: &mut Value, path: &[&'static str], names: &[&'static str], removed: &mut Vec<Value>) {
    let Value::Object(fields) = value else { return };
    for (name, inner) in fields.iter_mut() {
        if *name == "and"
            && let Value::List(items) = inner
        {
            for item in items {
                remove(item, path, names, removed);
            }
        }
    }
    match path {
        [] => fields.retain_mut(|(name, inner)| {
            let found = names.contains(name) && *inner != Value::Null;
            if found {
                removed.push(Value::Object(vec![(*name, std::mem::replace(inner, Value::Null))]));
            }
            !found
        }),
        [first, rest @ ..] => fields.retain_mut(|(name, inner)| {
            let before = removed.len();
            if name == first {
                remove(inner, rest, names, removed);
            }
            removed.len() == before || !is_empty(inner)
        }),
    }
}
