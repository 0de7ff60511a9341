//! The endpoint `/graphql`: GraphQL over HTTP, by POST and by GET.

use actix_web::{
    HttpRequest, HttpResponse,
    guard::fn_guard,
    http::{StatusCode, header},
    web::{self, Bytes, Data, ServiceConfig},
};
use async_graphql::{Request, Variables};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    events,
    respond::{self, MediaType},
    socket::{self, Sockets, Visitor},
};
use crate::schema::{self, Schema};

/// The request cannot be read as a GraphQL request.
const BAD_REQUEST: &str = "BAD_REQUEST";

/// Adds the endpoint.
pub fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/graphql")
        .route(web::get().guard(fn_guard(socket::is_asked_for)).to(socket::open))
        .route(web::post().to(post))
        .route(web::get().to(get))
        .default_service(web::to(other_method));
    config.service(resource);
}

/// A GraphQL request, in a body or in a query string.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphqlRequest {
    query: String,
    operation_name: Option<String>,
    variables: Option<Json>,
}

async fn post(http: HttpRequest, schema: Data<Schema>, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let media = accepted(&http);
    let refused = |status, code, message: &str| respond::refused(status, code, message, media);
    let content_type = header_text(&http, &header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let message = "Send the request as JSON, with Content-Type: application/json.";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    let body = match body {
        Ok(body) => body,
        Err(failure) if failure.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE => {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "The body is longer than 1 MiB.");
        }
        Err(_) => return refused(StatusCode::BAD_REQUEST, BAD_REQUEST, "The body could not be read."),
    };
    match serde_json::from_slice::<Json>(&body) {
        // serde reads structures from arrays too; a request is an object.
        Ok(json @ Json::Object(_)) => {
            let Ok(request) = serde_json::from_value(json) else {
                let message =
                    "A request is an object with a text \"query\", and perhaps \"variables\" and \"operationName\".";
                return refused(StatusCode::BAD_REQUEST, BAD_REQUEST, message);
            };
            answer(&http, &schema, request, media).await
        }
        Ok(_) => refused(StatusCode::BAD_REQUEST, BAD_REQUEST, "The body is not a JSON object."),
        Err(_) => refused(StatusCode::BAD_REQUEST, BAD_REQUEST, "The body is not JSON."),
    }
}

async fn get(http: HttpRequest, schema: Data<Schema>) -> HttpResponse {
    let media = accepted(&http);
    let refused = |message: &str| respond::refused(StatusCode::BAD_REQUEST, BAD_REQUEST, message, media);
    let Ok(pairs) = web::Query::<Vec<(String, String)>>::from_query(http.query_string()) else {
        return refused("The query string cannot be read.");
    };
    let parameter = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let Some(query) = parameter("query") else {
        return refused("There is no parameter \"query\".");
    };
    let variables = match parameter("variables").filter(|text| !text.is_empty()).map(|text| serde_json::from_str(&text)) {
        None => None,
        Some(Ok(variables)) => Some(variables),
        Some(Err(_)) => return refused("The parameter \"variables\" is not JSON."),
    };
    let operation_name = parameter("operationName");
    answer(&http, &schema, GraphqlRequest { query, operation_name, variables }, media).await
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    let message = "Ask by POST or by GET.";
    let mut response = respond::refused(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, accepted(&http));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, POST"));
    response
}

async fn answer(http: &HttpRequest, schema: &Schema, request: GraphqlRequest, media: MediaType) -> HttpResponse {
    let variables = match request.variables {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(variables)) => variables,
        Some(_) => {
            return respond::refused(StatusCode::BAD_REQUEST, BAD_REQUEST, "\"variables\" is not an object.", media);
        }
    };
    // Some clients send an empty name for none.
    let operation_name = request.operation_name.filter(|name| !name.is_empty());
    if events::is_accepted(http)
        && let Some(sockets) = http.app_data::<Data<Sockets>>()
    {
        let document = Some(request.query);
        let request = schema::GraphqlRequest { document, operation_name, variables, ..Default::default() };
        let results = sockets.host().begin(&Visitor::of(http), request);
        return events::respond(results, sockets.places(), sockets.shutdown().clone());
    }
    let mut graphql = Request::new(request.query).variables(Variables::from_json(Json::Object(variables)));
    graphql.operation_name = operation_name;
    let started = std::time::Instant::now();
    let outcome = schema::execute(schema, graphql).await;
    let statements = match &outcome {
        schema::Outcome::Executed { statements, .. } => *statements,
        schema::Outcome::Refused(_) => 0,
    };
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    tracing::debug!(statements, milliseconds, "operation");
    respond::outcome(&outcome, media)
}

fn accepted(http: &HttpRequest) -> MediaType {
    MediaType::accepted(header_text(http, &header::ACCEPT))
}

fn header_text<'h>(http: &'h HttpRequest, name: &header::HeaderName) -> Option<&'h str> {
    http.headers().get(name).and_then(|value| value.to_str().ok())
}
