//! The schema as the reference shows it, read from the result of introspection.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

/// The types of the schema.
#[derive(Debug)]
pub struct Schema {
    types: BTreeMap<String, Type>,
    /// The fields that use each type, as their type or as the type of an argument.
    users: BTreeMap<String, BTreeSet<(String, String)>>,
}

/// A type.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    /// Its name.
    pub name: String,
    /// Its kind, such as `OBJECT`.
    pub kind: String,
    /// Its description in the schema.
    pub description: Option<String>,
    /// Fields of an object or an interface.
    pub fields: Option<Vec<Field>>,
    /// Fields of an input object.
    pub input_fields: Option<Vec<Input>>,
    /// Values of an enumeration.
    pub enum_values: Option<Vec<EnumValue>>,
    /// Object types of an interface or a union.
    pub possible_types: Option<Vec<TypeRef>>,
}

/// A field with its arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its description, which says what null means.
    pub description: Option<String>,
    /// Its arguments.
    pub args: Vec<Input>,
    /// Its type.
    pub r#type: TypeRef,
}

/// An argument, or a field of an input object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its description, with its limits.
    pub description: Option<String>,
    /// Its type.
    pub r#type: TypeRef,
    /// Its default in the syntax of GraphQL; `None` if it has none.
    pub default_value: Option<String>,
}

/// A value of an enumeration.
#[derive(Clone, Debug, Deserialize)]
pub struct EnumValue {
    /// Its name.
    pub name: String,
    /// Its meaning.
    pub description: Option<String>,
}

/// A reference to a type, with its list and non-null wrappers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeRef {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<TypeRef>>,
}

impl TypeRef {
    /// Returns the name of the type without list and non-null wrappers.
    pub fn named(&self) -> &str {
        match (&self.name, &self.of_type) {
            (Some(name), _) => name,
            (None, Some(inner)) => inner.named(),
            (None, None) => "",
        }
    }

    /// Returns the type in the syntax of GraphQL.
    pub fn written(&self) -> String {
        let inner = || self.of_type.as_ref().map(|inner| inner.written()).unwrap_or_default();
        match self.kind.as_str() {
            "NON_NULL" => format!("{}!", inner()),
            "LIST" => format!("[{}]", inner()),
            _ => self.name.clone().unwrap_or_default(),
        }
    }
}

impl Schema {
    /// Reads the value of `__schema`.
    ///
    /// # Errors
    /// Returns an error if the value is not the result of introspection.
    pub fn read(schema: &Json) -> Result<Self, serde_json::Error> {
        let all: Vec<Type> = serde_json::from_value(schema["types"].clone())?;
        let mut users: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        let mut add = |used: &TypeRef, owner: &str, field: &str| {
            users.entry(used.named().to_owned()).or_default().insert((owner.to_owned(), field.to_owned()));
        };
        for one in &all {
            for field in one.fields.iter().flatten() {
                add(&field.r#type, &one.name, &field.name);
                field.args.iter().for_each(|argument| add(&argument.r#type, &one.name, &field.name));
            }
            one.input_fields.iter().flatten().for_each(|field| add(&field.r#type, &one.name, &field.name));
        }
        // The types of introspection begin with two underscores. They are part of GraphQL, not of this service.
        let own = all.into_iter().filter(|one| !one.name.starts_with("__"));
        Ok(Self { types: own.map(|one| (one.name.clone(), one)).collect(), users })
    }

    /// Returns all types by name.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.values()
    }

    /// Returns the type with this name; `None` if there is none.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// Returns the root field `Query.NAME`, `Mutation.NAME` or `Subscription.NAME`; `None` if there is none.
    #[must_use]
    pub fn root_field(&self, path: &str) -> Option<(&Type, &Field)> {
        let (owner, name) = path.split_once('.')?;
        let owner = self.find(owner).filter(|owner| is_root(&owner.name))?;
        owner.fields.iter().flatten().find(|field| field.name == name).map(|field| (owner, field))
    }

    /// Returns the fields that use a type, each as the name of its own type and its name.
    pub fn users(&self, name: &str) -> impl Iterator<Item = &(String, String)> {
        self.users.get(name).into_iter().flatten()
    }
}

/// Names of the types whose fields are root fields, in the order of the reference.
pub const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// Reports whether the fields of the type with this name are root fields.
pub fn is_root(name: &str) -> bool {
    ROOTS.contains(&name)
}
