//! Registers the GraphQL types of a catalog. The one file that touches async-graphql's registry.

use async_graphql::{
    indexmap::IndexMap,
    registry::{
        EnumBuilder, InputObjectBuilder, MetaEnumValue, MetaField, MetaInputValue, MetaType, ObjectBuilder, Registry,
    },
};

use super::{
    catalog::{Catalog, Field, Kind, ObjectType, Scalar, words},
    filter::{is_filterable, operators_of},
    input::{MAX_CONDITIONS, MAX_VALUES},
    order::{DIRECTIONS, MAX_ORDER_KEYS, is_sortable},
    page::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE},
    planner::is_nullable,
};

/// A field of the query root that the engine does not answer: name, type, description.
pub type OtherField = (&'static str, String, &'static str);

/// Registers every type of the catalog, and the query root with its fields for each content type, `node` and `nodes`.
pub fn query(registry: &mut Registry, catalog: &'static Catalog, name: &str, about: &str, others: Vec<OtherField>) {
    let mut fields: Vec<MetaField> = others.into_iter().map(|(name, ty, about)| field(name, ty, about)).collect();
    for (object, role) in catalog.contents() {
        let about_one = format!("One {}, by its id or its slug. Null when there is none.", words(object.name));
        let one = field(role.singular, object.name, &about_one);
        fields.push(with(one, vec![input("by", format!("{}By!", object.name), "Which one.")]));
        let about_many = format!("All {}, a page at a time. Null only beside an error about it.", words(role.plural));
        let many = field(role.plural, format!("{}Connection", object.name), &about_many);
        fields.push(with(many, connection_arguments(object.name)));
    }
    let node = field("node", "Node", "Any content, by its id. Null when there is none.");
    fields.push(with(node, vec![input("id", "ID!", "The typed id.")]));
    let nodes =
        field("nodes", "[Node]", "Any content, by ids: an entry for each id in the order given, null where there is none.");
    let about_ids = format!("The ids, at most {MAX_PAGE_SIZE}.");
    fields.push(with(nodes, vec![input("ids", "[ID!]!", &about_ids)]));
    object(registry, name, about, fields);

    shared(registry, catalog);
    for choice in catalog.choices() {
        enumeration(registry, choice.name, choice.about, choice.values);
    }
    for declared in catalog.objects() {
        let many = declared.content().map_or_else(|| format!("{}s", words(declared.name)), |role| words(role.plural));
        let fields = declared.fields.iter().map(|declared| output(catalog, declared)).collect();
        object(registry, declared.name, declared.about, fields);
        if declared.content().is_some() {
            registry.add_implements(declared.name, "Node");
            content(registry, declared, &many);
        }
        if declared.table().is_some() {
            wheres(registry, catalog, declared, &many);
        }
        orders(registry, catalog, declared, &many);
    }
}

/// What all types share.
fn shared(registry: &mut Registry, catalog: &Catalog) {
    let id = field("id", "ID!", "Typed id, unique in the service and opaque to clients.");
    let node = MetaType::Interface {
        name: "Node".to_owned(),
        description: Some("Content that can be had by its id alone, through `node(id:)`.".to_owned()),
        fields: by_name(vec![id], |field| &field.name),
        possible_types: catalog.contents().map(|(object, _)| object.name.to_owned()).collect(),
        extends: false,
        keys: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    };
    insert(registry, "Node", node);
    let about = "Where a page stands in its list, as the Relay specification has it.";
    let fields = vec![
        field("hasNextPage", "Boolean!", "True when entries come after this page."),
        field("hasPreviousPage", "Boolean!", "True when entries come before this page."),
        field("startCursor", "String", "Cursor of the first entry; null when the page is empty."),
        field("endCursor", "String", "Cursor of the last entry; null when the page is empty."),
    ];
    object(registry, "PageInfo", about, fields);
    enumeration(registry, "OrderDirection", "Which way a list is sorted, and where null comes.", DIRECTIONS);
    let about = "Sorts by how many there are.";
    let fields = vec![input("count", "OrderDirection", "Which way.")];
    input_object(registry, "CountOrder", about, true, fields);

    let null = || input("isNull", "Boolean", "True for null, false for everything else.");
    let about = "Compares an id.";
    let ids = vec![
        input("eq", "ID", "Is exactly this."),
        input("ne", "ID", "Is not this; null matches."),
        input("in", "[ID!]", "Is one of these; an empty list matches nothing."),
        input("notIn", "[ID!]", "Is none of these; null matches."),
        null(),
    ];
    input_object(registry, "IdFilter", about, false, ids);
    let scalars = [Scalar::Text, Scalar::Int, Scalar::Float, Scalar::Boolean];
    let choices = catalog.choices().enumerate().map(|(at, _)| Scalar::Choice(super::catalog::ChoiceIx(at)));
    for scalar in scalars.into_iter().chain(choices) {
        let ty = scalar_name(catalog, scalar);
        let mut operators: Vec<MetaInputValue> = operators_of(scalar).iter().map(|name| operator(name, ty)).collect();
        operators.push(null());
        let about = format!("Compares a value of {ty}. What is given here must all hold.");
        input_object(registry, &filter_name(catalog, scalar), &about, false, operators);
    }
}

