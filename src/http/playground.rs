//! The page that people open in a browser: `GraphiQL`, or our own small page.
//!
//! Both are embedded. `build.rs` bundles `GraphiQL` when npm is there; a build without it serves the
//! small page of `web/fallback` in its place, which every build also has at `/playground-basic`.
//! All addresses in the pages are relative, so the service works behind a path prefix. Nothing here
//! reads a file, and no page asks another host for anything: the policy below forbids it.

mod asset;
#[cfg(test)]
mod tests;

use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use self::asset::Asset;
use super::{
    endpoint::Endpoint,
    negotiate::{Accepted, Page},
    refused::{NOT_FOUND, Refused},
    respond,
    visitor::Visitor,
};

/// Where the pages may load from. Monaco writes `<style>` elements and inline images, hence the
/// two exceptions; scripts come from files of this origin only, and `eval` stays forbidden.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GraphiQL` as `build.rs` bundled it; empty when it could not.
static BUNDLE: &[Asset] = include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// Browsers ask for it at `/favicon.ico` on pages that name none, such as plain text.
const ICON: Asset = Asset::plain("playground/icon.svg", include_bytes!("../../web/playground/src/icon.svg"));

/// Our own page. `index.html` stays out of the table of paths: it has an address of its own.
static SMALL_PAGE: Asset = Asset::plain("index.html", include_bytes!("../../web/fallback/index.html"));
static SMALL_PARTS: &[Asset] = &[
    ICON,
    Asset::plain("playground/basic/page.css", include_bytes!("../../web/fallback/page.css")),
    Asset::plain("playground/basic/page.js", include_bytes!("../../web/fallback/page.js")),
];

/// The page where there is nothing. `{root}` stands for the way to the folder of the service, so that its links hold behind a path
/// prefix as well.
const NOTHING: &str = include_str!("../../web/fallback/nothing.html");
/// How many folders up the links of that page lead at most. No address of the service is as deep.
const MAX_DEPTH: usize = 16;

/// Whether this build has `GraphiQL`; without it, the small page takes its place.
#[must_use]
pub const fn is_bundled() -> bool {
    cfg!(playground_bundled)
}

/// Adds the pages and their files: `/` for clients that take HTML, `/playground`,
/// `/playground-basic`, `/favicon.ico` and everything below `/playground/`.
///
/// A client that does not take HTML passes by `/`, so another resource may answer it there.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(page("/").guard(TakesHtml).route(readable().to(playground)))
        .service(page("/playground").route(readable().to(playground)))
        .service(page("/playground/").route(readable().to(without_slash)))
        .service(page("/playground-basic").route(readable().to(small_page)))
        .service(page("/favicon.ico").route(readable().to(icon)))
        .service(page("/playground/{file:.+}").route(readable().to(file)));
}

fn page(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(not_allowed))
}

/// A route for GET and HEAD.
pub(super) fn readable() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Lets a request by whose `Accept` header, when it has one, allows HTML.
struct TakesHtml;

impl Guard for TakesHtml {
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

/// The page, for whoever may open it. Its scripts and styles are the same for everybody, and no secret.
async fn page_for(request: &HttpRequest, page: &Asset) -> HttpResponse {
    if let Some(endpoint) = request.app_data::<web::Data<Endpoint>>() {
        let access = &endpoint.gate.access;
        let caller = access.authenticate(Visitor::of(request).authorization.as_deref()).await;
        if let Err(problem) = caller.and_then(|caller| access.may_open_playground(&caller)) {
            let refused = Refused::from(problem);
            let mut response = asset::secured(HttpResponse::build(refused.status));
            for header in refused.headers {
                response.insert_header(header);
            }
            return response.content_type("text/plain; charset=utf-8").body(format!("{}\n", refused.message));
        }
    }
    page.answer(request)
}

async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.answer(&request)
}

/// Relative addresses in the page count from the folder above, so it has one spelling.
async fn without_slash(request: HttpRequest) -> HttpResponse {
    let query = request.query_string();
    let separator = if query.is_empty() { "" } else { "?" };
    asset::secured(HttpResponse::TemporaryRedirect())
        .insert_header((header::LOCATION, format!("../playground{separator}{query}")))
        .finish()
}

async fn file(request: HttpRequest) -> HttpResponse {
    // Not the request's path: that has the scope in front, when there is one.
    let path = format!("playground/{}", request.match_info().query("file"));
    match find(SMALL_PARTS, &path).or_else(|| find(BUNDLE, &path)) {
        Some(asset) => asset.answer(&request),
        None => nothing(request).await,
    }
}

/// The response where there is nothing: a page for people, JSON for programs.
pub(super) async fn nothing(request: HttpRequest) -> HttpResponse {
    if Accepted::of(request.headers()).page != Page::Preferred {
        let message = "There is nothing at this address.";
        return respond::refuse(&request, Refused::new(StatusCode::NOT_FOUND, NOT_FOUND, message));
    }
    let depth = request.path().matches('/').count().saturating_sub(1).min(MAX_DEPTH);
    asset::secured(HttpResponse::NotFound())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .content_type("text/html; charset=utf-8")
        .body(NOTHING.replace("{root}", &format!("./{}", "../".repeat(depth))))
}

async fn not_allowed() -> HttpResponse {
    asset::secured(HttpResponse::MethodNotAllowed()).insert_header((header::ALLOW, "GET, HEAD")).finish()
}

fn find<'a>(assets: &'a [Asset], path: &str) -> Option<&'a Asset> {
    assets.iter().find(|asset| asset.path == path)
}
