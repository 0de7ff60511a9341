//! The built-in parts of every schema: scalars, directives, and the types of introspection
//! (<https://spec.graphql.org/draft/#sec-Schema-Introspection.Schema-Introspection-Schema>).

use super::{ByName, Directive, EnumValue, Field, Input, Schema, TypeKind, by_name};
use crate::graphql::value::Value;

/// The field of every object and interface that returns the name of the object's type.
pub const TYPE_NAME: &str = "__typename";

/// Where `@skip` and `@include` are allowed.
const SELECTIONS: &[&str] = &["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"];

/// The values of `__TypeKind`.
const KINDS: [&str; 8] = ["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL"];

/// The values of `__DirectiveLocation`.
const LOCATIONS: [&str; 19] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
];

/// The types of introspection, and their fields with types. A question mark after a field means that it has the argument
/// `includeDeprecated`.
const TYPES: &[(&str, &[(&str, &str)])] = &[
    (
        "__Schema",
        &[
            ("description", "String"),
            ("types", "[__Type!]!"),
            ("queryType", "__Type!"),
            ("mutationType", "__Type"),
            ("subscriptionType", "__Type"),
            ("directives", "[__Directive!]!"),
        ],
    ),
    (
        "__Type",
        &[
            ("kind", "__TypeKind!"),
            ("name", "String"),
            ("description", "String"),
            ("specifiedByURL", "String"),
            ("fields?", "[__Field!]"),
            ("interfaces", "[__Type!]"),
            ("possibleTypes", "[__Type!]"),
            ("enumValues?", "[__EnumValue!]"),
            ("inputFields?", "[__InputValue!]"),
            ("ofType", "__Type"),
            ("isOneOf", "Boolean"),
        ],
    ),
    (
        "__Field",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("args?", "[__InputValue!]!"),
            ("type", "__Type!"),
            ("isDeprecated", "Boolean!"),
            ("deprecationReason", "String"),
        ],
    ),
    (
        "__InputValue",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("type", "__Type!"),
            ("defaultValue", "String"),
            ("isDeprecated", "Boolean!"),
            ("deprecationReason", "String"),
        ],
    ),
    (
        "__EnumValue",
        &[("name", "String!"), ("description", "String"), ("isDeprecated", "Boolean!"), ("deprecationReason", "String")],
    ),
    (
        "__Directive",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("isRepeatable", "Boolean!"),
            ("locations", "[__DirectiveLocation!]!"),
            ("args?", "[__InputValue!]!"),
        ],
    ),
];

/// Declares the scalars and the types of introspection.
pub fn types(schema: &mut Schema) {
    for name in ["Int", "Float", "String", "Boolean", "ID"] {
        schema.declare(name, "", TypeKind::Scalar(None));
    }
    for (name, fields) in TYPES {
        let fields = fields.iter().map(|(name, ty)| match name.strip_suffix('?') {
            None => Field::new(name, ty, ""),
            Some(name) => {
                let argument = Input::new("includeDeprecated", "Boolean!", "").or(Value::Boolean(false));
                Field::new(name, ty, "").with(vec![argument])
            }
        });
        schema.declare(name, "", TypeKind::Object { fields: by_name(fields.collect()), implements: Vec::new() });
    }
    let values = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), EnumValue::default())).collect();
    schema.declare("__TypeKind", "", TypeKind::Enum(values(&KINDS)));
    schema.declare("__DirectiveLocation", "", TypeKind::Enum(values(&LOCATIONS)));
}

/// Returns `__typename`, and the introspection fields of the query root.
pub fn meta_fields() -> Vec<Field> {
    vec![
        Field::new(TYPE_NAME, "String!", ""),
        Field::new("__schema", "__Schema!", ""),
        Field::new("__type", "__Type", "").with(vec![Input::new("name", "String!", "")]),
    ]
}

/// Returns the directives of the specification.
pub fn directives() -> ByName<Directive> {
    let condition = || vec![Input::new("if", "Boolean!", "")];
    let reason = vec![Input::new("reason", "String!", "").or(Value::Text("No longer supported".to_owned()))];
    let all = [
        ("skip", condition(), SELECTIONS),
        ("include", condition(), SELECTIONS),
        ("deprecated", reason, &[][..]),
        ("specifiedBy", vec![Input::new("url", "String!", "")], &[][..]),
        ("oneOf", Vec::new(), &[][..]),
    ];
    let all = all
        .into_iter()
        .map(|(name, arguments, locations)| (name.to_owned(), Directive { name, arguments: by_name(arguments), locations }));
    all.collect()
}
