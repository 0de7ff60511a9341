//! What goes into the schema and what comes out, free of HTTP.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::response::Response;
use crate::{
    access::{AccessProblem, Held, Limited},
    error::{self, GraphqlError},
    store::Mark,
};

/// A GraphQL request, by whatever transport it came.
#[derive(Clone, Debug, Default)]
pub struct GraphqlRequest {
    /// Text of the document; `None` when it is asked for by its id alone.
    pub document: Option<String>,
    /// SHA-256 of the text in hexadecimal digits, or the id of a trusted document.
    pub document_id: Option<String>,
    /// Which operation of the document; `None` when it has only one.
    pub operation_name: Option<String>,
    /// Values of its variables.
    pub variables: Map<String, Json>,
    /// The answer tells what it cost, in `extensions.cost`.
    pub tells_cost: bool,
}

/// Why a request is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The document, or a variable, is wrong or too large.
    Request,
    /// The document is asked for by an id that is not known (yet).
    UnknownDocument,
    /// Only trusted documents are run, and this is none.
    NotTrusted,
    /// Something went wrong on our side.
    Failed,
    /// Too much is under way; it may be asked again after so many seconds.
    Overloaded(u32),
    /// The database does not answer; the request may be sent again after so many seconds.
    Unavailable(u32),
    /// The budget of the client does not suffice.
    Limited(Limited),
    /// The client may not have it, or not any more.
    Forbidden,
}

/// A request that is not run: there are errors and no data.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub kind: RefusalKind,
    /// The errors that the caller is told.
    pub errors: Vec<GraphqlError>,
}

/// What becomes of an operation that is run.
#[derive(Clone)]
pub struct Answer {
    /// The response, which others may have got as well.
    pub response: Arc<Response>,
    /// How many SQL statements it took; none when it was kept.
    pub statements: usize,
    /// The bytes that are held for the client until it has taken the response; `None` for short ones.
    pub held: Option<Arc<Held>>,
    /// The revision that it was read in; `None` when that is not known.
    pub read_in: Option<Mark>,
}

impl Answer {
    /// The answer to a request that was begun and is not run after all.
    #[must_use]
    pub fn told(refusal: &Refusal) -> Self {
        Self { response: Arc::new(Response::told(refusal)), statements: 0, held: None, read_in: None }
    }
}

impl Refusal {
    /// A refusal for a mistake in the request.
    #[must_use]
    pub fn request(errors: Vec<GraphqlError>) -> Self {
        Self { kind: RefusalKind::Request, errors }
    }

    /// A refusal for a budget that does not suffice.
    #[must_use]
    pub fn limited(limited: Limited) -> Self {
        let errors = vec![error::of_request(AccessProblem::RATE_LIMITED, limited.to_string())];
        Self { kind: RefusalKind::Limited(limited), errors }
    }

    /// A refusal for a client that may not have something.
    #[must_use]
    pub fn forbidden(problem: AccessProblem) -> Self {
        let errors = vec![error::of_request(problem.code, problem.message)];
        Self { kind: RefusalKind::Forbidden, errors }
    }

    /// Whether the same client would be refused again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.kind == RefusalKind::Forbidden
    }

    /// The code of its first error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        Some(self.errors.first()?.code)
    }

    /// The whole response as JSON: `errors` alone.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{{\"errors\":{}}}", serde_json::to_string(&self.errors).unwrap_or_else(|_| "[]".to_owned()))
    }
}
