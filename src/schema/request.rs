//! Requests and results of the service, independent of the transport.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value as Json};

use crate::{
    access::{AccessProblem, BudgetExceeded, Reservation},
    error::{self, GraphqlError},
    schema::operations::response::Response,
    store::RevisionStamp,
};

/// A GraphQL request.
#[derive(Clone, Debug, Default)]
pub struct GraphqlRequest {
    /// Text of the document; `None` if the client requests the document by its id.
    pub document: Option<String>,
    /// SHA-256 of the text in hexadecimal digits, or the id of a trusted document; `None` if the client sends only the text.
    pub document_id: Option<String>,
    /// Name of the operation; `None` for the only one of the document.
    pub operation_name: Option<String>,
    /// Values of its variables.
    pub variables: Map<String, Json>,
    /// True if the response reports its cost in `extensions.cost`.
    pub reports_cost: bool,
    /// True if the response reports in `extensions.plan` how it was read from the database.
    pub reports_plan: bool,
}

/// Why a request is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The document or a variable is invalid or too large.
    Request,
    /// The client requests a document by an id that is neither in the cache nor the id of a trusted document.
    UnknownDocument,
    /// Only trusted documents are allowed, and this is not one.
    NotTrusted,
    /// The service failed.
    Failed,
    /// The service is overloaded. The client can repeat the request after this many seconds.
    Overloaded(u32),
    /// The database does not respond, or the credentials of the client cannot be verified. The client can repeat the request
    /// after this many seconds.
    Unavailable(u32),
    /// The budget of the client is too small.
    Limited(BudgetExceeded),
    /// The client is not allowed to run the operation, or is no longer allowed to.
    Forbidden,
}

/// A request that is not run: the response has errors and no data.
#[derive(Debug)]
pub struct Refusal {
    /// The reason.
    pub kind: RefusalKind,
    /// The errors in the response.
    pub errors: Vec<GraphqlError>,
}

/// The response to an operation, for one client.
#[derive(Clone)]
pub struct OperationResponse {
    /// The response, which other clients may share.
    pub response: Arc<Response>,
    /// Number of SQL statements; 0 for a cached response, and for a mutation, whose statements are not counted.
    pub statements: usize,
    /// The memory that is reserved for the client until the response has been sent; `None` for short responses.
    pub reservation: Option<Arc<Reservation>>,
    /// The revision that was read; `None` if it is not known.
    pub read_in: Option<RevisionStamp>,
}

impl OperationResponse {
    /// Creates the response of a subscription for a refusal that does not end it.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        Self { response: Arc::new(refusal.response()), statements: 0, reservation: None, read_in: None }
    }
}

impl Refusal {
    /// Creates a refusal of an invalid request.
    #[must_use]
    pub fn request(errors: Vec<GraphqlError>) -> Self {
        Self { kind: RefusalKind::Request, errors }
    }

    /// Creates a refusal because the budget is too small.
    #[must_use]
    pub fn limited(limited: BudgetExceeded) -> Self {
        let errors = vec![error::of_request(AccessProblem::RATE_LIMITED, limited.to_string())];
        Self { kind: RefusalKind::Limited(limited), errors }
    }

    /// Creates a refusal because the client is not allowed to run the operation, or because that is not known: its
    /// credentials cannot be verified at the moment.
    #[must_use]
    pub fn access(problem: AccessProblem) -> Self {
        let kind = if problem.is_temporary() { RefusalKind::Unavailable(1) } else { RefusalKind::Forbidden };
        Self { kind, errors: vec![error::of_request(problem.code, problem.message)] }
    }

    /// Reports whether a subscription must end, because the client is no longer allowed to run it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.kind == RefusalKind::Forbidden
    }

    /// Returns the time after which the operation may be run; `None` if waiting does not help.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = match self.kind {
            RefusalKind::Overloaded(seconds) | RefusalKind::Unavailable(seconds) => Some(u64::from(seconds)),
            RefusalKind::Limited(limited) => limited.retry_after_seconds,
            _ => None,
        };
        seconds.map(Duration::from_secs)
    }

    /// Returns the code of its first error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        Some(self.errors.first()?.code)
    }

    /// Returns the response, which has only `errors`.
    #[must_use]
    pub fn response(&self) -> Response {
        Response::new(self.body(), self.errors.len(), 0)
    }

    /// Returns the text of the response.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{{\"errors\":{}}}", serde_json::to_string(&self.errors).unwrap_or_else(|_| "[]".to_owned()))
    }
}
