//! Declares the input types of content documents: one for each content type, value object and part that content
//! documents contain. An argument with a content document has the same fields as a file.

use super::{input, input_object, outputs::scalar_name};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, Field, InDocument, Kind, Many, ObjectType, Scalar, with_article, words},
    },
    graphql::{
        schema::{Input, Schema},
        value::Value,
    },
};

/// Returns the name of the input type of a type.
#[must_use]
pub fn document_name(object: &ObjectType) -> String {
    let suffix = if object.content().is_some() { "Document" } else { "Input" };
    format!("{}{suffix}", object.name)
}

/// Declares the types of the content documents of all content types, and of the objects in them.
pub fn documents(schema: &mut Schema, catalog: &Catalog) {
    let own = catalog.contents().filter(|(object, _)| object.with_own_documents().is_some());
    let mut found: Vec<&ObjectType> = own.map(|(object, _)| object).collect();
    let mut at = 0;
    while let Some(object) = found.get(at).copied() {
        let fields = object.fields.iter().filter(|field| field.is_in_documents());
        for nested in fields.clone().filter_map(Field::nested).map(|ix| catalog.object(ix)) {
            if found.iter().all(|known| known.ix != nested.ix) {
                found.push(nested);
            }
        }
        let fields = fields.map(|field| document_field(catalog, object, field, true)).collect();
        input_object(schema, &document_name(object), &about(object), false, fields);
        at += 1;
    }
}

fn about(object: &ObjectType) -> String {
    if object.content().is_some() {
        return format!("The content document of a record of type `{}`, with the same fields as in a file.", object.name);
    }
    object.about.to_owned()
}

/// Returns the input field of a field, for a whole content document or for a change. In a change, every field is optional.
pub(super) fn document_field(catalog: &Catalog, object: &ObjectType, field: &Field, is_whole: bool) -> Input {
    let name = |ix| document_name(catalog.object(ix));
    let slugs = |ix| format!(" Slugs of type `{}`.", catalog.object(ix).name);
    let (ty, more) = match &field.kind {
        Kind::Scalar(scalar) => (scalar_name(catalog, *scalar).to_owned(), String::new()),
        Kind::Scalars(scalar) => (format!("[{}!]", scalar_name(catalog, *scalar)), String::new()),
        Kind::Value(ix) => (name(*ix), String::new()),
        Kind::Values(ix) => (format!("[{}!]", name(*ix)), String::new()),
        Kind::Parts { part, .. } => (format!("[{}!]", name(part.ix)), String::new()),
        Kind::One(target) => {
            ("String".to_owned(), format!(" Slug of {}.", with_article(&words(catalog.target(*target).name))))
        }
        Kind::Refs(target) => ("[String!]".to_owned(), slugs(target.ix)),
        Kind::Many(Many { target, document: InDocument::Embedded, .. }) => {
            let kept = if is_whole && object.with_own_documents().is_some() {
                " If omitted, the stored records are retained."
            } else {
                ""
            };
            (format!("[{}!]", name(target.ix)), kept.to_owned())
        }
        Kind::Many(many) => ("[String!]".to_owned(), slugs(many.target.ix)),
        // Content documents do not contain these.
        Kind::Id(_) | Kind::Attribution => ("ID".to_owned(), String::new()),
    };
    let ty = if is_whole && object.needs(catalog, field) { format!("{ty}!") } else { ty };
    let declared = input(field.name, ty, &format!("{}{more}", field.about));
    match default(catalog, field) {
        Some(default) if is_whole => declared.or(default),
        _ => declared,
    }
}

fn default(catalog: &Catalog, field: &Field) -> Option<Value> {
    Some(match (&field.kind, field.default.as_ref()?) {
        (Kind::Scalar(Scalar::Choice(ix)), CanonicalValue::Text(text)) => {
            let (name, _) = catalog.choice(*ix).values.iter().find(|(name, _)| **name == **text)?;
            Value::Enum(name)
        }
        (Kind::Scalar(_), CanonicalValue::Text(text)) => Value::Text(text.to_string()),
        (Kind::Scalar(_), CanonicalValue::Boolean(value)) => Value::Boolean(*value),
        (Kind::Scalar(_), CanonicalValue::Int(value)) => Value::Int(i32::try_from(*value).ok()?),
        (Kind::Scalar(_), CanonicalValue::Float(value)) => Value::Float(*value),
        _ => return None,
    })
}
