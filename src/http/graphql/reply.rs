//! What becomes of one request: a JSON text, and the status that it has when it stands alone.

use super::MediaType;
use crate::{
    http::{
        refused::Refused,
        seen::{Operation, Seen},
    },
    schema::{Answer, Refusal, RefusalKind},
};
use actix_web::http::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};

/// What becomes of a request.
#[derive(Debug)]
pub struct Reply {
    /// The status of the response.
    pub status: StatusCode,
    /// Its body, as JSON.
    pub body: String,
    /// Headers beside those of every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What was seen on the way.
    pub seen: Seen,
}

impl Reply {
    /// An operation that was run. What it answers is 200, errors of fields or not.
    pub fn answer(answer: Answer, operation: Operation) -> Self {
        let operation = Operation { cost: answer.cost, statements: answer.statements, ..operation };
        let seen = Seen { operations: vec![operation], refused: Vec::new() };
        Self { status: StatusCode::OK, body: answer.body, headers: Vec::new(), seen }
    }

    /// A request that the service does not run.
    ///
    /// The draft has clients of the older media type expect 200 for whatever could be read as a GraphQL request.
    pub fn refusal(refusal: &Refusal, media: MediaType) -> Self {
        let (status, headers) = match refusal.kind {
            RefusalKind::Request | RefusalKind::UnknownDocument if media == MediaType::Json => (StatusCode::OK, Vec::new()),
            RefusalKind::Request | RefusalKind::UnknownDocument => (StatusCode::BAD_REQUEST, Vec::new()),
            RefusalKind::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
            RefusalKind::NotTrusted => (StatusCode::FORBIDDEN, Vec::new()),
            RefusalKind::Overloaded(seconds) => {
                (StatusCode::SERVICE_UNAVAILABLE, vec![(header::RETRY_AFTER, HeaderValue::from(seconds))])
            }
        };
        let code = refusal.code().map(str::to_owned);
        let seen = Seen { operations: Vec::new(), refused: code.into_iter().collect() };
        Self { status, body: refusal.body(), headers, seen }
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        let seen = Seen { operations: Vec::new(), refused: vec![refused.code.to_owned()] };
        Self { status: refused.status, body: refused.body(), headers: refused.headers, seen }
    }
}
