//! Declares object types, and the connections of content types.

use super::{field, groups, input, input_object, object, search};
use crate::{
    engine::{
        catalog::{Catalog, Field, Format, Kind, ObjectType, Scalar, Target, Through, with_article, words},
        plan::{
            arguments::{
                input::{MAX_CONDITIONS, MAX_NESTING, MAX_VALUES},
                order::MAX_ORDER_KEYS,
                page::{DEFAULT_PAGE_SIZE, MAX_OFFSET, MAX_PAGE_SIZE},
            },
            attribution::ATTRIBUTION,
        },
    },
    graphql::{
        schema::{Field as Output, Input, Schema},
        value::Value,
    },
};

/// Declares the object type of a declared type. For content types and service records, it also declares the connection
/// and the edge; for a content type, also the input type of `by`, which selects one record. `many` is the plural of its
/// name, in words.
pub(super) fn declare(schema: &mut Schema, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let fields = declared.fields.iter().map(|declared| output(catalog, declared)).collect();
    let implements: &[&str] = if declared.content().is_some() { &["Node", "Record"] } else { &[] };
    object(schema, declared.name, declared.about, fields, implements);
    if declared.content().is_some() || declared.is_service_record() {
        connection(schema, catalog, declared, (declared.name, many), None);
    }
    for (through, target) in declared.fields.iter().filter_map(Field::through) {
        let target = catalog.target(target);
        let many = format!("{} of {}", target.plural_words(), with_article(&words(declared.name)));
        connection(schema, catalog, target, (&through.list_name(target.name), &many), Some(through));
    }
    if let Some(role) = declared.content() {
        let about = format!("Selects one {} by exactly one field.", words(role.singular));
        let fields =
            vec![input("id", "ID", "The id of the record."), input("slug", "String", "Slug, as in URLs and documents.")];
        input_object(schema, &format!("{}By", declared.name), &about, true, fields);
    }
}

/// Declares the connection of a type and its edge, whose names begin with `name`. `many` is the plural of the records, in
/// words. Only records of content types can be searched. For a relation through other records, `through` is the relation.
fn connection(
    schema: &mut Schema,
    catalog: &Catalog,
    declared: &ObjectType,
    (name, many): (&str, &str),
    through: Option<&Through>,
) {
    let is_searched = declared.content().is_some();
    let node = declared.name;
    let about = format!("A page of a list of {many}.");
    let mut fields = vec![
        field("edges", format!("[{name}Edge!]!"), "Entries of the page with their cursors."),
        field("nodes", format!("[{node}!]!"), "Entries of the page."),
        field("pageInfo", "PageInfo!", "Position of the page in the list."),
        field("totalCount", "Int!", "Number of entries on all pages."),
    ];
    if is_searched {
        fields.push(field("didYouMean", "String", search::DID_YOU_MEAN));
        fields.push(field("expansions", "[SearchExpansion!]!", search::EXPANSIONS));
        fields.extend(groups::of_all_entries(catalog, declared));
    }
    object(schema, &format!("{name}Connection"), &about, fields, &[]);
    let about = format!("An entry of a list of {many}.");
    let mut fields = vec![
        field("cursor", "String!", "Position of the entry, for `after` and `before`. Valid only in the same order."),
        field("node", format!("{node}!"), "The entry."),
    ];
    if let Some(through) = through {
        let between = catalog.target(through.between);
        let many = between.plural_words();
        let about = format!("Aggregates of the {many} that relate this entry to the parent of the list.");
        fields.push(field(through.first, format!("{}Aggregate!", between.name), &about));
    }
    if is_searched {
        let about = "Points of the entry in the search, for comparison within one list; null without `search`.";
        fields.push(field("score", "Int", about));
        fields.push(field("matchedOn", "[SearchMatch!]!", search::MATCHED_ON));
        fields.push(field("highlight", "[SearchHighlight!]!", search::HIGHLIGHT));
    }
    object(schema, &format!("{name}Edge"), &about, fields, &[]);
}

