//! Declares the input types of patches. A content type with content documents of its own has input types for an
//! operation, for the fields to set, for its lists of references, and for changes of entries of its lists. Each type of
//! nested objects has input types for the members to set, and for changes of entries of its own lists.

use super::{
    input, input_object,
    inputs::{document_field, document_name},
};
use crate::{
    engine::{
        catalog::{Catalog, Field, InDocument, Kind, Many, ObjectType, with_article, words},
        field_rules::{KEY, SLUG},
    },
    graphql::schema::{Input, Schema},
};

/// Name of the input type that moves an entry.
const ENTRY_MOVE: &str = "EntryMove";

/// Description of the key of an entry to change.
const ENTRY_KEY: &str = "Key of the entry; of an embedded record, its slug. Refused if the list has no such entry.";

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
    let own: Vec<&ObjectType> = contents.filter(|object| object.with_own_documents().is_some()).collect();
    let mut found = own.clone();
    let mut at = 0;
    while let Some(object) = found.get(at).copied() {
        // A patch changes neither the slug of a record nor the key of an entry.
        let identity = if object.content().is_some() { SLUG } else { KEY };
        let is_set = |field: &&Field| field.is_in_documents() && field.name != identity;
        let mut inputs = Vec::new();
        for field in object.fields.iter().filter(is_set) {
            let nested = value_object(catalog, field).or_else(|| entry_object(catalog, field));
            found.extend(nested.filter(|nested| found.iter().all(|known| known.ix != nested.ix)));
            inputs.push(patch_field(catalog, object, field));
        }
        let about =
            format!("Fields of `{}` to set. Omitted fields are unchanged; null makes a field null or empty.", object.name);
        input_object(schema, &patch_name(object), &about, false, inputs);
        at += 1;
    }
    for object in found {
        if has_entries(catalog, object) {
            entries(schema, catalog, object);
        }
    }
    let mut moving = vec![input("key", "String!", ENTRY_KEY)];
    moving.extend(position());
    let about = "An entry of a list to move. Without `before` and `after`, it becomes the last one.";
    input_object(schema, ENTRY_MOVE, about, false, moving);
    for object in own {
        operation(schema, catalog, object);
    }
}

/// Declares the input type with the lists of an object whose entries can be changed, and the input types of these changes.
fn entries(schema: &mut Schema, catalog: &Catalog, object: &ObjectType) {
    let mut lists = Vec::new();
    for field in object.fields.iter().filter(|field| field.is_in_documents()) {
        if let Some(nested) = value_object(catalog, field).filter(|nested| has_entries(catalog, nested)) {
            lists.push(input(field.name, entries_name(nested), field.about));
        }
        let Some(entry) = entry_object(catalog, field) else { continue };
        let name = format!("{}EntryChange", entry.name);
        lists.push(input(field.name, &name, field.about));
        if schema.named(&name).is_none() {
            entry_change(schema, catalog, entry, &name);
        }
    }
    let about = format!("Selects the list of `{}` in which an entry changes, by exactly one field.", object.name);
    input_object(schema, &entries_name(object), &about, true, lists);
}

/// Declares the input types of a change of an entry of this type.
fn entry_change(schema: &mut Schema, catalog: &Catalog, entry: &ObjectType, name: &str) {
    let [insertion, update] = ["Insertion", "Update"].map(|suffix| format!("{}{suffix}", entry.name));
    let mut inserting = vec![input("value", format!("{}!", document_name(entry)), "The entry.")];
    inserting.extend(position());
    let about = "A new entry of a list; without `before` and `after`, it is the last one.";
    input_object(schema, &insertion, about, false, inserting);
    let mut updating = vec![
        input("key", "String!", ENTRY_KEY),
        input("set", patch_name(entry), "Fields of the entry to set. Lists are replaced as a whole."),
    ];
    if has_entries(catalog, entry) {
        updating.push(input("entries", entries_name(entry), "A change of an entry of a list in this entry."));
    }
    input_object(schema, &update, "A change of an entry of a list.", false, updating);
    let changes = vec![
        input("insert", insertion, "An entry to insert."),
        input("update", update, "An entry to change. It keeps its key."),
        input("remove", "String", "Key of the entry to remove; of an embedded record, its slug."),
        input("move", ENTRY_MOVE, "An entry to move."),
    ];
    input_object(schema, name, "A change of one entry of a list: exactly one field.", true, changes);
}

/// Returns the input fields that say where an entry is put.
fn position() -> [Input; 2] {
    [
        input("before", "String", "Key of the entry before which it is put."),
        input("after", "String", "Key of the entry after which it is put."),
    ]
}

fn entries_name(object: &ObjectType) -> String {
    format!("{}Entries", object.name)
}

/// Returns the type of the entries of a list of objects. `None` for other fields, and for the sources of single fields,
/// which are set as a whole.
fn entry_object<'c>(catalog: &'c Catalog, field: &Field) -> Option<&'c ObjectType> {
    let has_key = matches!(field.identity(), Some(KEY | SLUG));
    field.nested().filter(|_| has_key).map(|ix| catalog.object(ix))
}

/// Reports whether an object has lists of objects in its own fields or in those of its value objects.
fn has_entries(catalog: &Catalog, object: &ObjectType) -> bool {
    object.fields.iter().filter(|field| field.is_in_documents()).any(|field| {
        entry_object(catalog, field).is_some()
            || value_object(catalog, field).is_some_and(|nested| has_entries(catalog, nested))
    })
}

fn operation(schema: &mut Schema, catalog: &Catalog, object: &ObjectType) {
    let about = "Fields to set. Lists are replaced as a whole, value objects member by member.";
    let mut operations = vec![input("set", patch_name(object), about)];
    let lists = object.fields.iter().filter(|field| is_reference_list(field));
    let lists: Vec<Input> = lists.map(|field| input(field.name, "[String!]", field.about)).collect();
    if !lists.is_empty() {
        let ty = format!("{}References", object.name);
        let about = format!("Slugs in lists of references of {}.", with_article(&words(object.name)));
        input_object(schema, &ty, &about, false, lists);
        let about = "References to add at the end of their lists. Refused if a list has one already.";
        operations.push(input("add", &ty, about));
        operations.push(input("remove", &ty, "References to remove. Refused if a list does not have one."));
    }
    if has_entries(catalog, object) {
        let about = "An entry of a list to insert, change, remove or move, by its key. All other entries stay.";
        operations.push(input("entries", entries_name(object), about));
    }
    let about = format!("A change of fields of {}: exactly one field.", with_article(&words(object.name)));
    input_object(schema, &operation_name(object), &about, true, operations);
}

fn is_reference_list(field: &Field) -> bool {
    let is_list = matches!(&field.kind, Kind::Refs(_) | Kind::Many(Many { document: InDocument::Slugs, .. }));
    is_list && field.is_in_documents()
}

fn value_object<'c>(catalog: &'c Catalog, field: &Field) -> Option<&'c ObjectType> {
    if let Kind::Value(ix) = &field.kind { Some(catalog.object(*ix)) } else { None }
}

fn patch_field(catalog: &Catalog, object: &ObjectType, field: &Field) -> Input {
    match value_object(catalog, field) {
        Some(nested) => input(field.name, patch_name(nested), field.about),
        None => document_field(catalog, object, field, false),
    }
}
