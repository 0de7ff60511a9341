//! Declares the input types of patches. A content type with content documents of its own has the operations, the fields
//! to set, and the lists of references to change. Each value object in its fields has the members to set.

use super::{input, input_object, inputs::document_field};
use crate::{
    engine::{
        catalog::{Catalog, Field, InDocument, Kind, Many, ObjectType, with_article, words},
        field_rules::SLUG,
    },
    graphql::schema::{Input, Schema},
};

/// Returns the name of the input type of an operation.
#[must_use]
pub fn operation_name(object: &ObjectType) -> String {
    format!("{}Operation", object.name)
}

fn patch_name(object: &ObjectType) -> String {
    format!("{}Patch", object.name)
}

/// Declares the types of the patches of all content types.
pub fn patches(schema: &mut Schema, catalog: &Catalog) {
    let contents = catalog.contents().map(|(object, _)| object);
    let own: Vec<&ObjectType> = contents.filter(|object| object.documented().is_some()).collect();
    let mut found = own.clone();
    let mut at = 0;
    while let Some(object) = found.get(at).copied() {
        let fields = object.fields.iter().filter(|field| field.is_in_documents() && field.name != SLUG);
        let mut inputs = Vec::new();
        for field in fields {
            let nested = value_object(catalog, field);
            found.extend(nested.filter(|nested| found.iter().all(|known| known.ix != nested.ix)));
            inputs.push(patch_field(catalog, object, field));
        }
        let about = format!(
            "Fields of {} to set. Omitted fields are unchanged; null makes a field null or empty.",
            with_article(&words(object.name))
        );
        input_object(schema, &patch_name(object), &about, false, inputs);
        at += 1;
    }
    for object in own {
        operation(schema, object);
    }
}

/// Declares the operation on a content type.
fn operation(schema: &mut Schema, object: &ObjectType) {
    let about = "Fields to set. Lists are replaced as a whole, value objects member by member.";
    let mut operations = vec![input("set", patch_name(object), about)];
    let lists: Vec<Input> = object.fields.iter().filter(|field| is_reference_list(field)).map(reference_list).collect();
    if !lists.is_empty() {
        let ty = format!("{}References", object.name);
        let about = format!("Slugs in lists of references of {}.", with_article(&words(object.name)));
        input_object(schema, &ty, &about, false, lists);
        let about = "References to add at the end of their lists. Refused if a list has one already.";
        operations.push(input("add", &ty, about));
        operations.push(input("remove", &ty, "References to remove. Refused if a list does not have one."));
    }
    let about = format!("A change of fields of {}: exactly one field.", with_article(&words(object.name)));
    input_object(schema, &operation_name(object), &about, true, operations);
}

fn is_reference_list(field: &Field) -> bool {
    let is_list = matches!(&field.kind, Kind::Refs(_) | Kind::Many(Many { document: InDocument::Slugs, .. }));
    is_list && field.is_in_documents()
}

fn reference_list(field: &Field) -> Input {
    input(field.name, "[String!]", field.about)
}

fn value_object<'c>(catalog: &'c Catalog, field: &Field) -> Option<&'c ObjectType> {
    if let Kind::Value(ix) = &field.kind { Some(catalog.object(*ix)) } else { None }
}

/// Returns the input field that sets a field.
fn patch_field(catalog: &Catalog, object: &ObjectType, field: &Field) -> Input {
    match value_object(catalog, field) {
        Some(nested) => input(field.name, patch_name(nested), field.about),
        None => document_field(catalog, object, field, false),
    }
}
