//! Declares the types of ranges of numbers, by which records are grouped.

use super::{
    field,
    filters::first_sentence,
    groups::{about_dimension, path},
    input, input_object, object,
};
use crate::{
    engine::{
        catalog::{GroupedField, Scalar},
        field_rules::Criterion,
        plan::grouping::{FLOAT_RANGE, INT_RANGE, MAX_BOUNDS},
    },
    graphql::schema::{Field, Input, Schema},
};

/// Returns the name of the GraphQL type of the ranges of a number.
fn range_type(number: &GroupedField<'_>) -> &'static str {
    if matches!(number.by, Criterion::Scalar(_, Scalar::Float)) { FLOAT_RANGE } else { INT_RANGE }
}

/// Declares the types of ranges that all content types use.
pub(super) fn shared(schema: &mut Schema) {
    let width = "Ranges of this width, at least 1, one of which starts at 0. With the width 10, a range has the numbers 2010 to \
        2019.";
    let bounds = format!(
        "The numbers at which ranges start: 1 to {MAX_BOUNDS} numbers in ascending order. One more range has the numbers \
         below the first."
    );
    for (name, scalar, numbers) in [(INT_RANGE, "Int", "whole numbers"), (FLOAT_RANGE, "Float", "numbers")] {
        let bounds = input("bounds", format!("[{scalar}!]"), &bounds);
        let fields = if name == INT_RANGE { vec![input("width", scalar, width), bounds] } else { vec![bounds] };
        input_object(schema, &format!("{name}s"), &format!("Ranges of {numbers}: exactly one field."), true, fields);
        let fields = vec![
            field("from", scalar, "The numbers are at least this one; null if the range has no lower bound."),
            field("to", scalar, "The numbers are less than this one; null if the range has no upper bound."),
        ];
        object(schema, name, &format!("A range of {numbers}."), fields, &[]);
    }
}

/// Declares the ranges by which records of a type can be grouped; nothing if the type has no numbers. `many` is the plural
/// of its name, in words.
pub(super) fn declare(schema: &mut Schema, name: &str, many: &str, numbers: &[GroupedField<'_>]) {
    if numbers.is_empty() {
        return;
    }
    let fields = numbers.iter().map(|number| {
        let ty = format!("{}s", range_type(number));
        input(&number.name(), ty, &about_dimension(number))
    });
    let about = format!("Ranges of a number, by which {many} are grouped: exactly one field.");
    input_object(schema, &format!("{name}Ranges"), &about, true, fields.collect());
}

/// Returns the argument `ranges` of groups of records of a type; `None` if the type has no numbers.
pub(super) fn argument(name: &str, numbers: &[GroupedField<'_>]) -> Option<Input> {
    let first = numbers.first()?;
    let about = format!(
        "Ranges of numbers, by which the records are grouped too. Each entry is a further dimension, and has the ranges of \
         one number. A number may be given only once. The field `{}` of a key has the range of `{}`.",
        first.range_name(),
        first.name()
    );
    Some(input("ranges", format!("[{name}Ranges!]"), &about))
}

/// Returns the field of a key with the range of a number.
pub(super) fn key(number: &GroupedField<'_>) -> Field {
    let about = format!("Range of {}: {}", path(number), first_sentence(number.field.about));
    field(&number.range_name(), range_type(number), &about)
}
