//! The endpoint `/graphql`: GraphQL over HTTP, by POST and by GET.
//!
//! Format: <https://graphql.github.io/graphql-over-http/draft/>.

mod batch;
mod call;
mod negotiate;
mod read;
mod reply;

use actix_web::{
    HttpRequest, HttpResponse,
    guard::fn_guard,
    http::header,
    middleware::Condition,
    web::{self, Data, Payload, ServiceConfig},
};
use serde_json::Value as Json;

use self::{call::Call, negotiate::Accepted};
pub use self::{negotiate::MediaType, read::json as read_request, reply::Reply};
use super::{HttpConfig, body, endpoint::Endpoint, refused::Refused, respond, socket};
use crate::schema::GraphqlRequest;

/// The methods of the endpoint, as `Allow` lists them. HEAD is none: it would run a query and throw the answer away.
const METHODS: &str = "GET, POST";

/// Adds the endpoint.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    let resource = web::resource("/graphql")
        .route(web::get().guard(fn_guard(socket::is_asked_for)).to(socket::open))
        .route(web::post().to(post))
        .route(web::get().to(get))
        .route(web::method(actix_web::http::Method::OPTIONS).to(options))
        .default_service(web::to(other_method))
        .wrap(Condition::new(settings.origins.is_open(), settings.origins.cors()));
    config.service(resource);
}

/// What a body holds.
enum Asked {
    One(Box<GraphqlRequest>),
    Batch(Vec<Json>),
}

async fn post(http: HttpRequest, endpoint: Data<Endpoint>, payload: Payload) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refused) => return respond::send(&http, MediaType::Json, refused.into()).await,
    };
    let reply = match posted(&http, payload).await {
        Ok(Asked::One(request)) => return call.respond(*request).await,
        Ok(Asked::Batch(entries)) => batch::answer(&call, entries).await,
        Err(refused) => refused.into(),
    };
    respond::send(&http, call.media(), reply).await
}

async fn get(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refused) => return respond::send(&http, MediaType::Json, refused.into()).await,
    };
    match read::query_string(http.query_string()) {
        Ok(request) => call.respond(request).await,
        Err(refused) => respond::send(&http, call.media(), refused.into()).await,
    }
}

async fn options() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::ALLOW, METHODS)).finish()
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    let media = Accepted::of(&http).whole.unwrap_or(MediaType::Json);
    respond::send(&http, media, Refused::method(METHODS, "Ask by POST or by GET.").into()).await
}

async fn posted(http: &HttpRequest, payload: Payload) -> Result<Asked, Refused> {
    let body = body::read(http, payload).await?;
    match serde_json::from_slice(&body) {
        Ok(Json::Array(entries)) => Ok(Asked::Batch(entries)),
        Ok(value) => Ok(Asked::One(Box::new(read::json(value)?))),
        Err(_) if body.is_empty() => Err(Refused::bad("The body is empty.")),
        Err(_) => Err(Refused::bad("The body is not JSON.")),
    }
}
