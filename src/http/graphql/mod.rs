//! The endpoint `/graphql`: GraphQL over HTTP, by POST and by GET.
//!
//! Format: <https://graphql.github.io/graphql-over-http/draft/>.

mod batch;
mod call;
pub mod parameters;

use actix_web::{
    HttpRequest, HttpResponse,
    dev::RequestHead,
    guard::fn_guard,
    http::header,
    middleware::{Condition, from_fn},
    web::{self, Bytes, Data, Payload, ServiceConfig},
};

use self::call::Call;
use super::{
    HttpConfig,
    client::{UnverifiedClient, refused_origins},
    endpoint::Endpoint,
    gate::ReadCharge,
    request::{
        Accepted, HtmlAcceptance,
        body::{self, Body},
    },
    response::{self, AnyRefusal, HttpRefusal},
    socket,
};

/// The methods of the endpoint, as a value of `Allow`. HEAD is not among them, because it would run a query and discard the
/// result.
const METHODS: &str = "GET, POST";

/// Adds the route `/graphql`.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    let resource = web::resource("/graphql")
        .route(web::get().guard(fn_guard(|context| socket::is_websocket_upgrade(context.head()))).to(socket::open))
        .route(web::get().guard(fn_guard(|context| is_page_visit(context.head()))).to(redirect_to_playground))
        .route(web::post().to(post))
        .route(web::get().to(get))
        .route(web::method(actix_web::http::Method::OPTIONS).to(options))
        .default_service(web::to(other_method))
        .wrap(Condition::new(settings.origins.allows_any(), settings.origins.cors()))
        .wrap(from_fn(refused_origins::log_refused_preflight));
    config.service(resource);
}

async fn post(http: HttpRequest, endpoint: Data<Endpoint>, payload: Payload) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refusal) => return response::refuse(&http, refusal),
    };
    let Body { bytes, reservation, charge } = match body::read(&http, payload, &endpoint.gate.service, call.account()).await
    {
        Ok(body) => body,
        Err(refusal) => return call.send(call.refuse(refusal).await).await,
    };
    let bytes = Bytes::from(bytes);
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let parts = match call.parse(bytes, reservation, parameters::parse).await {
            Ok((requests, _reservation)) => batch::run(&call, requests).await,
            Err(refusal) => call.refuse(refusal).await,
        };
        return call.send(parts).await;
    }
    call.respond(charge, call.parse(bytes, reservation, parameters::from_body).await).await
}

async fn get(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let call = match Call::begin(&http, &endpoint).await {
        Ok(call) => call,
        Err(refusal) => return response::refuse(&http, refusal),
    };
    let text = http.query_string();
    match ReadCharge::new(call.account(), text.len()) {
        Ok(charge) => {
            let request = parameters::from_query_string(text).and_then(|(request, parsed)| {
                let mut reservation = None;
                call.account().adjust(&mut reservation, parsed as u64).map_err(|_| HttpRefusal::out_of_memory())?;
                Ok((request, reservation))
            });
            call.respond(charge, request.map_err(AnyRefusal::from)).await
        }
        Err(limited) => call.send(call.refuse(limited.into()).await).await,
    }
}

/// Reports whether a person opens the URL in a browser: the client prefers a page, and the request names no operation.
fn is_page_visit(head: &RequestHead) -> bool {
    Accepted::of(head.headers()).html == HtmlAcceptance::Preferred
        && !parameters::names_operation(head.uri.query().unwrap_or_default())
}

/// Redirects a browser to the playground. The location is relative, so it also works behind a path prefix.
async fn redirect_to_playground(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    if let Err(refusal) = endpoint.gate.charge(&UnverifiedClient::of(&http)).await {
        return response::refuse(&http, refusal);
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
    response::refuse(&http, HttpRefusal::method_not_allowed(METHODS, "Use GET or POST."))
}
