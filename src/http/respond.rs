//! Writes GraphQL responses.
//!
//! Format: <https://graphql.github.io/graphql-over-http/draft/>. Answers of the engine are JSON already and are copied, not
//! read again.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};

/// Media types of a GraphQL response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`, whose status tells whether the request was run.
    GraphqlResponse,
    /// `application/json`, for clients from before there was one of our own.
    Json,
}

impl MediaType {
    /// The type that an `Accept` header prefers, as far as we have it.
    pub fn accepted(accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| accept.contains("application/graphql-response+json")) {
            return Self::GraphqlResponse;
        }
        Self::Json
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// The response to an operation.
pub fn outcome(status: StatusCode, body: String, media: MediaType) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, media.content_type())).body(body)
}

/// A request that is no GraphQL request.
pub fn refused(status: StatusCode, code: &str, message: &str, media: MediaType) -> HttpResponse {
    let body = serde_json::json!({"errors": [{"message": message, "extensions": {"code": code}}]}).to_string();
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, media.content_type())).body(body)
}
