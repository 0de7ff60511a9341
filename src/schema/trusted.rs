//! Trusted documents: a list of documents that clients were built with.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value as Json;

use super::documents::{Hash, Prepared, hash_of};

/// Trusted documents.
#[derive(Default)]
pub struct TrustedDocuments {
    pub(super) by_id: HashMap<String, Arc<Prepared>>,
    pub(super) by_hash: HashMap<Hash, Arc<Prepared>>,
    /// Nothing else is run.
    pub(super) only: bool,
}

impl TrustedDocuments {
    /// Reads a manifest: an object of texts by id, as the Relay compiler and GraphQL Code Generator write it, or Apollo's
    /// `{"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}`. Every document is checked. With `only`,
    /// nothing else is run.
    ///
    /// # Errors
    /// One sentence for each thing that is wrong.
    pub fn read(manifest: &str, only: bool) -> Result<Self, Vec<String>> {
        let manifest: Json = serde_json::from_str(manifest).map_err(|failure| vec![format!("it is not JSON: {failure}")])?;
        let mut problems = Vec::new();
        let mut read = Self { only, ..Self::default() };
        for (id, text) in entries(&manifest).map_err(|problem| vec![problem])? {
            match Prepared::new(text, hash_of(text)) {
                Ok(prepared) => {
                    let prepared = Arc::new(prepared);
                    read.by_hash.insert(prepared.hash, Arc::clone(&prepared));
                    read.by_id.insert(id.to_owned(), prepared);
                }
                Err(refusal) => {
                    problems.extend(refusal.errors.into_iter().map(|error| format!("document {id:?}: {}", error.message)));
                }
            }
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }
}

/// Id and text of each document.
fn entries(manifest: &Json) -> Result<Vec<(&str, &str)>, String> {
    let shape = "it is neither an object of documents by id nor a manifest with \"operations\"";
    let fields = manifest.as_object().ok_or(shape)?;
    let listed = fields.get("operations").and_then(Json::as_array);
    let entries: Option<Vec<_>> = match listed {
        Some(operations) => {
            operations.iter().map(|operation| Some((operation["id"].as_str()?, operation["body"].as_str()?))).collect()
        }
        None => fields.iter().map(|(id, text)| Some((id.as_str(), text.as_str()?))).collect(),
    };
    entries.ok_or_else(|| shape.to_owned())
}
