//! Registers the schema with async-graphql, which prints it in the schema definition language, and runs the full
//! introspection query.
//!
//! No request reaches async-graphql, and no other file uses it.

use std::{borrow::Cow, pin::Pin};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Response, SDLExportOptions, ServerResult,
    SubscriptionType, Value as HostValue,
    indexmap::IndexMap,
    parser::types::Field as HostField,
    registry::{
        EnumBuilder, InputObjectBuilder, MetaEnumValue, MetaField, MetaInputValue, MetaType, ObjectBuilder, Registry,
    },
    resolver_utils::{ContainerType, resolve_container},
};
use futures_util::{FutureExt as _, Stream};
use serde_json::Value as Json;

use super::types::{ABOUT, MUTATION, QUERY, SCHEMA, SUBSCRIPTION};
use crate::graphql::schema::{ByName, Field, Input, Type, TypeKind};

/// The introspection query with all fields. A type within another type has only its name, by which [`super::operations::introspection`]
/// finds the complete type.
const EVERYTHING: &str = "{ __schema { description queryType { name } mutationType { name } subscriptionType { name } \
directives { name description isRepeatable locations args { ...Input } } types { kind name description specifiedByURL isOneOf \
fields(includeDeprecated: true) { name description args { ...Input } type { ...Type } isDeprecated deprecationReason } \
inputFields { ...Input } interfaces { ...Type } possibleTypes { ...Type } \
enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } } } \
fragment Input on __InputValue { name description type { ...Type } defaultValue isDeprecated deprecationReason } \
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

type Host = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema for async-graphql. Building takes time and memory, and the result is needed at most twice, so it is not
/// stored.
fn host() -> Host {
    async_graphql::Schema::build(Query, Mutation, Subscription).register_output_type::<Interfaces>().finish()
}

/// Returns the schema in the schema definition language, which `schema.graphql` contains.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by();
    let sdl = host().sdl_with_options(options);
    // async-graphql does not support a description of the schema itself.
    let sdl = sdl.trim_end().replace("\nschema {", &format!("\n\"{ABOUT}\"\nschema {{"));
    format!("{}\n", in_sections(&sdl))
}

