//! Documents, prepared: parsed, measured and validated once, and found again by the hash of their text.
//!
//! This is what *automatic persisted queries* are found in as well: a document that has been run once can be asked for by its
//! hash. *Trusted documents* come from a manifest and stay for good.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::{Weighter, sync::Cache};
use ring::digest::{SHA256, digest};

use super::{
    guard,
    request::{GraphqlRequest, Refusal, RefusalKind},
    trusted::TrustedDocuments,
    validation::{self, ValidDocument},
};
use crate::error;

/// Bytes of document text that are kept, as [`ByWeight`] counts them.
const KEPT_BYTES: u64 = 8 * 1024 * 1024;

/// How many bytes a prepared document takes for each byte of its text, roughly.
const BYTES_PER_BYTE: u64 = 20;

/// SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// A document that may be run.
pub struct Prepared {
    /// SHA-256 of its text.
    pub hash: Hash,
    /// The same in hexadecimal digits.
    pub digits: Arc<str>,
    /// As the planner reads it.
    pub document: ExecutableDocument,
    /// As the validator reads it.
    pub valid: ValidDocument,
    length: usize,
}

/// The documents of a service.
pub struct Documents {
    kept: Cache<Hash, Arc<Prepared>, ByWeight>,
    trusted: TrustedDocuments,
}

impl Prepared {
    /// Prepares a document.
    ///
    /// # Errors
    /// When it is too large, not GraphQL, or does not fit the schema.
    pub fn new(text: &str, hash: Hash) -> Result<Self, Refusal> {
        measure_text(text)?;
        let document = parse(text)?;
        measure(&document)?;
        let valid = validate(text)?;
        Ok(Self { hash, digits: hex::encode(hash).into(), document, valid, length: text.len() })
    }
}

/// Measures the text of a document in tokens and brackets.
///
/// # Errors
/// When there are too many.
pub fn measure_text(text: &str) -> Result<(), Refusal> {
    guard::text::check(text).map_err(|refused| Refusal::request(vec![refused]))
}

/// Parses a document.
///
/// # Errors
/// When it is not GraphQL.
pub fn parse(text: &str) -> Result<ExecutableDocument, Refusal> {
    async_graphql::parser::parse_query(text).map_err(|failure| Refusal::request(vec![error::of_syntax(&failure)]))
}

/// Measures a document with its fragments put in.
///
/// # Errors
/// When it is too large or too deep.
pub fn measure(document: &ExecutableDocument) -> Result<(), Refusal> {
    guard::check(document).map_err(|refused| Refusal::request(vec![refused]))
}

/// Validates a document against the schema.
///
/// # Errors
/// When it does not fit.
pub fn validate(text: &str) -> Result<ValidDocument, Refusal> {
    validation::check(text).map_err(|mut errors| {
        error::finish(&mut errors);
        Refusal::request(errors)
    })
}

impl Documents {
    /// No document yet but the trusted ones.
    #[must_use]
    pub fn new(trusted: TrustedDocuments) -> Self {
        Self { kept: Cache::with_weighter(1000, KEPT_BYTES, ByWeight), trusted }
    }

    /// The document that a request asks for, by its text, its id or both.
    ///
    /// # Errors
    /// When there is none, the id belongs to another text, or it may not be run.
    pub fn find(&self, request: &GraphqlRequest) -> Result<Arc<Prepared>, Refusal> {
        let refused = |kind, error| Err(Refusal { kind, errors: vec![error] });
        match (&request.document, &request.document_id) {
            (None, None) => refused(RefusalKind::Request, error::no_document()),
            (None, Some(id)) => {
                let found = self.trusted.by_id.get(id).cloned();
                match found.or_else(|| self.known(&hash_of_digits(id)?)) {
                    Some(found) => Ok(found),
                    None => refused(RefusalKind::UnknownDocument, error::unknown_document()),
                }
            }
            (Some(text), id) => {
                let hash = hash_of(text);
                if id.as_ref().is_some_and(|id| hash_of_digits(id) != Some(hash)) {
                    return refused(RefusalKind::Request, error::hash_of_other_document());
                }
                if let Some(found) = self.known(&hash) {
                    return Ok(found);
                }
                if self.trusted.only {
                    return refused(RefusalKind::NotTrusted, error::not_trusted());
                }
                let prepared = Arc::new(Prepared::new(text, hash)?);
                self.kept.insert(hash, Arc::clone(&prepared));
                Ok(prepared)
            }
        }
    }

    /// A document by its hash, trusted or run before. Where only trusted ones are run, no other is ever kept.
    pub fn known(&self, hash: &Hash) -> Option<Arc<Prepared>> {
        self.trusted.by_hash.get(hash).cloned().or_else(|| self.kept.get(hash))
    }
}

/// SHA-256 of a text.
#[must_use]
pub fn hash_of(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// Hexadecimal digits as a hash; `None` when they are none.
fn hash_of_digits(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(digits, &mut hash).ok().map(|()| hash)
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Hash, Arc<Prepared>> for ByWeight {
    fn weight(&self, _: &Hash, prepared: &Arc<Prepared>) -> u64 {
        1000 + BYTES_PER_BYTE * prepared.length as u64
    }
}
