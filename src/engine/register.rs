//! Declares the GraphQL types of a catalog.

use super::{
    catalog::{Catalog, Field, Kind, ObjectType, Scalar, words},
    filter::{IS_NULL, is_filterable, operators_of},
    input::{MAX_CONDITIONS, MAX_VALUES},
    order::{DIRECTIONS, MAX_ORDER_KEYS, is_sortable},
    page::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE},
    planner::is_nullable,
};
use crate::graphql::{
    schema::{Field as Output, Input, Schema, TypeKind, by_name},
    value::Value,
};

/// What is smaller than what.
const ABOUT_ORDER: &str = "Which way a list is sorted, and where null comes. Texts are compared by code point, so that capitals come before \
small letters, and letters with accents after `z`. Values of an enumeration come in the order in which it lists them.";

/// What null means in a filter of a type or of a list.
const NULL_IS_LEFT_OUT: &str = "null means left out.";

/// What null means among the operators of a value.
const NULL_COMPARES_NOTHING: &str = "null means left out, and `eq: null` is refused.";

/// Registers every type of the catalog, and the query root with its fields for each content type, `node` and `nodes`.
pub fn query(schema: &mut Schema, catalog: &'static Catalog, name: &str, about: &str, others: Vec<Output>) {
    let mut fields = others;
    for (object, role) in catalog.contents() {
        let about_one = format!("One {}, by its id or its slug. Null when there is none.", words(object.name));
        let one = field(role.singular, object.name, &about_one);
        fields.push(one.with(vec![input("by", format!("{}By!", object.name), "Which one.")]));
        let about_many = format!("All {}, a page at a time. Null only beside an error about it.", words(role.plural));
        let many = field(role.plural, format!("{}Connection", object.name), &about_many);
        fields.push(many.with(connection_arguments(object.name)));
    }
    let node = field("node", "Node", "Any content, by its id. Null when there is none.");
    fields.push(node.with(vec![input("id", "ID!", "The typed id.")]));
    let nodes = field(
        "nodes",
        "[Node]",
        "Any content, by ids: an entry for each id in the order given, null where there is none. An id that is malformed is an error at its entry.",
    );
    let about_ids = format!("The ids, at most {MAX_PAGE_SIZE}.");
    fields.push(nodes.with(vec![input("ids", "[ID!]!", &about_ids)]));
    object(schema, name, about, fields, &[]);

    shared(schema, catalog);
    for choice in catalog.choices() {
        enumeration(schema, choice.name, choice.about, choice.values);
    }
    for declared in catalog.objects() {
        let many = declared.content().map_or_else(|| format!("{}s", words(declared.name)), |role| words(role.plural));
        let fields = declared.fields.iter().map(|declared| output(catalog, declared)).collect();
        let implements: &[&str] = if declared.content().is_some() { &["Node"] } else { &[] };
        object(schema, declared.name, declared.about, fields, implements);
        if declared.content().is_some() {
            content(schema, declared, &many);
        }
        if declared.table().is_some() {
            wheres(schema, catalog, declared, &many);
        }
        orders(schema, catalog, declared, &many);
    }
}

/// What all types share.
fn shared(schema: &mut Schema, catalog: &Catalog) {
    let id = field("id", "ID!", "Typed id, unique in the service and opaque to clients.");
    let node = TypeKind::Interface {
        fields: by_name(vec![id]),
        possible: catalog.contents().map(|(object, _)| object.name.to_owned()).collect(),
    };
    schema.declare("Node", "Content that can be had by its id alone, through `node(id:)`.", node);
    let about = "Where a page stands in its list, as the Relay specification has it.";
    let fields = vec![
        field("hasNextPage", "Boolean!", "True when entries come after this page."),
        field("hasPreviousPage", "Boolean!", "True when entries come before this page."),
        field("startCursor", "String", "Cursor of the first entry; null when the page is empty."),
        field("endCursor", "String", "Cursor of the last entry; null when the page is empty."),
    ];
    object(schema, "PageInfo", about, fields, &[]);
    enumeration(schema, "OrderDirection", ABOUT_ORDER, DIRECTIONS);
    let about = "Sorts by how many there are.";
    let fields = vec![input("count", "OrderDirection", "Which way.")];
    input_object(schema, "CountOrder", about, true, fields);

    let null = || input(IS_NULL, "Boolean", "True for null, false for everything else.");
    let about = format!("Compares an id. What is given here must all hold; {NULL_COMPARES_NOTHING}");
    let ids = vec![
        input("eq", "ID", "Is exactly this."),
        input("ne", "ID", "Is not this; null matches."),
        input("in", "[ID!]", "Is one of these; an empty list matches nothing."),
        input("notIn", "[ID!]", "Is none of these; null matches."),
        null(),
    ];
    input_object(schema, "IdFilter", &about, false, ids);
    let scalars = [Scalar::Text, Scalar::Int, Scalar::Float, Scalar::Boolean];
    let choices = catalog.choices().enumerate().map(|(at, _)| Scalar::Choice(super::catalog::ChoiceIx(at)));
    for scalar in scalars.into_iter().chain(choices) {
        let ty = scalar_name(catalog, scalar);
        let mut operators: Vec<Input> = operators_of(scalar).iter().map(|name| operator(name, ty)).collect();
        operators.push(null());
        let about = format!("Compares a value of {ty}. What is given here must all hold; {NULL_COMPARES_NOTHING}");
        input_object(schema, &filter_name(catalog, scalar), &about, false, operators);
    }
}

