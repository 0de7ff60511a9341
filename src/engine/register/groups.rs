//! Declares the types of aggregates, facets and groups, which are computed from all entries of a list.

use std::collections::BTreeSet;

use super::{
    enum_value, field,
    filters::{filter_name, first_sentence},
    input, input_object, object,
    outputs::{page_arguments, scalar_name},
    ranges,
};
use crate::{
    engine::{
        catalog::{Catalog, Dimension, DimensionValues, Function, GroupedField, ObjectType, Scalar},
        field_rules::Criterion,
        plan::{
            arguments::{
                input::{MAX_CONDITIONS, MAX_VALUES},
                order::MAX_ORDER_KEYS,
                page::MAX_PAGE_SIZE,
            },
            grouping::{COLUMNS, DEFAULT_VALUES, MAX_DIMENSIONS},
        },
    },
    graphql::{
        schema::{Field, Input, Schema, TypeKind},
        value::Value,
    },
};

/// Describes the results of a function.
fn about_results(function: Function) -> &'static str {
    match function {
        Function::Avg => "Means of the values that are not null, rounded to six digits after the decimal point.",
        other => about(other),
    }
}

/// Describes the values of a function that conditions and sort keys compare.
fn about(function: Function) -> &'static str {
    match function {
        Function::CountDistinct => "Numbers of different values. Null is not counted.",
        Function::Min => {
            "Least values: numbers by size, texts by code point, enumerations in the order in which they list their values."
        }
        Function::Max => {
            "Greatest values: numbers by size, texts by code point, enumerations in the order in which they list their values."
        }
        Function::Sum => {
            "Sums. Whole numbers are exact; other numbers are rounded to six digits after the decimal point before they are \
             added."
        }
        Function::Avg => "Means of the values that are not null. Unlike in responses, they are not rounded.",
    }
}

/// The functions for which GraphQL types are declared. `Min` and `Max` share their types, and so do `Sum` and `Avg`
/// ([`Function::suffix`]), so one of each pair is enough.
const TYPES: [Function; 3] = [Function::CountDistinct, Function::Min, Function::Sum];

/// Returns the functions that accept a field of a type.
fn functions<'c>(catalog: &'c Catalog, declared: &'c ObjectType) -> impl Iterator<Item = Function> + 'c {
    Function::ALL.into_iter().filter(|function| declared.measured(catalog, *function).next().is_some())
}

/// Declares the types of aggregates of a type, and of the conditions and sort keys on them. `many` is the plural of its
/// name, in words.
pub(super) fn aggregates(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let name = declared.name;
    for function in TYPES.into_iter().filter(|function| declared.measured(catalog, *function).next().is_some()) {
        measures(schema, catalog, declared, function, many);
    }
    if declared.table().is_none() {
        return;
    }
    let member = |function: Function, suffix: &str| format!("{name}{}{suffix}", function.suffix());
    if declared.content().is_some() {
        let mut fields = vec![field("count", "Int!", "Number of records.")];
        let of_functions = functions(catalog, declared);
        fields.extend(
            of_functions
                .map(|function| field(function.name(), format!("{}!", member(function, "")), about_results(function))),
        );
        object(schema, &format!("{name}Aggregate"), &format!("Aggregates of a list of {many}."), fields, &[]);
        let about = format!("Conditions on aggregates of {many}. All must match. A field that is null is ignored.");
        input_object(schema, &format!("{name}AggregateWhere"), &about, false, conditions(catalog, declared));
    }
    let mut keys = vec![input("count", "OrderDirection", "The number of records.")];
    keys.extend(
        functions(catalog, declared).map(|function| input(function.name(), member(function, "Order"), about(function))),
    );
    let about = format!("A sort key by an aggregate of {many}: exactly one field.");
    input_object(schema, &format!("{name}AggregateOrder"), &about, true, keys);
}

