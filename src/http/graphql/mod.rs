//! The endpoint `/graphql`: GraphQL over HTTP, by POST and by GET.
//!
//! Format: <https://graphql.github.io/graphql-over-http/draft/>.

mod batch;
mod call;
mod read;
mod reply;

use actix_web::{
    HttpRequest, HttpResponse,
    dev::RequestHead,
    guard::fn_guard,
    http::header,
    middleware::{Condition, from_fn},
    web::{self, Bytes, Data, Payload, ServiceConfig},
};

use self::call::Call;
pub use self::{read::json as read_request, reply::Reply};
use super::{
    HttpConfig, body,
    endpoint::Endpoint,
    gate::Denied,
    negotiate::{Accepted, Page},
    refused::Refused,
    refused_origins, respond, socket,
    visitor::Visitor,
};

/// The methods of the endpoint, as `Allow` lists them. HEAD is none: it would run a query and throw the answer away.
const METHODS: &str = "GET, POST";

/// Adds the endpoint.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    let resource = web::resource("/graphql")
        .route(web::get().guard(fn_guard(|context| socket::is_asked_for(context.head()))).to(socket::open))
        .route(web::get().guard(fn_guard(|context| is_visit(context.head()))).to(visit))
        .route(web::post().to(post))
        .route(web::get().to(get))
        .route(web::method(actix_web::http::Method::OPTIONS).to(options))
        .default_service(web::to(other_method))
        .wrap(Condition::new(settings.origins.is_open(), settings.origins.cors()))
        .wrap(from_fn(refused_origins::warn));
    config.service(resource);
}

async fn post(http: HttpRequest, endpoint: Data<Endpoint>, payload: Payload) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refused) => return respond::refuse(&http, refused),
    };
    let read = async {
        let paid = call.read(body::declared(&http))?;
        let body = body::read(&http, payload, &endpoint.gate.service, call.account()).await?;
        let paid = call.read_more(paid, body.bytes.len())?;
        Ok((paid, Bytes::from(body.bytes), body.held))
    };
    let (paid, bytes, held) = match read.await {
        Ok(read) => read,
        Err(denied) => return call.send(call.denied(denied).await).await,
    };
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let entries = call.parse(bytes, read::batch).await;
        drop(held);
        let reply = match entries {
            Ok(entries) => batch::answer(&call, entries).await,
            Err(denied) => call.denied(denied).await,
        };
        return call.send(reply).await;
    }
    let request = call.parse(bytes, read::body).await.map(|request| (request, held));
    call.respond(paid, request).await
}

async fn get(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refused) => return respond::refuse(&http, refused),
    };
    let text = http.query_string();
    match call.read(text.len()) {
        Ok(paid) => call.respond(paid, read::query_string(text).map(|request| (request, None)).map_err(Denied::from)).await,
        Err(denied) => call.send(call.denied(denied).await).await,
    }
}

/// Whether a person opens the address in a browser, and names no operation.
fn is_visit(head: &RequestHead) -> bool {
    Accepted::of(head.headers()).page == Page::Preferred && !read::names_operation(head.uri.query().unwrap_or_default())
}

/// Leads a browser to the playground. The address is relative, so it holds behind a path prefix.
async fn visit(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    if let Err(refused) = endpoint.gate.charge(&Visitor::of(&http)).await {
        return respond::refuse(&http, refused);
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "./playground"))
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

async fn options() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::ALLOW, METHODS)).finish()
}

async fn other_method(http: HttpRequest) -> HttpResponse {
    respond::refuse(&http, Refused::method(METHODS, "Ask by POST or by GET."))
}