/// Returns the printed definitions in sections: the root types, the output types with enumerations and scalars, the input
/// types, and the directives with the schema. Within a section, types are in the order of their names. Empty lines are only
/// between definitions: a test checks that every description is one line.
fn in_sections(sdl: &str) -> String {
    const HEADINGS: [&str; 4] = ["Root types", "Output types, enumerations and scalars", "Input types", "Directives"];
    let mut sections = HEADINGS.map(|heading| vec![format!("# {heading}")]);
    for definition in sdl.split("\n\n") {
        // Descriptions begin with a quotation mark, and fields are indented. So the first line that begins with a
        // lowercase letter has the keyword.
        let keyword = definition.lines().find(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
        let mut words = keyword.unwrap_or_default().split(' ');
        let section = match (words.next(), words.next()) {
            (Some("type"), Some(QUERY | MUTATION | SUBSCRIPTION)) => 0,
            (Some("input"), _) => 2,
            (Some("directive"), _) => 3,
            _ => 1,
        };
        sections[section].push(definition.to_owned());
    }
    sections.concat().join("\n\n")
}

/// Returns the value of `__schema` with all fields.
///
/// # Panics
/// If async-graphql fails. Then every test of introspection fails as well.
#[must_use]
pub fn introspection() -> Json {
    let response = host().execute(EVERYTHING).now_or_never();
    let data = response.map(|response| response.data.into_json());
    let Some(Ok(Json::Object(mut data))) = data else { panic!("the schema cannot be introspected") };
    data.remove("__schema").unwrap_or_default()
}

fn register(registry: &mut Registry) {
    for declared in SCHEMA.types().filter(|declared| !declared.is_builtin) {
        let before = registry.types.insert(declared.name.clone(), host_type(declared));
        debug_assert!(before.is_none(), "two GraphQL types are named {}", declared.name);
        if let TypeKind::Object { implements, .. } = &declared.kind {
            for interface in implements {
                registry.add_implements(&declared.name, interface);
            }
        }
    }
}

fn host_type(declared: &Type) -> MetaType {
    let (name, about) = (declared.name.as_str(), Some(declared.about.clone()));
    match &declared.kind {
        TypeKind::Scalar(specified_by) => MetaType::Scalar {
            name: name.to_owned(),
            description: about,
            is_valid: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            specified_by_url: specified_by.clone(),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
        TypeKind::Enum(values) => {
            let values = values.iter().map(|(name, value)| {
                let mut meta = MetaEnumValue::new(name.as_str());
                meta.description = Some(value.about.clone());
                (name.clone(), meta)
            });
            EnumBuilder::new(name, values.collect()).description(about).build()
        }
        TypeKind::Object { fields, .. } => ObjectBuilder::new(name, host_fields(fields)).description(about).build(),
        TypeKind::Interface { fields, possible } => MetaType::Interface {
            name: name.to_owned(),
            description: about,
            fields: host_fields(fields),
            possible_types: possible.iter().cloned().collect(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
        TypeKind::Input { fields, one_of } => {
            InputObjectBuilder::new(name, host_inputs(fields)).description(about).oneof(*one_of).build()
        }
    }
}

fn host_fields(fields: &ByName<Field>) -> IndexMap<String, MetaField> {
    let field = |field: &Field| {
        let mut meta = MetaField::new(&field.name, field.ty.to_string());
        meta.description = Some(field.about.clone());
        meta.args = host_inputs(&field.arguments);
        meta
    };
    fields.iter().map(|(name, declared)| (name.clone(), field(declared))).collect()
}

fn host_inputs(inputs: &ByName<Input>) -> IndexMap<String, MetaInputValue> {
    let input = |input: &Input| {
        let mut meta = MetaInputValue::new(&input.name, input.ty.to_string());
        meta.description = Some(input.about.clone());
        meta.default_value = input.default.as_ref().map(ToString::to_string);
        meta
    };
    inputs.iter().map(|(name, declared)| (name.clone(), input(declared))).collect()
}

/// The query root. It resolves nothing.
struct Query;

impl OutputType for Query {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(QUERY)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register(registry);
        QUERY.to_owned()
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<HostField>) -> ServerResult<HostValue> {
        resolve_container(ctx, self).await
    }
}

impl ContainerType for Query {
    async fn resolve_field(&self, _ctx: &Context<'_>) -> ServerResult<Option<HostValue>> {
        Ok(None)
    }
}

impl ObjectType for Query {}

/// The mutation root. The query root registers the type of the mutation root.
struct Mutation;

impl OutputType for Mutation {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(MUTATION)
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        MUTATION.to_owned()
    }

    async fn resolve(&self, _ctx: &ContextSelectionSet<'_>, _field: &Positioned<HostField>) -> ServerResult<HostValue> {
        Ok(HostValue::Null)
    }
}

impl ContainerType for Mutation {
    async fn resolve_field(&self, _ctx: &Context<'_>) -> ServerResult<Option<HostValue>> {
        Ok(None)
    }
}

impl ObjectType for Mutation {}

/// Registers the interfaces, because async-graphql removes those that objects implement but no field returns.
struct Interfaces;

impl OutputType for Interfaces {
    fn type_name() -> Cow<'static, str> {
        Query::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        for declared in SCHEMA.types().filter(|declared| matches!(declared.kind, TypeKind::Interface { .. })) {
            registry.types.insert(declared.name.clone(), host_type(declared));
        }
        QUERY.to_owned()
    }

    async fn resolve(&self, _ctx: &ContextSelectionSet<'_>, _field: &Positioned<HostField>) -> ServerResult<HostValue> {
        Ok(HostValue::Null)
    }
}

/// The subscription root. The query root registers the type of the subscription root.
struct Subscription;

impl SubscriptionType for Subscription {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(SUBSCRIPTION)
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        SUBSCRIPTION.to_owned()
    }

    fn create_field_stream<'a>(
        &'a self,
        _ctx: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        None
    }
}