/// Returns the input fields with conditions on the measures of records of a type.
pub(super) fn conditions(catalog: &Catalog, declared: &ObjectType) -> Vec<Input> {
    let mut fields = vec![input("count", "IntFilter", "The number of entries.")];
    let filter = |function: Function| format!("{}{}Where", declared.name, function.suffix());
    fields.extend(functions(catalog, declared).map(|function| input(function.name(), filter(function), about(function))));
    fields
}

/// Declares the results of a function of the fields of a type, the conditions on them, and the sort keys by them.
fn measures(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, function: Function, many: &str) {
    let name = format!("{}{}", declared.name, function.suffix());
    let (mut results, mut conditions, mut keys): (Vec<Field>, Vec<Input>, Vec<Input>) = Default::default();
    for (declared, by) in declared.measured(catalog, function) {
        let about = first_sentence(declared.about);
        if let Criterion::Value(_, ix) = by {
            let nested = format!("{}{}", catalog.object(ix).name, function.suffix());
            results.push(field(declared.name, format!("{nested}!"), about));
            conditions.push(input(declared.name, format!("{nested}Where"), about));
            keys.push(input(declared.name, format!("{nested}Order"), about));
            continue;
        }
        let scalar = match (function, by) {
            (Function::CountDistinct, _) => Scalar::Int,
            (Function::Sum | Function::Avg, _) => Scalar::Float,
            (_, Criterion::Scalar(_, scalar)) => scalar,
            _ => continue,
        };
        let sign = if function == Function::CountDistinct { "!" } else { "" };
        results.push(field(declared.name, format!("{}{sign}", scalar_name(catalog, scalar)), about));
        conditions.push(input(declared.name, filter_name(catalog, scalar), about));
        keys.push(input(declared.name, "OrderDirection", about));
    }
    let (what, null) = match function {
        Function::CountDistinct => ("Numbers of different values", ""),
        Function::Min | Function::Max => ("Least or greatest values", " Null if no record has a value."),
        Function::Sum | Function::Avg => ("Sums or means", " Null if no record has a value."),
    };
    if declared.table().is_none() || declared.content().is_some() {
        object(schema, &name, &format!("{what} of fields of {many}.{null}"), results, &[]);
    }
    let unrounded = match function {
        Function::Sum | Function::Avg => " Unlike in responses, means are not rounded.",
        Function::CountDistinct | Function::Min | Function::Max => "",
    };
    let about = format!("Conditions on {} of fields of {many}. All must match.{unrounded}", what.to_lowercase());
    input_object(schema, &format!("{name}Where"), &about, false, conditions);
    let about = format!("A sort key by {} of fields of {many}: exactly one field.{unrounded}", what.to_lowercase());
    input_object(schema, &format!("{name}Order"), &about, true, keys);
}

/// Returns the fields of the connection of a content type that are computed from the entries of all pages. A type without
/// dimensions has neither facets nor groups.
pub(super) fn of_all_entries(catalog: &Catalog, declared: &ObjectType) -> Vec<Field> {
    let name = declared.name;
    let aggregate = field("aggregate", format!("{name}Aggregate!"), "Aggregates of the entries of all pages.");
    if declared.dimensions(catalog).is_empty() {
        return vec![aggregate];
    }
    let having = format!("Only groups that match. At most {MAX_CONDITIONS} conditions, and {MAX_VALUES} values in a list.");
    let ranges = ranges::argument(declared.name, &declared.numbers(catalog));
    let (included, of_both) = if ranges.is_some() { (", including those of `ranges`", " and `ranges`") } else { ("", "") };
    let by = format!("The dimensions by which records are grouped: 1 to {MAX_DIMENSIONS} dimensions{included}.");
    let order = format!(
        "Up to {MAX_ORDER_KEYS} sort keys, most important first. Ties are broken by the dimensions in the order of \
         `by`{of_both}, each ascending, null last. Without sort keys, this is the order of the groups."
    );
    let by = input("by", format!("[{name}Dimension!]!"), &by);
    let mut arguments = vec![if ranges.is_some() { by.or(Value::List(Vec::new())) } else { by }];
    arguments.extend(ranges);
    arguments.extend([
        input("having", format!("{name}AggregateWhere"), &having),
        input("orderBy", format!("[{name}GroupOrder!]"), &order),
    ]);
    arguments.extend(page_arguments());
    let groups = format!(
        "The entries of all pages in groups. `where` and `search` select the entries, and the groups have pages of their \
         own. If several dimensions are fields of one list of objects, the key of a group has the values of a single \
         object. Groups have at most {} dimensions and aggregates in total.",
        COLUMNS.len()
    );
    vec![
        aggregate,
        field(
            "facets",
            format!("{name}Facets!"),
            "The most frequent values of fields among the entries of all pages. A facet ignores the conditions of `where` on its \
             own field. A facet of a relation ignores only conditions on `id` and `slug`. Conditions within `or` and `not`, all \
             other conditions, and `search` always apply. If the field of a facet is in a list of objects, an entry counts \
             for the values of all these objects, even of those that do not match other conditions on that list. Values \
             that match the conditions on the field of the facet come first. A value without entries is not listed.",
        ),
        field("groups", format!("{name}GroupConnection!"), &groups).with(arguments),
    ]
}