/// Returns the GraphQL field of a declared field.
pub(super) fn output(catalog: &Catalog, declared: &Field) -> Output {
    let object = |ix| catalog.object(ix).name;
    let (ty, arguments) = match &declared.kind {
        Kind::Id(_) => ("ID".to_owned(), Vec::new()),
        Kind::Scalar(_) if declared.format == Some(Format::DateTime) => ("DateTime".to_owned(), Vec::new()),
        Kind::Scalar(scalar) => (scalar_name(catalog, *scalar).to_owned(), Vec::new()),
        Kind::Scalars(scalar) => (format!("[{}!]", scalar_name(catalog, *scalar)), Vec::new()),
        Kind::Value(ix) | Kind::One(Target { ix, .. }) => (object(*ix).to_owned(), Vec::new()),
        Kind::Attribution => (ATTRIBUTION.to_owned(), Vec::new()),
        Kind::Values(ix) => (format!("[{}!]", object(*ix)), Vec::new()),
        Kind::Parts { part, .. } => (format!("[{}!]", object(part.ix)), part_arguments(catalog.target(*part))),
        Kind::Refs(target) => {
            (format!("{}Connection", object(target.ix)), connection_arguments(catalog, catalog.target(*target)))
        }
        Kind::Many(many) => {
            let target = object(many.target.ix);
            let mut arguments = Vec::new();
            for switch in &many.switches {
                arguments.push(input(switch.name, "Boolean!", switch.about).or(Value::Boolean(switch.default)));
            }
            arguments.extend(connection_arguments(catalog, catalog.target(many.target)));
            let list = declared.through().map(|(through, _)| through.list_name(target));
            (format!("{}Connection", list.as_deref().unwrap_or(target)), arguments)
        }
    };
    let ty = if declared.is_nullable() { ty } else { format!("{ty}!") };
    field(declared.name, ty, declared.about).with(arguments)
}

/// Returns the arguments of a list of parts of a type.
fn part_arguments(part: &ObjectType) -> Vec<Input> {
    let first = format!("Number of entries from the start, 0 to {MAX_PAGE_SIZE}. Without it, the list has all entries.");
    vec![input("first", "Int", &first), where_argument(part)]
}

/// Returns the argument that filters a list.
fn where_argument(target: &ObjectType) -> Input {
    let about = format!(
        "Only entries that match. At most {MAX_CONDITIONS} conditions, {MAX_VALUES} values in a list, and {MAX_NESTING} levels of input objects."
    );
    input("where", format!("{}Where", target.name), &about)
}

/// Returns the arguments of a connection of a type.
pub(super) fn connection_arguments(catalog: &Catalog, target: &ObjectType) -> Vec<Input> {
    let order = format!(
        "Up to {MAX_ORDER_KEYS} sort keys, most important first. Ties: default order, then id. Default with `search`: the \
         highest score first."
    );
    let mut arguments = page_arguments();
    if target.is_service_record() {
        return arguments;
    }
    arguments.extend([
        where_argument(target),
        input("search", "TextSearch", &search::about_argument(catalog, target)),
        input("orderBy", format!("[{}Order!]", target.name), &order),
    ]);
    arguments
}

/// Returns the arguments that select a page of a list.
#[must_use]
pub fn page_arguments() -> Vec<Input> {
    let first = format!(
        "Number of entries from the start, 0 to {MAX_PAGE_SIZE}. Default {DEFAULT_PAGE_SIZE}, unless `last` is set."
    );
    let last = format!("Number of entries from the end, 0 to {MAX_PAGE_SIZE}. Not together with `first`.");
    let offset = format!(
        "Number of entries to skip from the start, 0 to {MAX_OFFSET}, for numbered pages. Not together with `last`, \
         `after` or `before`. Cursors are faster, and stay exact while the library changes."
    );
    vec![
        input("first", "Int", &first),
        input("after", "String", "Only entries after this cursor."),
        input("last", "Int", &last),
        input("before", "String", "Only entries before this cursor."),
        input("offset", "Int", &offset),
    ]
}

/// Returns the GraphQL type of a scalar.
pub(super) fn scalar_name(catalog: &Catalog, scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Text => "String",
        Scalar::Int => "Int",
        Scalar::Float => "Float",
        Scalar::Boolean => "Boolean",
        Scalar::Choice(ix) => catalog.choice(ix).name,
    }
}
