//! Documents, prepared: parsed, measured and validated once, and found again by the hash of their text.
//!
//! This is what *automatic persisted queries* are found in as well: a document that has been run once can be asked for by its
//! hash. *Trusted documents* come from a manifest and stay for good.

use std::{collections::HashMap, sync::Arc};

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest as _, Sha256};

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
    /// As the planner reads it.
    pub document: ExecutableDocument,
    /// As the validator reads it.
    pub valid: ValidDocument,
    length: usize,
}

/// The documents of a service.
pub struct Documents {
    kept: Cache<Hash, Arc<Prepared>, ByWeight>,
    trusted: HashMap<String, Arc<Prepared>>,
    only_trusted: bool,
}

impl Prepared {
    /// Prepares a document.
    ///
    /// # Errors
    /// When it is too large, not GraphQL, or does not fit the schema.
    pub fn new(text: &str, hash: Hash) -> Result<Self, Refusal> {
        guard::text::check(text).map_err(|refused| Refusal::request(vec![refused]))?;
        let document = async_graphql::parser::parse_query(text)
            .map_err(|failure| Refusal::request(vec![error::of_syntax(&failure)]))?;
        guard::check(&document).map_err(|refused| Refusal::request(vec![refused]))?;
        let valid = validation::check(text).map_err(|mut errors| {
            error::finish(&mut errors);
            Refusal::request(errors)
        })?;
        Ok(Self { hash, document, valid, length: text.len() })
    }
}

impl Documents {
    /// No document yet but the trusted ones.
    #[must_use]
    pub fn new(trusted: TrustedDocuments) -> Self {
        let kept = Cache::with_weighter(1000, KEPT_BYTES, ByWeight);
        Self { kept, trusted: trusted.documents, only_trusted: trusted.only }
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
                let found = self.trusted.get(id).cloned();
                let kept = || if self.only_trusted { None } else { self.kept.get(&hash_of_digits(id)?) };
                match found.or_else(kept) {
                    Some(found) => Ok(found),
                    None => refused(RefusalKind::UnknownDocument, error::unknown_document()),
                }
            }
            (Some(text), id) => {
                let hash: Hash = Sha256::digest(text).into();
                let digits = digits_of(&hash);
                if id.as_ref().is_some_and(|id| !id.eq_ignore_ascii_case(&digits)) {
                    return refused(RefusalKind::Request, error::hash_of_other_document());
                }
                if let Some(found) = self.trusted.get(&digits) {
                    return Ok(Arc::clone(found));
                }
                if self.only_trusted {
                    return refused(RefusalKind::NotTrusted, error::not_trusted());
                }
                if let Some(found) = self.kept.get(&hash) {
                    return Ok(found);
                }
                let prepared = Arc::new(Prepared::new(text, hash)?);
                self.kept.insert(hash, Arc::clone(&prepared));
                Ok(prepared)
            }
        }
    }
}

/// A hash as hexadecimal digits.
#[must_use]
pub fn digits_of(hash: &Hash) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Hexadecimal digits as a hash; `None` when they are none.
fn hash_of_digits(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Hash, Arc<Prepared>> for ByWeight {
    fn weight(&self, _: &Hash, prepared: &Arc<Prepared>) -> u64 {
        1000 + BYTES_PER_BYTE * prepared.length as u64
    }
}
