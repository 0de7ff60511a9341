//! The pages for browsers: `GraphiQL`, a small page of the project, and the page for addresses that do not exist.
//!
//! The pages are embedded in the program, so no file is read when they are served. `build.rs` bundles `GraphiQL` if npm is
//! installed. Without npm, the small page of `web/fallback` replaces it; every build also serves that page at
//! `/playground-basic`. All addresses in the pages are relative, so the service works behind a path prefix. The pages load
//! nothing from other hosts, which [`CONTENT_SECURITY_POLICY`] enforces.

mod asset;
#[cfg(test)]
mod tests;

use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use self::asset::Asset;
use super::{
    client::UnverifiedClient,
    endpoint::Endpoint,
    request::{Accepted, Page},
    response::{self, HttpRefusal, NOT_FOUND},
};

/// What the pages may load. The two exceptions are for Monaco, which writes `<style>` elements and inline images.
/// Scripts are loaded only from files of this origin, and `eval` is forbidden.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files of `GraphiQL`, which `build.rs` bundles; empty if it could not.
static BUNDLE: &[Asset] = include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// The icon. Browsers request it at `/favicon.ico` for pages that do not name one, such as plain text.
const ICON: Asset = Asset::plain("playground/icon.svg", include_bytes!("../../../web/playground/src/icon.svg"));

/// The small page. It is not in [`SMALL_PARTS`], because it is served at an address of its own.
static SMALL_PAGE: Asset = Asset::plain("index.html", include_bytes!("../../../web/fallback/index.html"));
static SMALL_PARTS: &[Asset] = &[
    ICON,
    Asset::plain("playground/basic/page.css", include_bytes!("../../../web/fallback/page.css")),
    Asset::plain("playground/basic/page.js", include_bytes!("../../../web/fallback/page.js")),
];

/// The page for addresses that do not exist. `{root}` is replaced by the relative address of the service's root, so the
/// links also work behind a path prefix.
const NOT_FOUND_PAGE: &str = include_str!("../../../web/fallback/nothing.html");
/// Maximum `../` in the links of [`NOT_FOUND_PAGE`]. Every address of the service has fewer path segments.
const MAX_DEPTH: usize = 16;

/// Reports whether this build contains `GraphiQL`. If not, the small page replaces it.
#[must_use]
pub const fn is_bundled() -> bool {
    cfg!(playground_bundled)
}

/// Adds the routes of the pages and their files: `/` for clients that accept HTML, `/playground`, `/playground-basic`,
/// `/favicon.ico` and everything below `/playground/`.
///
/// The route `/` does not match requests of clients that do not accept HTML, so another resource may respond to them.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(page("/").guard(AcceptsHtml).route(readable().to(playground)))
        .service(page("/playground").route(readable().to(playground)))
        .service(page("/playground/").route(readable().to(without_slash)))
        .service(page("/playground-basic").route(readable().to(small_page)))
        .service(page("/favicon.ico").route(readable().to(icon)))
        .service(page("/playground/{file:.+}").route(readable().to(file)));
}

fn page(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(not_allowed))
}

/// Returns a route for GET and HEAD.
pub(super) fn readable() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Matches requests whose `Accept` header allows HTML, and requests without the header.
struct AcceptsHtml;

impl Guard for AcceptsHtml {
    fn check(&self, ctx: &GuardContext<'_>) -> bool {
        Accepted::of(ctx.head().headers()).page != Page::Refused
    }
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
            let mut response = asset::secured(HttpResponse::build(refusal.status));
            for header in refusal.headers {
                response.insert_header(header);
            }
            return response.content_type("text/plain; charset=utf-8").body(format!("{}\n", refusal.message));
        }
    }
    page.respond(request)
}

async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.respond(&request)
}

/// Redirects to the address without the slash at its end. With the slash, relative addresses in the page would be wrong.
async fn without_slash(request: HttpRequest) -> HttpResponse {
    let query = request.query_string();
    let separator = if query.is_empty() { "" } else { "?" };
    asset::secured(HttpResponse::TemporaryRedirect())
        .insert_header((header::LOCATION, format!("../playground{separator}{query}")))
        .finish()
}

async fn file(request: HttpRequest) -> HttpResponse {
    // The path of the request may begin with an Actix scope, so it is not used.
    let path = format!("playground/{}", request.match_info().query("file"));
    match find(SMALL_PARTS, &path).or_else(|| find(BUNDLE, &path)) {
        Some(asset) => asset.respond(&request),
        None => not_found(request).await,
    }
}

/// Responds with 404: a page for browsers, JSON for programs.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    if Accepted::of(request.headers()).page != Page::Preferred {
        let message = "There is nothing at this address.";
        return response::refuse(&request, HttpRefusal::new(StatusCode::NOT_FOUND, NOT_FOUND, message));
    }
    let depth = request.path().matches('/').count().saturating_sub(1).min(MAX_DEPTH);
    asset::secured(HttpResponse::NotFound())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .content_type("text/html; charset=utf-8")
        .body(NOT_FOUND_PAGE.replace("{root}", &format!("./{}", "../".repeat(depth))))
}

async fn not_allowed() -> HttpResponse {
    asset::secured(HttpResponse::MethodNotAllowed()).insert_header((header::ALLOW, "GET, HEAD")).finish()
}

fn find<'a>(assets: &'a [Asset], path: &str) -> Option<&'a Asset> {
    assets.iter().find(|asset| asset.path == path)
}
