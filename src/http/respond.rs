//! Writes GraphQL responses.
//!
//! Format: <https://graphql.github.io/graphql-over-http/draft/>. Answers of the engine are JSON already and are copied, not
//! read again.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use async_graphql::Value;

use crate::schema::Outcome;

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
pub fn outcome(outcome: &Outcome, media: MediaType) -> HttpResponse {
    let (status, body) = match outcome {
        Outcome::Refused(errors) => {
            // The draft has clients of the older type expect 200 for whatever could be read as a GraphQL request.
            let status = if media == MediaType::GraphqlResponse { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            (status, format!("{{\"errors\":{}}}", json(errors)))
        }
        Outcome::Executed { response, .. } => {
            let mut body = String::from("{\"data\":");
            write_data(&mut body, &response.data);
            if !response.errors.is_empty() {
                body.push_str(",\"errors\":");
                body.push_str(&json(&response.errors));
            }
            body.push('}');
            (StatusCode::OK, body)
        }
    };
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, media.content_type())).body(body)
}

/// A request that is no GraphQL request.
pub fn refused(status: StatusCode, code: &str, message: &str, media: MediaType) -> HttpResponse {
    let body = serde_json::json!({"errors": [{"message": message, "extensions": {"code": code}}]}).to_string();
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, media.content_type())).body(body)
}

fn write_data(body: &mut String, data: &Value) {
    let Value::Object(fields) = data else {
        body.push_str(&json(data));
        return;
    };
    body.push('{');
    for (place, (key, value)) in fields.iter().enumerate() {
        body.push_str(if place == 0 { "\"" } else { ",\"" });
        body.push_str(key);
        body.push_str("\":");
        match value {
            Value::Object(object) => match object.get(async_graphql_value::RAW_VALUE_TOKEN) {
                Some(Value::String(raw)) => body.push_str(raw),
                _ => body.push_str(&json(value)),
            },
            value => body.push_str(&json(value)),
        }
    }
    body.push('}');
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
