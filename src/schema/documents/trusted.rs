//! Trusted documents: the documents of the clients that the operator trusts. The operator lists them in a manifest.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value as Json;

use super::{
    json_members::JsonMembers,
    prepared::{Hash, Prepared, hash_of_text},
};

/// Maximum length of an id of a document, in bytes.
pub const MAX_ID: usize = 256;

/// Prefix of an id that is the hash of its document.
pub const HASH_PREFIX: &str = "sha256:";

/// Trusted documents.
#[derive(Default)]
pub struct TrustedDocuments {
    pub(super) by_id: HashMap<String, Arc<Prepared>>,
    pub(super) by_hash: HashMap<Hash, Arc<Prepared>>,
    /// True if only trusted documents are allowed.
    pub(super) only: bool,
}

impl TrustedDocuments {
    /// Reads a manifest. It is an object whose keys are ids and whose values are the texts, as the Relay compiler and
    /// GraphQL Code Generator write it, or Apollo's `{"format": "apollo-persisted-query-manifest", "operations": [{"id",
    /// "body"}]}`. Every document is validated. With `only`, requests with other documents are refused.
    ///
    /// # Errors
    /// If the manifest or a document in it is invalid: one sentence for each problem.
    pub fn read(manifest: &str, only: bool) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut read = Self { only, ..Self::default() };
        for (id, text) in entries(manifest).map_err(|problem| vec![problem])? {
            let hash = hash_of_text(&text);
            if let Some(problem) = problem_of(&id, &hash) {
                problems.push(format!("document {id:?}: {problem}"));
                continue;
            }
            match Prepared::new(&text, hash, |_| Ok(())) {
                Ok(prepared) => {
                    let prepared = Arc::new(prepared);
                    read.by_hash.insert(prepared.hash, Arc::clone(&prepared));
                    if read.by_id.insert(id.clone(), prepared).is_some_and(|before| before.hash != hash) {
                        problems.push(format!("document {id:?}: several documents have this id"));
                    }
                }
                Err(refusal) => {
                    problems.extend(refusal.errors.into_iter().map(|error| format!("document {id:?}: {}", error.message)));
                }
            }
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// Adds the documents of the service's own pages, if only trusted documents are allowed. Clients request them by their
    /// text or hash.
    #[must_use]
    pub async fn with_pages(mut self, documents: impl AsyncFnOnce() -> Vec<String>) -> Self {
        if self.only {
            let documents = documents().await;
            let prepared = documents.iter().filter_map(|text| Prepared::new(text, hash_of_text(text), |_| Ok(())).ok());
            self.by_hash.extend(prepared.map(|prepared| (prepared.hash, Arc::new(prepared))));
        }
        self
    }
}

/// Reports whether a text has the form of the id of a document.
#[must_use]
pub fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte))
}

/// Returns why an id is invalid for a document with this hash; `None` if it is valid.
fn problem_of(id: &str, hash: &Hash) -> Option<&'static str> {
    match id.strip_prefix(HASH_PREFIX) {
        _ if !is_id(id) => Some("an id has 1 to 256 letters, digits and characters of \"-._~:\""),
        Some(digits) if digits != hex::encode(hash) => Some("the id is not the SHA-256 of the text in lowercase digits"),
        _ => None,
    }
}

/// Returns the id and the text of each document.
fn entries(manifest: &str) -> Result<Vec<(String, String)>, String> {
    let shape = || "the manifest is not an object of documents by id, and has no list \"operations\"".to_owned();
    let JsonMembers(fields) =
        serde_json::from_str(manifest).map_err(|failure| format!("the manifest is not a JSON object: {failure}"))?;
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    let listed = fields.iter().find(|(name, value)| name == "operations" && value.is_array());
    let entries: Option<Vec<_>> = match listed.and_then(|(_, operations)| operations.as_array()) {
        Some(operations) => operations.iter().map(|one| text(one.get("id")).zip(text(one.get("body")))).collect(),
        None => fields.iter().map(|(id, value)| Some((id.clone(), text(Some(value))?))).collect(),
    };
    entries.ok_or_else(shape)
}
