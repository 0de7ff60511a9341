//! Checks that each subscription selects exactly one root field, and not an introspection field
//! (<https://spec.graphql.org/draft/#sec-Single-Root-Field>).

use super::Errors;
use crate::graphql::{
    document::{Document, Field, Selection},
    error::{DocumentError, quoted},
    tree::OperationKind,
};

/// Checks every subscription of a document.
pub(super) fn check(document: &Document, errors: &mut Errors) {
    for operation in &document.operations {
        if operation.kind != OperationKind::Subscription {
            continue;
        }
        let mut fields = Vec::new();
        collect(document, &operation.selections, &mut vec![false; document.fragments.len()], &mut fields);
        let whose = operation
            .name
            .as_ref()
            .map_or_else(|| "Anonymous Subscription".to_owned(), |name| format!("Subscription {}", quoted(name)));
        let first = fields.first().map(|field| field.key());
        let mut report =
            |field: &Field, what: &str| errors.add(DocumentError::at(field.position, format!("{whose} must {what}.")));
        if let Some(other) = fields.iter().find(|field| Some(field.key()) != first) {
            report(other, "select only one top level field");
        }
        if let Some(meta) = fields.iter().find(|field| field.definition.name.starts_with("__")) {
            report(meta, "not select an introspection top level field");
        }
    }
}

/// Collects the fields of a selection and of its fragments, each fragment once.
fn collect<'d>(document: &'d Document, selections: &'d [Selection], visited: &mut [bool], fields: &mut Vec<&'d Field>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => fields.push(field),
            Selection::Inline { selections, .. } => collect(document, selections, visited, fields),
            Selection::Spread { fragment, .. } => {
                if !std::mem::replace(&mut visited[*fragment], true) {
                    collect(document, &document.fragments[*fragment].selections, visited, fields);
                }
            }
        }
    }
}