/// The types that only content has: connection, edge, and the key to ask for one.
fn content(schema: &mut Schema, declared: &ObjectType, many: &str) {
    let name = declared.name;
    let about = format!("A page of a list of {many}.");
    let fields = vec![
        field("edges", format!("[{name}Edge!]!"), "The entries of the page, each with its cursor."),
        field("nodes", format!("[{name}!]!"), "The entries of the page."),
        field("pageInfo", "PageInfo!", "Where the page stands in the list."),
        field(
            "totalCount",
            "Int!",
            "How many entries the whole list has, whatever the page. Counted only when it is asked for.",
        ),
    ];
    object(schema, &format!("{name}Connection"), &about, fields, &[]);
    let about = format!("An entry of a list of {many}.");
    let fields = vec![
        field(
            "cursor",
            "String!",
            "Where the entry stands, for `after` and `before`. Belongs to the `orderBy` of its list.",
        ),
        field("node", format!("{name}!"), "The entry."),
    ];
    object(schema, &format!("{name}Edge"), &about, fields, &[]);
    let about = format!("Names one {}: give exactly one field.", words(name));
    let fields = vec![input("id", "ID", "Its typed id."), input("slug", "String", "Its slug, as documents give it.")];
    input_object(schema, &format!("{name}By"), &about, true, fields);
}

/// The filters of a type.
fn wheres(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let name = format!("{}Where", declared.name);
    let mut fields = vec![
        input("and", format!("[{name}!]"), "All of these hold; an empty list holds always."),
        input("or", format!("[{name}!]"), "At least one of these holds; an empty list never holds."),
        input("not", &name, "This does not hold."),
        input(
            IS_NULL,
            "Boolean",
            "Directly in a relation to one: true for those that have none, false for those that have one. Refused elsewhere.",
        ),
    ];
    for field in declared.fields.iter().filter(|field| is_filterable(field)) {
        let about = first_sentence(field.about);
        fields.push(match &field.kind {
            Kind::Id => input(field.name, "IdFilter", about),
            Kind::Scalar(scalar) => input(field.name, filter_name(catalog, *scalar), about),
            Kind::One(target) => {
                let about = format!(
                    "{about} Holds for those that have one for which this holds; `isNull: true` for those that have none."
                );
                input(field.name, format!("{}Where", catalog.object(*target).name), &about)
            }
            Kind::Parts { part: target, .. } => list_filter(catalog.object(*target), field),
            Kind::Many(many) => {
                let mut filter = list_filter(catalog.object(many.target), field);
                if !many.switches.is_empty() {
                    filter.about = format!("{} As with the defaults of its arguments.", first_sentence(field.about));
                }
                filter
            }
            _ => continue,
        });
    }
    let about = format!("Which {many}. What is given here must all hold; {NULL_IS_LEFT_OUT}");
    input_object(schema, &name, &about, false, fields);

    let about = format!("What must hold for a list of {many}. What is given here must all hold; {NULL_IS_LEFT_OUT}");
    let fields = vec![
        input("some", &name, "Holds for at least one."),
        input("none", &name, "Holds for none."),
        input("every", &name, "Holds for every one; an empty list has no exception."),
    ];
    input_object(schema, &format!("{}ListWhere", declared.name), &about, false, fields);
}

fn list_filter(target: &ObjectType, field: &Field) -> Input {
    input(field.name, format!("{}ListWhere", target.name), first_sentence(field.about))
}

/// The sort keys of a content type.
fn orders(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    if declared.content().is_none() {
        return;
    }
    let keys = declared.fields.iter().filter(|field| is_sortable(field)).map(|field| {
        let about = first_sentence(field.about);
        match &field.kind {
            Kind::One(target) => input(field.name, format!("{}Order", catalog.object(*target).name), about),
            Kind::Parts { .. } | Kind::Many(_) => input(field.name, "CountOrder", about),
            _ => input(field.name, "OrderDirection", about),
        }
    });
    let about = format!("One sort key for {many}: give exactly one field.");
    input_object(schema, &format!("{}Order", declared.name), &about, true, keys.collect());
}

