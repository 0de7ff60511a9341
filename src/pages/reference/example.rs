//! The examples of root fields of queries, which are made from the schema. Users see a document, and the response of this
//! service to it.
//!
//! The document of a field that returns one record has a variable that identifies the record. Its value cannot be fixed,
//! because libraries have different records. So the service requests the first record of that type.

use serde_json::{Value as Json, json};

use super::model::{Field, Input, Schema, Type};
use crate::pages::PageRequest;

/// Number of fields that an example selects.
const MAX_FIELDS: usize = 5;
/// Number of entries of a page in an example.
const ENTRIES: usize = 2;
/// A text to search for. It occurs in many libraries.
const TEXT: &str = "laser";
/// The description of a field contains this text if only some clients may read the field.
const RESTRICTED: &str = "Requires the role";

/// The example of a root field.
#[derive(Debug)]
pub struct Example {
    document: String,
    /// `None` if it has no variable.
    variable: Option<Variable>,
}

/// The variable of an example: its name, the document that finds a record, and the field of that record with its value.
#[derive(Debug)]
struct Variable {
    name: &'static str,
    field: &'static str,
    document: String,
}

/// An argument of an example.
struct Argument {
    text: String,
    /// The variable in the text: its type, its name and the field of a record that has its value.
    variable: Option<(String, &'static str, &'static str)>,
}

impl Example {
    /// Makes the example of a root field of queries; `None` if an argument that it needs has no obvious value, or if only some
    /// clients may read the field.
    pub(super) fn of(schema: &Schema, field: &Field) -> Option<Self> {
        if is_restricted(field) {
            return None;
        }
        let target = schema.find(field.r#type.named())?;
        let needed = field.args.iter().filter(|one| one.is_required()).map(|one| argument(schema, one));
        let mut arguments = needed.collect::<Option<Vec<Argument>>>()?;
        if field.args.iter().any(|one| one.name == "first") {
            arguments.push(Argument { text: format!("first: {ENTRIES}"), variable: None });
        }
        let selected = match entry(schema, target) {
            Some(entry) => format!("    nodes {{\n      {}\n    }}\n", fields(schema, entry)?.join("\n      ")),
            None => format!("    {}\n", fields(schema, target)?.join("\n    ")),
        };
        let texts: Vec<&str> = arguments.iter().map(|one| one.text.as_str()).collect();
        let given = if texts.is_empty() { String::new() } else { format!("({})", texts.join(", ")) };
        let mut variables = arguments.iter().filter_map(|one| one.variable.as_ref());
        let variable = match (variables.next(), variables.next()) {
            (None, _) => None,
            (Some((of, name, field)), None) => {
                Some((of, Variable { name, field, document: lookup(schema, target, field)? }))
            }
            (Some(_), Some(_)) => return None,
        };
        let declared = variable.as_ref().map(|(of, one)| format!("(${}: {of})", one.name)).unwrap_or_default();
        let operation = crate::pages::words::uppercase_first(&field.name);
        let document = format!("query {operation}{declared} {{\n  {}{given} {{\n{selected}  }}\n}}", field.name);
        Some(Self { document, variable: variable.map(|(_, one)| one) })
    }

    /// Returns its document, and the document that finds the value of its variable.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.document.as_str()).chain(self.variable.iter().map(|one| one.document.as_str()))
    }

    /// Returns the request that finds the value of its variable; `None` if it has no variable.
    #[must_use]
    pub fn lookup(&'static self) -> Option<PageRequest> {
        self.variable.as_ref().map(|one| PageRequest::new(&one.document, []))
    }

    /// Returns its request. `found` is the data of the request of [`Self::lookup`]. `None` if the library has no record for it.
    #[must_use]
    pub fn request(&'static self, found: &Json) -> Option<PageRequest> {
        let Some(variable) = &self.variable else { return Some(PageRequest::new(&self.document, [])) };
        let value = found["first"]["nodes"].get(0)?.get(variable.field).filter(|value| !value.is_null())?;
        let value = if variable.name == IDS { json!([value]) } else { value.clone() };
        Some(PageRequest::new(&self.document, [(variable.name, value)]))
    }
}

