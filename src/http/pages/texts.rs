//! Texts for programs: `/llms.txt`, `/robots.txt`, `/sitemap.xml`, and the guides below `/docs/`.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, ServiceConfig},
};

use super::{
    CONTENT_SECURITY_POLICY, not_found,
    reference::SCHEMA,
    visit::{self, Refused, Visit},
};
use crate::{
    http::{
        endpoint::Endpoint,
        playground::{page, readable},
        response::{TEXT, caching, secured},
    },
    pages::{explore::Sitemap, guide, reference},
    schema::Response,
};

/// The responses with the guides below `/docs/`, by path.
static GUIDES: LazyLock<Vec<(&str, Response)>> =
    LazyLock::new(|| guide::GUIDES.iter().map(|(path, text, _)| (*path, Response::new(*text, 0, 0))).collect());

/// Media type of the sitemap.
const XML: &str = "application/xml; charset=utf-8";

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(page("/llms.txt").route(readable().to(llms)))
        .service(page("/sitemap.xml").route(readable().to(sitemap)))
        .service(page("/robots.txt").route(readable().to(robots)))
        .service(page("/docs/{path:.+}").route(readable().to(document)));
}

async fn llms(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let text = guide::llms(&visit::site(&http, Some(&endpoint)));
    respond(&http, &Response::new(text, 0, 0))
}

async fn robots(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let text = guide::robots(&visit::site(&http, Some(&endpoint)));
    respond(&http, &Response::new(text, 0, 0))
}

async fn sitemap(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let made = async {
        let mut visit = Visit::begin(&http, &endpoint).await?;
        let schema = SCHEMA.get().await?.as_ref().ok().filter(|_| visit.site.may_read_schema);
        let mut sitemap = Sitemap::new(schema.into_iter().flat_map(reference::paths));
        while sitemap.add(visit.read(&sitemap.request()).await?) {}
        let text = visit.make_in_pool(move |site| sitemap.text(site)).await?;
        visit.respond(XML, text).await
    };
    made.await.unwrap_or_else(|refused: Refused| refused.respond(&http, &endpoint))
}

async fn document(http: HttpRequest) -> HttpResponse {
    let path = http.match_info().query("path");
    match GUIDES.iter().find(|(guide, _)| *guide == path) {
        Some((_, text)) => respond(&http, text),
        None => not_found(http).await,
    }
}

/// Responds with a text, or with 304 if the client has it already.
fn respond(http: &HttpRequest, text: &Response) -> HttpResponse {
    let mut response = secured(HttpResponse::Ok(), CONTENT_SECURITY_POLICY);
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, text.etag()));
    if caching::is_current(http, text.etag()) {
        return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(TEXT).body(text.body.clone())
}