/// The types that only content has: connection, edge, and the key to ask for one.
fn content(registry: &mut Registry, declared: &ObjectType, many: &str) {
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
    object(registry, &format!("{name}Connection"), &about, fields);
    let about = format!("An entry of a list of {many}.");
    let fields = vec![
        field(
            "cursor",
            "String!",
            "Where the entry stands, for `after` and `before`. Belongs to the `orderBy` of its list.",
        ),
        field("node", format!("{name}!"), "The entry."),
    ];
    object(registry, &format!("{name}Edge"), &about, fields);
    let about = format!("Names one {}: give exactly one field.", words(name));
    let fields = vec![input("id", "ID", "Its typed id."), input("slug", "String", "Its slug, as documents give it.")];
    input_object(registry, &format!("{name}By"), &about, true, fields);
}

/// The filters of a type.
fn wheres(registry: &mut Registry, catalog: &Catalog, declared: &ObjectType, many: &str) {
    let name = format!("{}Where", declared.name);
    let mut fields = vec![
        input("and", format!("[{name}!]"), "All of these hold; an empty list holds always."),
        input("or", format!("[{name}!]"), "At least one of these holds; an empty list never holds."),
        input("not", &name, "This does not hold."),
    ];
    for field in declared.fields.iter().filter(|field| is_filterable(field)) {
        let about = first_sentence(field.about);
        fields.push(match &field.kind {
            Kind::Id => input(field.name, "IdFilter", about),
            Kind::Scalar(scalar) => input(field.name, filter_name(catalog, *scalar), about),
            Kind::One(target) => {
                let about = format!("{about} Null asks for those that have none.");
                input(field.name, format!("{}Where", catalog.object(*target).name), &about)
            }
            Kind::Parts { part: target, .. } => list_filter(catalog.object(*target), field),
            Kind::Many(many) => {
                let mut filter = list_filter(catalog.object(many.target), field);
                if !many.switches.is_empty() {
                    filter.description =
                        Some(format!("{} As with the defaults of its arguments.", first_sentence(field.about)));
                }
                filter
            }
            _ => continue,
        });
    }
    let about = format!("Which {many}. What is given here must all hold.");
    input_object(registry, &name, &about, false, fields);

    let about = format!("What must hold for a list of {many}. What is given here must all hold.");
    let fields = vec![
        input("some", &name, "Holds for at least one."),
        input("none", &name, "Holds for none."),
        input("every", &name, "Holds for every one; an empty list has no exception."),
    ];
    input_object(registry, &format!("{}ListWhere", declared.name), &about, false, fields);
}

fn list_filter(target: &ObjectType, field: &Field) -> MetaInputValue {
    input(field.name, format!("{}ListWhere", target.name), first_sentence(field.about))
}

