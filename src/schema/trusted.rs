//! Trusted documents: a list of documents that clients were built with.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value as Json;

use super::{
    documents::{Hash, Prepared, hash_of},
    json_members::JsonMembers,
};

/// Longest id of a document, in bytes.
pub const MAX_ID: usize = 256;

/// What the id of a document begins with that is its hash.
pub const HASH_PREFIX: &str = "sha256:";

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
        let mut problems = Vec::new();
        let mut read = Self { only, ..Self::default() };
        for (id, text) in entries(manifest).map_err(|problem| vec![problem])? {
            let hash = hash_of(&text);
            if let Some(problem) = problem_of(&id, &hash) {
                problems.push(format!("document {id:?}: {problem}"));
                continue;
            }
            match Prepared::new(&text, hash, |_| Ok(())) {
                Ok(prepared) => {
                    let prepared = Arc::new(prepared);
                    read.by_hash.insert(prepared.hash, Arc::clone(&prepared));
                    if read.by_id.insert(id.clone(), prepared).is_some_and(|before| before.hash != hash) {
                        problems.push(format!("document {id:?}: there are several of this id, with different texts"));
                    }
                }
                Err(refusal) => {
                    problems.extend(refusal.errors.into_iter().map(|error| format!("document {id:?}: {}", error.message)));
                }
            }
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }
}

/// Whether an id of a document has a form in which it can be requested.
#[must_use]
pub fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte))
}

/// Why a document of this hash cannot be requested by an id; `None` when it can.
fn problem_of(id: &str, hash: &Hash) -> Option<&'static str> {
    match id.strip_prefix(HASH_PREFIX) {
        _ if !is_id(id) => Some("an id is 1 to 256 letters, digits and \"-._~:\""),
        Some(digits) if digits != hex::encode(hash) => {
            Some("after \"sha256:\" stands the SHA-256 of the text, in small letters")
        }
        _ => None,
    }
}

/// Id and text of each document.
fn entries(manifest: &str) -> Result<Vec<(String, String)>, String> {
    let shape = || "it is neither an object of documents by id nor a manifest with \"operations\"".to_owned();
    let JsonMembers(fields) = serde_json::from_str(manifest).map_err(|failure| format!("it is not a JSON object: {failure}"))?;
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    let listed = fields.iter().find(|(name, value)| name == "operations" && value.is_array());
    let entries: Option<Vec<_>> = match listed.and_then(|(_, operations)| operations.as_array()) {
        Some(operations) => operations.iter().map(|one| text(one.get("id")).zip(text(one.get("body")))).collect(),
        None => fields.iter().map(|(id, value)| Some((id.clone(), text(Some(value))?))).collect(),
    };
    entries.ok_or_else(shape)
}
