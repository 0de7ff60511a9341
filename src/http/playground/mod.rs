//! The playground: `GraphiQL`, and a small page of the project.
//!
//! The pages are embedded in the program, so no file is read when they are served. `build.rs` bundles `GraphiQL` if npm is
//! installed. Without npm, the small page of `web/fallback` replaces it; every build also serves that page at
//! `/playground-basic`. All URLs in the pages are relative, so the service works behind a path prefix. The pages load
//! nothing from other hosts, which [`CONTENT_SECURITY_POLICY`] enforces.

#[cfg(test)]
mod tests;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::{
    asset::Asset,
    client::UnverifiedClient,
    endpoint::Endpoint,
    observe::RequestStats,
    pages,
    response::{self, HttpRefusal, TEXT, secured},
};

/// What the pages may load. `'unsafe-inline'` and `data:` are for Monaco, which writes `<style>` elements and inline
/// images. Scripts are loaded only from files of this origin, and `eval` is forbidden.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files of `GraphiQL`, which `build.rs` bundles; empty if it could not.
static BUNDLE: &[Asset] = include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// The icon. Browsers request it at `/favicon.ico` for pages that do not name one, such as plain text.
const ICON: Asset = Asset::plain("playground/icon.svg", include_bytes!("../../../web/playground/src/icon.svg"));

/// The small page. It is not in [`SMALL_PARTS`], because it is served at a URL of its own.
static SMALL_PAGE: Asset = Asset::plain("index.html", include_bytes!("../../../web/fallback/index.html"));
static SMALL_PARTS: &[Asset] = &[
    ICON,
    Asset::plain("playground/basic/page.css", include_bytes!("../../../web/fallback/page.css")),
    Asset::plain("playground/basic/page.js", include_bytes!("../../../web/fallback/page.js")),
];

/// Reports whether this build contains `GraphiQL`. If not, the small page replaces it.
#[must_use]
pub const fn is_bundled() -> bool {
    cfg!(playground_bundled)
}

/// Adds the routes of the pages and their files: `/playground`, `/playground-basic`, `/favicon.ico` and everything below
/// `/playground/`.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(page("/playground").route(readable().to(playground)))
        .service(page("/playground/").route(readable().to(without_slash)))
        .service(page("/playground-basic").route(readable().to(small_page)))
        .service(page("/favicon.ico").route(readable().to(icon)))
        .service(page("/playground/{file:.+}").route(readable().to(file)));
}

pub(super) fn page(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(not_allowed))
}

/// Returns a route for GET and HEAD.
pub(super) fn readable() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn playground(request: HttpRequest) -> HttpResponse {
    page_for(&request, find(BUNDLE, "index.html").unwrap_or(&SMALL_PAGE)).await
}

async fn small_page(request: HttpRequest) -> HttpResponse {
    page_for(&request, &SMALL_PAGE).await
}

/// Responds with a page if the client may open it. Its scripts and styles contain nothing secret, so they are served to
/// every client.
async fn page_for(request: &HttpRequest, page: &Asset) -> HttpResponse {
    if let Some(endpoint) = request.app_data::<web::Data<Endpoint>>() {
        let access = &endpoint.gate.access;
        let principal = access.authenticate(UnverifiedClient::of(request).authorization.as_deref()).await;
        if let Err(problem) = principal.and_then(|principal| access.may_open_playground(&principal)) {
            let refusal = HttpRefusal::from(problem);
            let mut response = secured(HttpResponse::build(refusal.status), CONTENT_SECURITY_POLICY);
            for header in refusal.headers {
                response.insert_header(header);
            }
            let mut response = response.content_type(TEXT).body(format!("{}\n", refusal.message));
            response.extensions_mut().insert(RequestStats::refused(Some(refusal.code)));
            return response;
        }
    }
    page.respond(request, CONTENT_SECURITY_POLICY)
}

async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.respond(&request, CONTENT_SECURITY_POLICY)
}

/// Redirects to the URL without the slash at its end. With the slash, relative URLs in the page would be wrong.
async fn without_slash(request: HttpRequest) -> HttpResponse {
    let query = match pages::query_string(&request) {
        Ok(query) => query,
        Err(refusal) => return response::refuse(&request, refusal),
    };
    let separator = if query.is_empty() { "" } else { "?" };
    secured(HttpResponse::TemporaryRedirect(), CONTENT_SECURITY_POLICY)
        .insert_header((header::LOCATION, format!("../playground{separator}{query}")))
        .finish()
}

async fn file(request: HttpRequest) -> HttpResponse {
    // The path of the request may begin with an Actix scope, so it is not used.
    let path = format!("playground/{}", request.match_info().query("file"));
    match find(SMALL_PARTS, &path).or_else(|| find(BUNDLE, &path)) {
        Some(asset) => asset.respond(&request, CONTENT_SECURITY_POLICY),
        None => pages::not_found(request).await,
    }
}

async fn not_allowed() -> HttpResponse {
    secured(HttpResponse::MethodNotAllowed(), CONTENT_SECURITY_POLICY).insert_header((header::ALLOW, "GET, HEAD")).finish()
}

fn find<'a>(assets: &'a [Asset], path: &str) -> Option<&'a Asset> {
    assets.iter().find(|asset| asset.path == path)
}
