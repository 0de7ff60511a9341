//! Declares the GraphQL types of a catalog.

mod attribution;
mod filters;
mod groups;
mod inputs;
mod outputs;
mod patches;
mod ranges;
mod search;

use super::{
    catalog::{Catalog, ObjectKind, label, words},
    plan::arguments::{order::DIRECTIONS, page::MAX_PAGE_SIZE},
};
use crate::graphql::schema::{EnumValue, Field, Input, Schema, TypeKind, by_name};

pub use inputs::{document_name, documents};
pub use outputs::page_arguments;
pub use patches::{operation_name, patches};

/// Description of `OrderDirection`.
const ABOUT_ORDER: &str = "Direction of a sort key, and position of null. Texts are compared by code point: uppercase \
letters precede lowercase letters, and letters with accents follow `z`. Values of an enumeration are in the order in which \
it lists them.";

/// Labels of the values of `OrderDirection`.
const ORDER_LABELS: &[(&str, &str)] = &[
    ("ASC", "Ascending"),
    ("DESC", "Descending"),
    ("ASC_NULLS_FIRST", "Ascending, missing values first"),
    ("ASC_NULLS_LAST", "Ascending, missing values last"),
    ("DESC_NULLS_FIRST", "Descending, missing values first"),
    ("DESC_NULLS_LAST", "Descending, missing values last"),
];

/// The fields that all content types have.
const CONTENT_FIELDS: [&str; 7] = ["id", "slug", "formerly", "revision", "notice", "history", "attribution"];

/// Returns the root fields with content: those of each content type, `node`, `nodes` and `search`.
#[must_use]
pub fn roots(catalog: &Catalog) -> Vec<Field> {
    let mut fields = Vec::new();
    for (declared, role) in catalog.contents() {
        let about_one = format!("One {}, by id or slug. Null if there is none.", words(role.singular));
        let one = field(role.singular, declared.name, &about_one);
        fields.push(one.with(vec![input("by", format!("{}By!", declared.name), "Select by id or slug.")]));
        let about_many = format!("All {}, in pages. Null only if an error of this field is reported.", words(role.plural));
        let many = field(role.plural, format!("{}Connection", declared.name), &about_many);
        fields.push(many.with(outputs::connection_arguments(catalog, declared)));
    }
    let node = field("node", "Node", "A record of any type, by id. Null if there is none.");
    fields.push(node.with(vec![input("id", "ID!", "Typed id of the record.")]));
    let nodes = field(
        "nodes",
        "[Node]",
        "Records of any type, by id: one entry for each id, in the same order. An entry is null if no record has the id, or if \
         the id is malformed, which is also reported as an error.",
    );
    let about_ids = format!("Typed ids, at most {MAX_PAGE_SIZE}.");
    fields.push(nodes.with(vec![input("ids", "[ID!]!", &about_ids)]));
    fields.push(search::root(catalog));
    fields
}

/// Declares all types of the catalog.
pub fn types(schema: &mut Schema, catalog: &'static Catalog) {
    shared(schema, catalog);
    for choice in catalog.choices() {
        enumeration(schema, choice.name, choice.about, choice.values, choice.labels);
    }
    for declared in catalog.objects() {
        let many = declared.plural_words();
        outputs::declare(schema, catalog, declared, &many);
        if declared.is_service_record() {
            continue;
        }
        filters::wheres(schema, catalog, declared, &many);
        groups::aggregates(schema, catalog, declared, &many);
        if declared.content().is_some() {
            groups::groups(schema, catalog, declared, &many);
        }
        if !matches!(declared.kind, ObjectKind::Part { .. }) {
            filters::orders(schema, catalog, declared, &many);
        }
    }
}

/// Declares the types that all content types use.
fn shared(schema: &mut Schema, catalog: &Catalog) {
    let id = field("id", "ID!", "Typed id, unique in the service and opaque to clients.");
    let possible: Vec<String> = catalog.contents().map(|(object, _)| object.name.to_owned()).collect();
    let node = TypeKind::Interface { fields: by_name(vec![id]), possible: possible.clone() };
    schema.declare("Node", "A record of any type, which `node(id:)` returns.", node);
    let any = catalog.contents().next();
    let shared = any.into_iter().flat_map(|(object, _)| CONTENT_FIELDS.iter().filter_map(|name| object.field(name)));
    let fields = shared.map(|declared| outputs::output(catalog, declared)).collect();
    let record = TypeKind::Interface { fields: by_name(fields), possible };
    schema.declare("Record", "A record of any content type, with the fields that all content types have.", record);
    attribution::declare(schema);
    let about = "Position of a page in its list, as in the Relay specification.";
    let fields = vec![
        field("hasNextPage", "Boolean!", "True if entries follow this page."),
        field("hasPreviousPage", "Boolean!", "True if entries precede this page."),
        field("startCursor", "String", "Cursor of the first entry; null if the page is empty."),
        field("endCursor", "String", "Cursor of the last entry; null if the page is empty."),
    ];
    object(schema, "PageInfo", about, fields, &[]);
    enumeration(schema, "OrderDirection", ABOUT_ORDER, DIRECTIONS, ORDER_LABELS);
    groups::facet_values(schema, catalog);
    ranges::shared(schema);
    filters::operators(schema, catalog);
    search::declare(schema, catalog);
}

/// Creates a field of a type.
#[must_use]
pub fn field(name: &str, ty: impl AsRef<str>, about: &str) -> Field {
    Field::new(name, ty, about)
}

/// Creates an argument, or a field of an input object.
#[must_use]
pub fn input(name: &str, ty: impl AsRef<str>, about: &str) -> Input {
    Input::new(name, ty, about)
}

/// Declares an object type.
pub fn object(schema: &mut Schema, name: &str, about: &str, fields: Vec<Field>, implements: &[&str]) {
    let implements = implements.iter().map(|name| (*name).to_owned()).collect();
    schema.declare(name, about, TypeKind::Object { fields: by_name(fields), implements });
}

/// Declares an input type. With `one_of`, exactly one field must be set.
pub fn input_object(schema: &mut Schema, name: &str, about: &str, one_of: bool, fields: Vec<Input>) {
    schema.declare(name, about, TypeKind::Input { fields: by_name(fields), one_of });
}

/// Creates a value of an enumeration, with its label for users.
fn enum_value(name: impl Into<String>, about: impl Into<String>, label: String) -> (String, EnumValue) {
    (name.into(), EnumValue { about: about.into(), label })
}

/// Declares an enumeration: its values, each with its description. `labels` has the labels that are not derived from the
/// names of their values.
pub fn enumeration(schema: &mut Schema, name: &str, about: &str, values: &[(&str, &str)], labels: &[(&str, &str)]) {
    let value = |(name, about): &(&str, &str)| enum_value(*name, *about, label(name, labels));
    schema.declare(name, about, TypeKind::Enum(values.iter().map(value).collect()));
}
