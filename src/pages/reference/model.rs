//! The schema as the reference shows it, read from the result of introspection.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    example::{self, Example},
    find::Item,
};

/// The types of the schema.
#[derive(Debug)]
pub struct Schema {
    types: BTreeMap<String, Type>,
    /// The fields that use each type, as their type or as the type of an argument.
    users: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Names of the types whose objects cost nothing, because the field that contains them is charged: aggregates, and the
    /// reports of mutations.
    uncharged: BTreeSet<String>,
    /// All types, fields, arguments and values, for the search of the reference.
    items: Vec<Item>,
    /// The examples of root fields of queries, by name.
    examples: BTreeMap<String, Example>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    pub name: String,
    /// Its kind, such as `OBJECT`.
    pub kind: String,
    /// Its description in the schema.
    pub description: Option<String>,
    pub fields: Option<Vec<Field>>,
    pub input_fields: Option<Vec<Input>>,
    pub enum_values: Option<Vec<EnumValue>>,
    /// Object types of an interface or a union.
    pub possible_types: Option<Vec<TypeRef>>,
}

/// A field with its arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    pub name: String,
    /// Its description, which says what null means.
    pub description: Option<String>,
    pub args: Vec<Input>,
    pub r#type: TypeRef,
}

/// An argument, or a field of an input object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub name: String,
    /// Its description, with its limits.
    pub description: Option<String>,
    pub r#type: TypeRef,
    /// Its default in the syntax of GraphQL; `None` if it has none.
    pub default_value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct EnumValue {
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

impl Type {
    /// Reports whether it is a page of a connection.
    pub fn is_page(&self) -> bool {
        self.has("pageInfo")
    }

    /// Reports whether it is the payload of a mutation.
    pub fn is_payload(&self) -> bool {
        self.kind == "OBJECT" && self.has("errors")
    }

    /// Reports whether its values have fields.
    pub fn is_composite(&self) -> bool {
        ["OBJECT", "INTERFACE", "UNION"].contains(&self.kind.as_str())
    }

    /// Reports whether it is an interface or a union that includes the type with this name.
    pub fn has_type(&self, name: &str) -> bool {
        self.possible_types.iter().flatten().any(|one| one.named() == name)
    }

    /// Reports whether it has a field with this name.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().flatten().any(|field| field.name == name)
    }
}

impl Field {
    /// Reports whether it has an argument with this name.
    pub fn has_argument(&self, name: &str) -> bool {
        self.args.iter().any(|argument| argument.name == name)
    }
}

impl Input {
    /// Reports whether every request must have it.
    pub fn is_required(&self) -> bool {
        self.r#type.kind == "NON_NULL" && self.default_value.is_none()
    }
}

impl TypeRef {
    /// Reports whether it is a list, nullable or not.
    pub fn is_list(&self) -> bool {
        match self.kind.as_str() {
            "NON_NULL" => self.of_type.as_ref().is_some_and(|inner| inner.is_list()),
            kind => kind == "LIST",
        }
    }

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
        let types: BTreeMap<String, Type> = own.map(|one| (one.name.clone(), one)).collect();
        let uncharged = uncharged(&types);
        let items = Item::all(types.values());
        let mut schema = Self { types, users, uncharged, items, examples: BTreeMap::new() };
        schema.examples = example::all(&schema);
        Ok(schema)
    }

    /// Returns the example of a root field of queries; `None` if it has none.
    pub(super) fn example(&self, field: &str) -> Option<&Example> {
        self.examples.get(field)
    }

    /// Returns the documents of all examples, and the documents that find the values of their variables.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.examples.values().flat_map(Example::documents)
    }

    /// Reports whether an interface of the type has this field too.
    pub(super) fn is_shared(&self, one: &Type, field: &str) -> bool {
        let mut interfaces = self.types().filter(|other| other.kind == "INTERFACE" && other.has_type(&one.name));
        interfaces.any(|interface| interface.has(field))
    }

    /// Returns all types, fields, arguments and values.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
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

    /// Reports whether the objects within a type cost nothing.
    #[must_use]
    pub fn is_uncharged(&self, one: &Type) -> bool {
        self.uncharged.contains(&one.name)
    }

    /// Returns the root field `Query.NAME`, `Mutation.NAME` or `Subscription.NAME`; `None` if there is none.
    #[must_use]
    pub fn root_field(&self, path: &str) -> Option<(&Type, &Field)> {
        let (owner, name) = path.split_once('.')?;
        let owner = self.find(owner).filter(|owner| is_root(&owner.name))?;
        owner.fields.iter().flatten().find(|field| field.name == name).map(|field| (owner, field))
    }

    /// Returns the fields that use a type, each as the name of the type that has the field, and the name of the field.
    pub fn users(&self, name: &str) -> impl Iterator<Item = &(String, String)> {
        self.users.get(name).into_iter().flatten()
    }
}

/// Names of the types whose fields are root fields, in the order of the reference.
pub const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// Name of the interface of all records.
const RECORD: &str = "Record";

/// Reports whether the fields of the type with this name are root fields.
pub fn is_root(name: &str) -> bool {
    ROOTS.contains(&name)
}

/// Returns the names of the types whose objects cost nothing: the types of the field `aggregate` of pages, the types of
/// the fields of payloads except records, and all types within these types.
fn uncharged(types: &BTreeMap<String, Type>) -> BTreeSet<String> {
    let fields = |one: &Type| one.fields.clone().unwrap_or_default();
    let is_record = |name: &str| name == RECORD || types.get(RECORD).is_some_and(|records| records.has_type(name));
    let begins = |one: &Type, field: &Field| {
        (one.is_page() && field.name == "aggregate") || (one.is_payload() && !is_record(field.r#type.named()))
    };
    let begin = types.values().flat_map(|one| fields(one).into_iter().filter(move |field| begins(one, field)));
    let mut open: Vec<String> = begin.map(|field| field.r#type.named().to_owned()).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(one) = types.get(&name).filter(|one| one.is_composite()) else { continue };
        if found.insert(name) {
            open.extend(fields(one).iter().map(|field| field.r#type.named().to_owned()));
        }
    }
    found
}