/// Declares the facets and the groups of a content type; none if it has no dimensions. `many` is the plural of its name,
/// in words.
pub(super) fn groups(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let (name, dimensions) = (declared.name, declared.dimensions(catalog));
    if dimensions.is_empty() {
        return;
    }
    let first = format!("Number of values, 0 to {MAX_PAGE_SIZE}. Default {DEFAULT_VALUES}.");
    let facets = dimensions.iter().map(|dimension| {
        let values = format!("[{}!]!", dimension.values.facet_name(catalog));
        let facet = field(&dimension.of.name(), values, &about_facet(&dimension.of));
        facet.with(vec![input("first", "Int", &first)])
    });
    let facets = facets.collect();
    object(schema, &format!("{name}Facets"), &format!("The most frequent values of fields of {many}."), facets, &[]);
    let value = |Dimension { of, .. }: &Dimension<'_>| enum_value(of.enum_name(), about_dimension(of), of.label());
    let about = format!("What {many} are grouped by. This list may grow.");
    schema.declare(&format!("{name}Dimension"), &about, TypeKind::Enum(dimensions.iter().map(value).collect()));
    keys(schema, catalog, declared, many, &dimensions);
    let keys = vec![
        input("key", format!("{name}GroupKeyOrder"), "The key of the group; records are ordered by slug."),
        input("aggregate", format!("{name}AggregateOrder"), "Aggregates of the records."),
    ];
    input_object(
        schema,
        &format!("{name}GroupOrder"),
        &format!("A sort key for groups of {many}: exactly one field."),
        true,
        keys,
    );
    let fields = vec![
        field("key", format!("{name}GroupKey!"), "The key of the group."),
        field("aggregate", format!("{name}Aggregate!"), "Aggregates of the records."),
    ];
    object(schema, &format!("{name}Group"), &format!("A group of {many}."), fields, &[]);
    let fields = vec![
        field("edges", format!("[{name}GroupEdge!]!"), "Groups of the page with their cursors."),
        field("nodes", format!("[{name}Group!]!"), "Groups of the page."),
        field("pageInfo", "PageInfo!", "Position of the page in the list."),
        field("totalCount", "Int!", "Number of groups on all pages."),
        field(
            "overlapping",
            "Boolean!",
            "True if a record may be in several groups, because a dimension has several values for one record. Then the counts of \
             the groups must not be added up.",
        ),
    ];
    object(schema, &format!("{name}GroupConnection"), &format!("A page of groups of {many}."), fields, &[]);
    let fields = vec![
        field(
            "cursor",
            "String!",
            "Position of the group, for `after` and `before`. Valid only with the same dimensions and the same `orderBy`.",
        ),
        field("node", format!("{name}Group!"), "The group."),
    ];
    object(schema, &format!("{name}GroupEdge"), &format!("A group of a list of groups of {many}."), fields, &[]);
}

