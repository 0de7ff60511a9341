//! Prepared documents: measured, parsed and validated once, then cached by the hash of their text.
//!
//! The cache also serves *persisted documents*: after any client has sent a document, clients can request it by its
//! hash. *Trusted documents* are the documents of a manifest. They are never removed.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};
use ring::digest::{SHA256, digest};

use super::{cache::cache_by_bytes, trusted::TrustedDocuments};
use crate::{
    error,
    graphql::{
        check,
        document::{Document, Operation, Variable},
        parser, tree,
        value::Template,
    },
    schema::{
        guard,
        operations::introspection,
        request::{GraphqlRequest, Refusal, RefusalKind},
        types::SCHEMA,
    },
};

/// Maximum size of the cached documents, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// A valid document.
pub struct Prepared {
    /// SHA-256 of its text.
    pub hash: Hash,
    /// The hash in hexadecimal digits.
    pub digits: Arc<str>,
    /// The document for the planner.
    pub document: Document,
    /// Its size with all fragments expanded.
    pub size: guard::Size,
    allocated_bytes: u64,
}

/// The document of a request.
pub enum Lookup {
    /// A prepared document.
    Prepared(Arc<Prepared>),
    /// A document that is not in the cache and must be prepared: its text and hash.
    New(String, Hash),
}

/// The documents of a service: cached ones and trusted ones.
pub struct Documents {
    cached: Cache<Hash, Arc<Prepared>, ByBytes>,
    trusted: TrustedDocuments,
}

impl Prepared {
    /// Prepares a document. Calls `pay` with its number of tokens before parsing, to charge the client.
    ///
    /// # Errors
    /// If the document is too large, has a syntax error, is not valid for the schema, or `pay` fails.
    pub fn new(text: &str, hash: Hash, pay: impl FnOnce(usize) -> Result<(), Refusal>) -> Result<Self, Refusal> {
        let measure_of_text = measure_text(text)?;
        pay(measure_of_text.tokens)?;
        let tree = parse(text)?;
        let size = measure(&tree)?;
        let document = validate(&tree)?;
        let allocated_bytes = allocated_bytes(measure_of_text, size, &document);
        Ok(Self { hash, digits: hex::encode(hash).into(), document, size, allocated_bytes })
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> u64 {
        self.allocated_bytes
    }
}

/// Estimates the size of a prepared document in memory, in bytes. A test compares the estimate with the allocated memory.
fn allocated_bytes(text: guard::text::Measure, size: guard::Size, document: &Document) -> u64 {
    /// Bytes of every document, with its entry in the cache.
    const DOCUMENT_BYTES: usize = 500;
    /// Bytes of a name or a value in arguments. Most of them are fields of an input object or entries of a list.
    const ARGUMENT: usize = size_of::<(&str, Template)>();
    let variables: usize = document.operations.iter().map(|operation| operation.variables.len()).sum();
    let declared = document.operations.len() * size_of::<Operation>() + variables * size_of::<Variable>();
    (DOCUMENT_BYTES + declared + text.texts + text.arguments * ARGUMENT + size.bytes) as u64
}

/// Measures the text of a document.
///
/// # Errors
/// If it is too long, has too many tokens or a name that is too long, or nests brackets too deeply.
pub fn measure_text(text: &str) -> Result<guard::text::Measure, Refusal> {
    guard::text::check(text).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))
}

/// Parses a document.
///
/// # Errors
/// If it has a syntax error.
pub fn parse(text: &str) -> Result<tree::Document<'_>, Refusal> {
    parser::parse(text).map_err(|invalid| Refusal::request(vec![error::of_syntax(invalid)]))
}

/// Measures a document with all fragments expanded.
///
/// # Errors
/// If it is too large or too deep.
pub fn measure(tree: &tree::Document<'_>) -> Result<guard::Size, Refusal> {
    guard::check(tree).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))
}

/// Validates a document against the schema.
///
/// # Errors
/// If it is invalid, or its introspection nests lists too deeply.
pub fn validate(tree: &tree::Document<'_>) -> Result<Document, Refusal> {
    let document = check::check(&SCHEMA, tree).map_err(|errors| {
        let mut errors = errors.into_iter().map(error::of_validation).collect();
        error::dedup_and_truncate(&mut errors);
        Refusal::request(errors)
    })?;
    introspection::check(&document).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))?;
    Ok(document)
}

impl Documents {
    /// Creates an empty cache, with trusted documents.
    #[must_use]
    pub fn new(trusted: TrustedDocuments) -> Self {
        Self { cached: cache_by_bytes(CACHE_BYTES, ByBytes), trusted }
    }

    /// Finds the document that a request selects by text, by id or by both.
    ///
    /// # Errors
    /// If the document is not found, the id belongs to another text, or the document is not trusted and only trusted
    /// documents are allowed.
    pub fn find(&self, request: &mut GraphqlRequest) -> Result<Lookup, Refusal> {
        let refused = |kind, error| Err(Refusal { kind, errors: vec![error] });
        match (request.document.take(), &request.document_id) {
            (None, None) => refused(RefusalKind::Request, error::no_document()),
            (None, Some(id)) => {
                let found = self.trusted.by_id.get(id).cloned();
                match found.or_else(|| self.get(&hash_of_digits(id)?)) {
                    Some(found) => Ok(Lookup::Prepared(found)),
                    None => refused(RefusalKind::UnknownDocument, error::unknown_document()),
                }
            }
            (Some(text), id) => {
                let hash = hash_of_text(&text);
                if id.as_ref().is_some_and(|id| self.hash_of_id(id) != Some(hash)) {
                    return refused(RefusalKind::Request, error::hash_of_other_document());
                }
                if let Some(found) = self.get(&hash) {
                    return Ok(Lookup::Prepared(found));
                }
                if self.trusted.only {
                    return refused(RefusalKind::NotTrusted, error::not_trusted());
                }
                Ok(Lookup::New(text, hash))
            }
        }
    }

    /// Returns the hash of the document with an id; `None` if the id is neither a hash nor the id of a trusted document.
    fn hash_of_id(&self, id: &str) -> Option<Hash> {
        self.trusted.by_id.get(id).map(|trusted| trusted.hash).or_else(|| hash_of_digits(id))
    }

    /// Adds a document to the cache.
    pub fn insert(&self, prepared: &Arc<Prepared>) {
        self.cached.insert(prepared.hash, Arc::clone(prepared));
    }

    /// Returns the size of the cached documents, in bytes.
    #[must_use]
    pub fn allocated_bytes(&self) -> u64 {
        self.cached.weight()
    }

    /// Returns a trusted or cached document by its hash. If only trusted documents are allowed, no other document is cached.
    pub fn get(&self, hash: &Hash) -> Option<Arc<Prepared>> {
        self.trusted.by_hash.get(hash).cloned().or_else(|| self.cached.get(hash))
    }
}

/// Returns the SHA-256 of a text.
#[must_use]
pub fn hash_of_text(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// Reads a hash from hexadecimal digits; `None` if it is malformed.
fn hash_of_digits(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(digits, &mut hash).ok().map(|()| hash)
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Hash, Arc<Prepared>> for ByBytes {
    fn weight(&self, _: &Hash, prepared: &Arc<Prepared>) -> u64 {
        prepared.allocated_bytes()
    }
}
