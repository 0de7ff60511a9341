//! What becomes of one request: a JSON text, and the status that it has when it stands alone.

use std::sync::Arc;

use super::MediaType;
use crate::{
    access::Held,
    http::{
        refused::Refused,
        seen::{Operation, Seen},
    },
    schema::{Answer, Refusal, RefusalKind, Response},
};
use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};

/// What becomes of a request.
pub struct Reply {
    /// The status of the response.
    pub status: StatusCode,
    /// Its body.
    pub response: Arc<Response>,
    /// The body is what an operation answered, and not that it was refused.
    pub answers: bool,
    /// Headers beside those of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The bytes that are held for the client until it has taken the body.
    pub held: Vec<Arc<Held>>,
    /// What was seen on the way.
    pub seen: Seen,
}

impl Reply {
    /// An operation that was run. What it answers is 200, errors of fields or not.
    pub fn answer(answer: Answer, operation: Operation) -> Self {
        let seen = Seen { operations: vec![operation.answered(&answer)], refused: Vec::new() };
        let held = answer.held.into_iter().collect();
        Self { status: StatusCode::OK, response: answer.response, answers: true, headers: Vec::new(), held, seen }
    }

    /// A request that the service does not run.
    ///
    /// The draft has clients of the older media type expect 200 for whatever could be read as a GraphQL request.
    pub fn refusal(refusal: &Refusal, media: MediaType) -> Self {
        let (status, headers) = match refusal.kind {
            RefusalKind::Request | RefusalKind::UnknownDocument if media == MediaType::Json => (StatusCode::OK, Vec::new()),
            RefusalKind::Request | RefusalKind::UnknownDocument => (StatusCode::BAD_REQUEST, Vec::new()),
            RefusalKind::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
            RefusalKind::NotTrusted | RefusalKind::Forbidden => (StatusCode::FORBIDDEN, Vec::new()),
            RefusalKind::Limited(limited) => {
                let Refused { status, headers, .. } = limited.into();
                (status, headers)
            }
            RefusalKind::Overloaded(seconds) | RefusalKind::Unavailable(seconds) => {
                (StatusCode::SERVICE_UNAVAILABLE, vec![(header::RETRY_AFTER, HeaderValue::from(seconds))])
            }
        };
        let code = refusal.code().map(str::to_owned);
        let seen = Seen { operations: Vec::new(), refused: code.into_iter().collect() };
        let response = Arc::new(Response::told(refusal));
        Self { status, response, answers: false, headers, held: Vec::new(), seen }
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        let seen = Seen { operations: Vec::new(), refused: vec![refused.code.to_owned()] };
        let response = Arc::new(Response::new(refused.body(), 1, 0));
        Self { status: refused.status, response, answers: false, headers: refused.headers, held: Vec::new(), seen }
    }
}