/// Declares the keys of groups of a content type, and the sort keys by them.
fn keys(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str, dimensions: &[Dimension<'_>]) {
    let (name, numbers) = (declared.name, declared.numbers(catalog));
    ranges::declare(schema, name, many, &numbers);
    let dimensions = dimensions.iter().map(|Dimension { of, values }| {
        let ty = match values {
            DimensionValues::Choice(ix) => scalar_name(catalog, Scalar::Choice(*ix)),
            DimensionValues::Int => "Int",
            DimensionValues::Boolean => "Boolean",
            DimensionValues::Record(target) => catalog.target(*target).name,
        };
        field(&of.name(), ty, &about_dimension(of))
    });
    let keys: Vec<Field> = dimensions.chain(numbers.iter().map(ranges::key)).collect();
    let names: BTreeSet<String> = keys.iter().map(|key| key.name.clone()).collect();
    assert_eq!(names.len(), keys.len(), "two dimensions of {name} have the same name");
    let sort_keys = keys.iter().map(|key| input(&key.name, "OrderDirection", &key.about)).collect();
    let about = format!("A sort key by the key of a group of {many}: exactly one dimension of the groups.");
    input_object(schema, &format!("{name}GroupKeyOrder"), &about, true, sort_keys);
    let about = format!(
        "The key of a group of {many}. A field is null if the groups do not have this dimension, or if the records have no value."
    );
    object(schema, &format!("{name}GroupKey"), &about, keys, &[]);
}

/// Describes a field that groups records.
pub(super) fn about_dimension(of: &GroupedField<'_>) -> String {
    let about = first_sentence(of.field.about);
    if of.outer.is_some() { format!("{}: {about}", path(of)) } else { about.to_owned() }
}

/// Returns the names of a field and of those that lead to it: "`speed` of `recovery`".
pub(super) fn path(of: &GroupedField<'_>) -> String {
    let mut names: Vec<String> = of.path().map(|field| format!("`{}`", field.name)).collect();
    names.reverse();
    names.join(" of ")
}

fn about_facet(of: &GroupedField<'_>) -> String {
    let overlap = if of.is_overlapping() { " A record counts for each of its values." } else { "" };
    let about = about_dimension(of);
    // A facet does not count records without a value.
    let end = about.find("; null ").or_else(|| about.find("; otherwise null"));
    let about = match end {
        Some(end) => format!("{}.", &about[..end]),
        None => about,
    };
    format!("The selected values first, then the most frequent. {about}{overlap}")
}

/// Declares the types of the values of facets: one for each enumeration, and those of integers, booleans and records.
pub(super) fn facet_values(schema: &mut Schema, catalog: &Catalog) {
    let mut declared = BTreeSet::new();
    for (object, _) in catalog.contents() {
        for dimension in object.dimensions(catalog) {
            let name = dimension.values.facet_name(catalog);
            if declared.insert(name.clone()) {
                facet_value(schema, catalog, dimension.values, &name);
            }
        }
    }
}

fn facet_value(schema: &mut Schema, catalog: &Catalog, values: DimensionValues, name: &str) {
    let (ty, about) = match values {
        DimensionValues::Choice(ix) => (scalar_name(catalog, Scalar::Choice(ix)), "The value."),
        DimensionValues::Int => ("Int", "The value."),
        DimensionValues::Boolean => ("Boolean", "The value."),
        DimensionValues::Record(_) => ("String", "Slug of the record."),
    };
    let fields = vec![
        field("value", format!("{ty}!"), about),
        field("label", "String!", "Label for users; for a record its name or title."),
        field("count", "Int!", "Number of entries with this value."),
        field("selected", "Boolean!", "True if the value matches the conditions of `where` on the field of the facet."),
    ];
    object(schema, name, "A value of a field in a list, with the number of entries that have it.", fields, &[]);
}