/// The sort keys of a content type.
fn orders(registry: &mut Registry, catalog: &Catalog, declared: &ObjectType, many: &str) {
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
    input_object(registry, &format!("{}Order", declared.name), &about, true, keys.collect());
}

/// A declared field as an output field.
fn output(catalog: &Catalog, declared: &Field) -> MetaField {
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
                let mut argument = input(switch.name, "Boolean!", switch.about);
                argument.default_value = Some(switch.default.to_string());
                arguments.push(argument);
            }
            arguments.extend(connection_arguments(target));
            (format!("{target}Connection"), arguments)
        }
    };
    let ty = if is_nullable(declared) { ty } else { format!("{ty}!") };
    with(field(declared.name, ty, declared.about), arguments)
}

fn connection_arguments(target: &str) -> Vec<MetaInputValue> {
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

fn operator(name: &str, ty: &str) -> MetaInputValue {
    let list = format!("[{ty}!]");
    let (ty, about) = match name {
        "eq" => (ty, "Is exactly this."),
        "ne" => (ty, "Is not this; null matches."),
        "in" => (list.as_str(), "Is one of these; an empty list matches nothing."),
        "notIn" => (list.as_str(), "Is none of these; null matches."),
        "lt" => (ty, "Comes before this."),
        "lte" => (ty, "Is this or comes before it."),
        "gt" => (ty, "Comes after this."),
        "gte" => (ty, "Is this or comes after it."),
        "contains" => (ty, "Contains this text, in capitals or not."),
        "startsWith" => (ty, "Starts with this text, in capitals or not."),
        _ => (ty, "Ends with this text, in capitals or not."),
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
pub fn field(name: &str, ty: impl Into<String>, about: &str) -> MetaField {
    let mut field = MetaField::new(name, ty);
    field.description = Some(about.to_owned());
    field
}

fn with(mut field: MetaField, arguments: Vec<MetaInputValue>) -> MetaField {
    field.args = by_name(arguments, |argument| &argument.name);
    field
}

fn input(name: &str, ty: impl AsRef<str>, about: &str) -> MetaInputValue {
    let mut input = MetaInputValue::new(name, ty.as_ref());
    input.description = Some(about.to_owned());
    input
}

/// Registers an object type.
pub fn object(registry: &mut Registry, name: &str, about: &str, fields: Vec<MetaField>) {
    let fields = by_name(fields, |field| &field.name);
    let object = ObjectBuilder::new(name, fields).description(Some(about.to_owned())).build();
    insert(registry, name, object);
}

/// Registers a scalar type.
pub fn scalar(registry: &mut Registry, name: &str, about: &str, specified_by: &str) {
    let scalar = MetaType::Scalar {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        is_valid: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        specified_by_url: Some(specified_by.to_owned()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    };
    insert(registry, name, scalar);
}

fn input_object(registry: &mut Registry, name: &str, about: &str, one_of: bool, fields: Vec<MetaInputValue>) {
    let fields = by_name(fields, |field| &field.name);
    let object = InputObjectBuilder::new(name, fields).description(Some(about.to_owned())).oneof(one_of).build();
    insert(registry, name, object);
}

fn enumeration(registry: &mut Registry, name: &str, about: &str, values: &[(&str, &str)]) {
    let values = values.iter().map(|(value, about)| {
        let mut meta = MetaEnumValue::new(*value);
        meta.description = Some((*about).to_owned());
        meta
    });
    let values = by_name(values.collect(), |value| &value.name);
    let enumeration = EnumBuilder::new(name, values).description(Some(about.to_owned())).build();
    insert(registry, name, enumeration);
}

fn insert(registry: &mut Registry, name: &str, ty: MetaType) {
    let before = registry.types.insert(name.to_owned(), ty);
    assert!(before.is_none(), "two GraphQL types are called {name}");
}

fn by_name<T>(items: Vec<T>, name: impl Fn(&T) -> &String) -> IndexMap<String, T> {
    items.into_iter().map(|item| (name(&item).clone(), item)).collect()
}

fn first_sentence(about: &str) -> &str {
    about.split_once(". ").map_or(about, |(first, _)| &about[..=first.len()])
}