/// A declared field as an output field.
fn output(catalog: &Catalog, declared: &Field) -> Output {
    let object = |ix| catalog.object(ix).name;
    let (ty, arguments) = match &declared.kind {
        Kind::Id => ("ID".to_owned(), Vec::new()),
        Kind::Scalar(scalar) => (scalar_name(catalog, *scalar).to_owned(), Vec::new()),
        Kind::Scalars(scalar) => (format!("[{}!]", scalar_name(catalog, *scalar)), Vec::new()),
        Kind::Value(ix) | Kind::One(ix) => (object(*ix).to_owned(), Vec::new()),
        Kind::Values(ix) | Kind::Parts { part: ix, .. } => (format!("[{}!]", object(*ix)), Vec::new()),
        Kind::Refs(ix) => (format!("{}Connection", object(*ix)), connection_arguments(object(*ix))),
        Kind::Many(many) => {
            let target = object(many.target);
            let mut arguments = Vec::new();
            for switch in &many.switches {
                arguments.push(input(switch.name, "Boolean!", switch.about).or(Value::Boolean(switch.default)));
            }
            arguments.extend(connection_arguments(target));
            (format!("{target}Connection"), arguments)
        }
    };
    let ty = if is_nullable(declared) { ty } else { format!("{ty}!") };
    field(declared.name, ty, declared.about).with(arguments)
}

fn connection_arguments(target: &str) -> Vec<Input> {
    let first = format!(
        "How many entries from the start: 0 to {MAX_PAGE_SIZE}. {DEFAULT_PAGE_SIZE} when `last` is not given either."
    );
    let last = format!("How many entries from the end: 0 to {MAX_PAGE_SIZE}. Not together with `first`.");
    vec![
        input("first", "Int", &first),
        input("after", "String", "Only entries after this cursor."),
        input("last", "Int", &last),
        input("before", "String", "Only entries before this cursor."),
        input(
            "where",
            format!("{target}Where"),
            &format!(
                "Only entries for which this holds. At most {MAX_CONDITIONS} conditions, with at most {MAX_VALUES} values in a list."
            ),
        ),
        input(
            "orderBy",
            format!("[{target}Order!]"),
            &format!(
                "Sort keys, the weightiest first, at most {MAX_ORDER_KEYS}. Ties are in the order that the list has without this, and \
                 then by id, in the direction of the last key, so the order is always the same."
            ),
        ),
    ]
}

fn operator(name: &str, ty: &str) -> Input {
    let list = format!("[{ty}!]");
    let (ty, about) = match name {
        "eq" if ty == "String" => (ty, "Is exactly this: capitals and accents count."),
        "in" if ty == "String" => {
            (list.as_str(), "Is exactly one of these: capitals and accents count. An empty list matches nothing.")
        }
        "eq" => (ty, "Is exactly this."),
        "ne" => (ty, "Is not this; null matches."),
        "in" => (list.as_str(), "Is one of these; an empty list matches nothing."),
        "notIn" => (list.as_str(), "Is none of these; null matches."),
        "lt" => (ty, "Comes before this in the order of `orderBy`."),
        "lte" => (ty, "Is this or comes before it."),
        "gt" => (ty, "Comes after this."),
        "gte" => (ty, "Is this or comes after it."),
        "contains" => (ty, "Contains this text, in capitals or not; accents count."),
        "startsWith" => (ty, "Starts with this text, in capitals or not; accents count."),
        _ => (ty, "Ends with this text, in capitals or not; accents count."),
    };
    input(name, ty, about)
}

fn scalar_name(catalog: &Catalog, scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Text => "String",
        Scalar::Int => "Int",
        Scalar::Float => "Float",
        Scalar::Boolean => "Boolean",
        Scalar::Choice(ix) => catalog.choice(ix).name,
    }
}

fn filter_name(catalog: &Catalog, scalar: Scalar) -> String {
    match scalar {
        Scalar::Text => "TextFilter".to_owned(),
        other => format!("{}Filter", scalar_name(catalog, other)),
    }
}

/// A field.
#[must_use]
pub fn field(name: &str, ty: impl AsRef<str>, about: &str) -> Output {
    Output::new(name, ty, about)
}

fn input(name: &str, ty: impl AsRef<str>, about: &str) -> Input {
    Input::new(name, ty, about)
}

/// Declares an object type.
pub fn object(schema: &mut Schema, name: &str, about: &str, fields: Vec<Output>, implements: &[&str]) {
    let implements = implements.iter().map(|name| (*name).to_owned()).collect();
    schema.declare(name, about, TypeKind::Object { fields: by_name(fields), implements });
}

fn input_object(schema: &mut Schema, name: &str, about: &str, one_of: bool, fields: Vec<Input>) {
    schema.declare(name, about, TypeKind::Input { fields: by_name(fields), one_of });
}

fn enumeration(schema: &mut Schema, name: &str, about: &str, values: &[(&str, &str)]) {
    let values = values.iter().map(|(value, about)| ((*value).to_owned(), (*about).to_owned()));
    schema.declare(name, about, TypeKind::Enum(values.collect()));
}

fn first_sentence(about: &str) -> &str {
    about.split_once(". ").map_or(about, |(first, _)| &about[..=first.len()])
}
