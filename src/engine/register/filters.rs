//! Declares the input types of `where` and `orderBy`.

use super::{groups::conditions, input, input_object, outputs::scalar_name};
use crate::{
    engine::{
        catalog::{Catalog, ChoiceIx, Field, Many, ObjectType, Scalar},
        field_rules::Criterion,
        plan::arguments::{
            filter::IS_NULL,
            operator::{Compared, Operand, Operator},
        },
    },
    graphql::schema::{Input, Schema},
};

/// How several fields of a filter are combined, and what null means.
const ALL_MATCH: &str = "All fields must match. A field that is null is ignored.";

/// How several operators are combined, and what null means.
const ALL_OPERATORS_MATCH: &str =
    "All operators must match. An operator that is null is ignored, but `eq: null` is an error.";

/// Like [`ALL_OPERATORS_MATCH`], for lists. Their filters have no `eq`.
const ALL_LIST_OPERATORS_MATCH: &str = "All operators must match. An operator that is null is ignored.";

/// Declares the filters of ids, scalars and enumerations.
pub(super) fn operators(schema: &mut Schema, catalog: &Catalog) {
    let scalars = [Scalar::Text, Scalar::Int, Scalar::Float, Scalar::Boolean];
    let choices = catalog.choices().enumerate().map(|(at, _)| Scalar::Choice(ChoiceIx(at)));
    let all = scalars.into_iter().chain(choices).flat_map(|scalar| [Compared::Scalar(scalar), Compared::List(scalar)]);
    for compared in std::iter::once(Compared::Id).chain(all) {
        let (name, ty, what) = match compared {
            Compared::Id => ("IdFilter".to_owned(), "ID", "a value"),
            Compared::Scalar(scalar) => (filter_name(catalog, scalar), scalar_name(catalog, scalar), "a value"),
            Compared::List(scalar) => (list_filter_name(catalog, scalar), scalar_name(catalog, scalar), "a list of values"),
        };
        let operators = Operator::of(compared).map(|operator| {
            let ty = match operator.operand() {
                Operand::Value => ty.to_owned(),
                Operand::List => format!("[{ty}!]"),
                Operand::Boolean => "Boolean".to_owned(),
            };
            input(operator.name(), ty, operator.about(compared))
        });
        let match_all = if matches!(compared, Compared::List(_)) { ALL_LIST_OPERATORS_MATCH } else { ALL_OPERATORS_MATCH };
        let about = format!("Compares {what} of type {ty}. {match_all}");
        input_object(schema, &name, &about, false, operators.collect());
    }
}

/// Description of `isNull` in the filters of rows.
const ABOUT_IS_NULL: &str =
    "Only in the filter of a to-one relation: true matches if there is no related record, false if there is one.";

/// Description of `isNull` in the filters of value objects.
const ABOUT_NO_OBJECT: &str =
    "Only in the filter of a field with a single object: true matches if it is null, false if it is not.";

/// Declares the filters of a type and of lists of it. `many` is the plural of its name, in words.
pub(super) fn wheres(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let name = format!("{}Where", declared.name);
    let mut fields = vec![
        input("and", format!("[{name}!]"), "All of these match. An empty list always matches."),
        input("or", format!("[{name}!]"), "At least one of these matches. An empty list never matches."),
        input("not", &name, "This does not match."),
        input(IS_NULL, "Boolean", if declared.table().is_some() { ABOUT_IS_NULL } else { ABOUT_NO_OBJECT }),
    ];
    for (field, by) in declared.fields.iter().filter_map(|field| Some((field, field.filtered_by()?))) {
        let about = first_sentence(field.about);
        fields.push(match by {
            Criterion::Id(_) => input(field.name, "IdFilter", about),
            Criterion::Scalar(_, scalar) => input(field.name, filter_name(catalog, scalar), about),
            Criterion::List(_, scalar) => input(field.name, list_filter_name(catalog, scalar), about),
            Criterion::Value(_, ix) => one_filter(catalog.object(ix), field),
            Criterion::Values(_, ix) => list_filter(catalog.object(ix), field),
            Criterion::One(_, target) => one_filter(catalog.target(target), field),
            Criterion::Parts(_, part) => list_filter(catalog.target(part), field),
            Criterion::Many(many) => {
                let mut filter = list_filter(catalog.target(many.target), field);
                if !many.switches.is_empty() {
                    filter.about = format!("{} Uses the default arguments of the field.", first_sentence(field.about));
                }
                filter
            }
        });
    }
    let about = format!("Filters {many}. {ALL_MATCH}");
    input_object(schema, &name, &about, false, fields);

    let about = format!("Filters by a list of {many}. {ALL_MATCH}");
    let mut fields = vec![
        input("some", &name, "At least one entry matches."),
        input("none", &name, "No entry matches."),
        input("every", &name, "Every entry matches. An empty list matches."),
    ];
    if declared.table().is_some() {
        fields.extend(conditions(catalog, declared));
    }
    input_object(schema, &format!("{}ListWhere", declared.name), &about, false, fields);
}

fn one_filter(target: &ObjectType, field: &Field) -> Input {
    let about = first_sentence(field.about);
    let about =
        format!("{about} Matches if the field is not null and matches this filter; `isNull: true` matches if it is null.");
    input(field.name, format!("{}Where", target.name), &about)
}

fn list_filter(target: &ObjectType, field: &Field) -> Input {
    input(field.name, format!("{}ListWhere", target.name), first_sentence(field.about))
}

/// Declares the sort keys of a content type or a value object. `many` is the plural of its name, in words.
pub(super) fn orders(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let keys = declared.fields.iter().filter_map(|field| Some((field, field.sorted_by()?))).map(|(field, by)| {
        let about = first_sentence(field.about);
        match by {
            Criterion::One(_, target) => input(field.name, format!("{}Order", catalog.target(target).name), about),
            Criterion::Value(_, ix) => input(field.name, format!("{}Order", catalog.object(ix).name), about),
            Criterion::Parts(_, target) | Criterion::Many(&Many { target, .. }) => {
                input(field.name, format!("{}AggregateOrder", catalog.target(target).name), about)
            }
            Criterion::Id(_) | Criterion::Scalar(..) | Criterion::List(..) | Criterion::Values(..) => {
                input(field.name, "OrderDirection", about)
            }
        }
    });
    let about = format!("A sort key for {many}: exactly one field.");
    input_object(schema, &format!("{}Order", declared.name), &about, true, keys.collect());
}

pub(super) fn filter_name(catalog: &Catalog, scalar: Scalar) -> String {
    match scalar {
        Scalar::Text => "TextFilter".to_owned(),
        other => format!("{}Filter", scalar_name(catalog, other)),
    }
}

fn list_filter_name(catalog: &Catalog, scalar: Scalar) -> String {
    filter_name(catalog, scalar).replace("Filter", "ListFilter")
}

pub(super) fn first_sentence(about: &str) -> &str {
    about.split_once(". ").map_or(about, |(first, _)| &about[..=first.len()])
}
