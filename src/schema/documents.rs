//! Documents, prepared: parsed, measured and validated once, and found again by the hash of their text.
//!
//! This is what *automatic persisted queries* are found in as well: a document that has been run once can be asked for by its
//! hash. *Trusted documents* come from a manifest and stay for good.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};
use ring::digest::{SHA256, digest};

use super::{
    guard, introspection,
    kept::kept,
    request::{GraphqlRequest, Refusal, RefusalKind},
    trusted::TrustedDocuments,
    types::SCHEMA,
};
use crate::{
    error,
    graphql::{
        check,
        document::{Document, Operation, Variable},
        parser, tree,
        value::Template,
    },
};

/// Bytes of prepared documents that are kept.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// A document that may be run.
pub struct Prepared {
    /// SHA-256 of its text.
    pub hash: Hash,
    /// The same in hexadecimal digits.
    pub digits: Arc<str>,
    /// As the planner reads it.
    pub document: Document,
    /// How large it is, with fragments put in wherever they are spread.
    pub size: guard::Size,
    weight: u64,
}

/// What a request asks for.
pub enum Found {
    /// A document that is prepared already.
    Prepared(Arc<Prepared>),
    /// A document that has to be prepared first: its text and hash.
    New(String, Hash),
}

/// The documents of a service.
pub struct Documents {
    kept: Cache<Hash, Arc<Prepared>, ByWeight>,
    trusted: TrustedDocuments,
}

impl Prepared {
    /// Prepares a document. `pay` is told how many tokens it has before it is parsed.
    ///
    /// # Errors
    /// When it is too large, not GraphQL, does not fit the schema, or is not paid for.
    pub fn new(text: &str, hash: Hash, pay: impl FnOnce(usize) -> Result<(), Refusal>) -> Result<Self, Refusal> {
        let measure_of_text = measure_text(text)?;
        pay(measure_of_text.tokens)?;
        let tree = parse(text)?;
        let size = measure(&tree)?;
        let document = validate(&tree)?;
        let weight = weight(measure_of_text, size, &document);
        Ok(Self { hash, digits: hex::encode(hash).into(), document, size, weight })
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.weight
    }
}

/// Bytes that a prepared document takes. A test compares it with what is allocated.
fn weight(text: guard::text::Measure, size: guard::Size, document: &Document) -> u64 {
    /// What every document takes, with its place among those that are kept.
    const ITSELF: usize = 500;
    /// A name or a value in an argument: most are a field of an input object or an entry of a list.
    const ARGUMENT: usize = size_of::<(&str, Template)>();
    let variables: usize = document.operations.iter().map(|operation| operation.variables.len()).sum();
    let declared = document.operations.len() * size_of::<Operation>() + variables * size_of::<Variable>();
    (ITSELF + declared + text.texts + text.arguments * ARGUMENT + size.bytes) as u64
}

/// Measures the text of a document.
///
/// # Errors
/// When there are too many tokens or brackets.
pub fn measure_text(text: &str) -> Result<guard::text::Measure, Refusal> {
    guard::text::check(text).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))
}

/// Parses a document.
///
/// # Errors
/// When it is not GraphQL.
pub fn parse(text: &str) -> Result<tree::Document<'_>, Refusal> {
    parser::parse(text).map_err(|mistake| Refusal::request(vec![error::of_syntax(mistake)]))
}

/// Measures a document with its fragments put in.
///
/// # Errors
/// When it is too large or too deep.
pub fn measure(tree: &tree::Document<'_>) -> Result<guard::Size, Refusal> {
    guard::check(tree).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))
}

/// Validates a document against the schema.
///
/// # Errors
/// When it does not fit, or its introspection nests lists too deeply.
pub fn validate(tree: &tree::Document<'_>) -> Result<Document, Refusal> {
    let document = check::check(&SCHEMA, tree).map_err(|mistakes| {
        let mut errors = mistakes.into_iter().map(error::of_validation).collect();
        error::finish(&mut errors);
        Refusal::request(errors)
    })?;
    introspection::check(&document).map_err(|refused| Refusal::request(vec![error::of_size(refused)]))?;
    Ok(document)
}

impl Documents {
    /// No document yet but the trusted ones.
    #[must_use]
    pub fn new(trusted: TrustedDocuments) -> Self {
        Self { kept: kept(KEPT_BYTES, ByWeight), trusted }
    }

    /// The document that a request asks for, by its text, its id or both.
    ///
    /// # Errors
    /// When there is none, the id belongs to another text, or it may not be run.
    pub fn find(&self, request: &mut GraphqlRequest) -> Result<Found, Refusal> {
        let refused = |kind, error| Err(Refusal { kind, errors: vec![error] });
        match (request.document.take(), &request.document_id) {
            (None, None) => refused(RefusalKind::Request, error::no_document()),
            (None, Some(id)) => {
                let found = self.trusted.by_id.get(id).cloned();
                match found.or_else(|| self.known(&hash_of_digits(id)?)) {
                    Some(found) => Ok(Found::Prepared(found)),
                    None => refused(RefusalKind::UnknownDocument, error::unknown_document()),
                }
            }
            (Some(text), id) => {
                let hash = hash_of(&text);
                if id.as_ref().is_some_and(|id| self.hash_of(id) != Some(hash)) {
                    return refused(RefusalKind::Request, error::hash_of_other_document());
                }
                if let Some(found) = self.known(&hash) {
                    return Ok(Found::Prepared(found));
                }
                if self.trusted.only {
                    return refused(RefusalKind::NotTrusted, error::not_trusted());
                }
                Ok(Found::New(text, hash))
            }
        }
    }

    /// The hash of the document that an id names; `None` when it names none that can be.
    fn hash_of(&self, id: &str) -> Option<Hash> {
        self.trusted.by_id.get(id).map(|trusted| trusted.hash).or_else(|| hash_of_digits(id))
    }

    /// Keeps a document, to be found by its hash.
    pub fn keep(&self, prepared: &Arc<Prepared>) {
        self.kept.insert(prepared.hash, Arc::clone(prepared));
    }

    /// Bytes of the documents that are kept.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.kept.weight()
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
        prepared.weight()
    }
}