/// Reports whether only some clients may read a field.
fn is_restricted(field: &Field) -> bool {
    field.description.as_deref().is_some_and(|text| text.contains(RESTRICTED))
}

/// The argument with ids of records.
const IDS: &str = "ids";

/// Returns an argument with a value; `None` for an argument without an obvious value.
fn argument(schema: &Schema, argument: &Input) -> Option<Argument> {
    let of = argument.r#type.written();
    let slug_type = || {
        let fields = schema.find(argument.r#type.named())?.input_fields.as_ref()?;
        fields.iter().find(|field| field.name == "slug").map(|field| format!("{}!", field.r#type.written()))
    };
    let (text, variable) = match argument.name.as_str() {
        "by" => ("by: { slug: $slug }".to_owned(), Some((slug_type()?, "slug", "slug"))),
        "id" => ("id: $id".to_owned(), Some((of, "id", "id"))),
        IDS => ("ids: $ids".to_owned(), Some((of, IDS, "id"))),
        "number" => ("number: $number".to_owned(), Some((of, "number", "number"))),
        "text" => (format!("text: \"{TEXT}\""), None),
        _ => return None,
    };
    Some(Argument { text, variable })
}

/// Returns the type of the entries of a page; `None` for other types.
fn entry<'s>(schema: &'s Schema, page: &Type) -> Option<&'s Type> {
    let nodes = page.fields.iter().flatten().find(|field| page.is_page() && field.name == "nodes")?;
    schema.find(nodes.r#type.named())
}

/// Returns the names of the fields to select, which are leaf fields without arguments: `slug`, and the fields that no
/// interface of the type has. For an interface or a union, also `__typename`. `None` if there are none.
fn fields(schema: &Schema, one: &Type) -> Option<Vec<String>> {
    let is_open = |field: &&Field| {
        let is_leaf = schema.find(field.r#type.named()).is_some_and(|of| !of.is_composite());
        is_leaf && !field.r#type.is_list() && field.args.is_empty() && !is_restricted(field)
    };
    let (shared, own): (Vec<&Field>, Vec<&Field>) =
        one.fields.iter().flatten().filter(is_open).partition(|field| schema.is_shared(one, &field.name));
    let names = |fields: Vec<&Field>| fields.into_iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    let is_abstract = one.kind != "OBJECT";
    let (shared, own) = (names(shared), names(own));
    let slug = shared.iter().filter(|name| *name == "slug").cloned();
    let first = is_abstract.then(|| "__typename".to_owned()).into_iter().chain(slug);
    let mut found: Vec<String> = first.chain(own).collect();
    found.truncate(MAX_FIELDS);
    (!found.is_empty()).then_some(found)
}

/// Returns a document that reads the field of the first record of a type. For an interface, this is the first record of one
/// of its types.
fn lookup(schema: &Schema, target: &Type, field: &str) -> Option<String> {
    let is_target = |one: &Type| one.name == target.name || target.has_type(&one.name);
    let list = schema.find("Query")?.fields.iter().flatten().find(|list| {
        let entry = schema.find(list.r#type.named()).and_then(|page| entry(schema, page));
        entry.is_some_and(|one| is_target(one) && one.has(field)) && !list.args.iter().any(Input::is_required)
    })?;
    Some(format!("query First {{\n  first: {}(first: 1) {{\n    nodes {{\n      {field}\n    }}\n  }}\n}}", list.name))
}

/// Returns the examples of all root fields of queries, by the name of the field.
pub(super) fn all(schema: &Schema) -> std::collections::BTreeMap<String, Example> {
    let fields = schema.find("Query").into_iter().flat_map(|query| query.fields.iter().flatten());
    fields.filter_map(|field| Some((field.name.clone(), Example::of(schema, field)?))).collect()
}
