//! The pages of the product, and the texts for programs. The handlers run the GraphQL requests that `src/pages/`
//! declares, for the client that opens a page, and respond with the result.

mod desk;
mod explore;
mod reference;
mod texts;
mod visit;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Query, ServiceConfig},
};
use serde::{Deserialize, de::DeserializeOwned};

pub use self::reference::SCHEMA as REFERENCE_SCHEMA;
use self::visit::{Refused, Visit};
use super::{
    asset::Asset,
    config::HttpConfig,
    endpoint::Endpoint,
    playground::{page, readable},
    request::{Accepted, HtmlAcceptance},
    response::{self, HttpRefusal, NOT_FOUND, secured},
};
use crate::pages::{
    guide,
    home::{self, Subject},
    library, message,
    questions::{self, Records, ResolvedQuestion},
    search,
};

/// What the pages may load: scripts, styles, images and data of this origin only, without inline scripts and styles.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                                       connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Media type of the pages.
const HTML: &str = "text/html; charset=utf-8";
/// Media type of the JSON at `/` for programs.
const JSON: &str = "application/json; charset=utf-8";

/// Longest query string of a page other than the first, in bytes. Links to the page repeat the parameters.
const MAX_PARAMETERS: usize = 16 * 1024;

/// The style sheet, in the order of its parts.
const STYLES: &str = concat!(
    include_str!("../../../web/site/1-base.css"),
    include_str!("../../../web/site/2-layout.css"),
    include_str!("../../../web/site/3-answer.css"),
    include_str!("../../../web/site/4-lists.css"),
    include_str!("../../../web/site/5-explore.css"),
    include_str!("../../../web/site/6-media.css"),
);

/// The files of the pages.
static FILES: [Asset; 4] = [
    Asset::plain("site/site.css", STYLES.as_bytes()),
    Asset::plain("site/site.js", include_bytes!("../../../web/site/site.js")),
    Asset::plain("site/reference.js", include_bytes!("../../../web/site/reference.js")),
    Asset::plain("site/map.js", include_bytes!("../../../web/site/map.js")),
];

/// Adds the routes: `/`, the files of the pages, the texts for programs, and the editor's desk if the settings enable it.
pub fn configure(config: &mut ServiceConfig, settings: &HttpConfig) {
    if settings.desk {
        config.configure(desk::configure);
    }
    config
        .service(page("/").route(readable().to(root)))
        .configure(explore::configure)
        .configure(reference::configure)
        .service(page("/site/{file}").route(readable().to(file)))
        .configure(texts::configure);
}

/// The parameters of the first page.
#[derive(Deserialize)]
struct Parameters {
    /// Slug of a question.
    q: Option<String>,
    /// Text to search for.
    search: Option<String>,
    /// Cursor after which the found records begin.
    after: Option<String>,
    /// A query for the playground. Earlier versions made share links to `/` with this parameter.
    query: Option<String>,
}

async fn root(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let accepted = Accepted::of(http.headers());
    let response = if accepted.html == HtmlAcceptance::Refused || accepted.prefers_json {
        document(&http, &endpoint).await
    } else {
        first_page(&http, &endpoint).await
    };
    response.unwrap_or_else(|refused| refused.respond(&http, &endpoint))
}

async fn first_page(http: &HttpRequest, endpoint: &Endpoint) -> Result<HttpResponse, Refused> {
    let Query(parameters) = Query::<Parameters>::from_query(http.query_string()).map_err(|_| unreadable_parameters())?;
    if parameters.query.is_some() {
        return Ok(to_playground(http)?);
    }
    let text = parameters.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    text.map_or(Ok(()), search::check).map_err(HttpRefusal::bad_request)?;
    let question = match &parameters.q {
        Some(slug) => questions::find(slug).ok_or_else(unknown_url)?,
        None => questions::all().first().ok_or_else(unknown_url)?,
    };
    let subject = match text {
        Some(text) => {
            Subject::Search { text: text.to_owned(), after: parameters.after.clone().filter(|after| !after.is_empty()) }
        }
        None => Subject::Question(question.with_named_records()),
    };
    let mut visit = Visit::begin(http, endpoint).await?;
    // The request of the subject runs first, because the log names only the first operation of a response.
    let first_request = subject.request();
    let mut data = visit.run(&first_request).await?;
    let questions = resolved_questions(&mut visit).await?;
    let resolved = match (text, &parameters.q) {
        (Some(_), _) => None,
        (None, Some(_)) => questions.iter().find(|resolved| resolved.slug == question.slug),
        (None, None) => questions.first(),
    };
    let subject = resolved.cloned().map_or(subject, Subject::Question);
    if subject.request() != first_request {
        data = visit.run(&subject.request()).await?;
    }
    let library: library::Data = visit.read(&library::request()).await?;
    let page = visit.make(move |site| home::make(site, &library.library, &questions, &subject, data)).await?;
    visit.respond(HTML, page).await
}

/// Returns the questions of the first page. They are only about records that the library has.
async fn resolved_questions(visit: &mut Visit<'_>) -> Result<Vec<ResolvedQuestion>, Refused> {
    let known: Records = visit.read(&questions::known()).await?;
    let substitutes: Option<Records> =
        if known.is_complete() { None } else { Some(visit.read(&questions::substitutes()).await?) };
    Ok(questions::resolve(&known, substitutes.as_ref()))
}

/// Responds with the JSON at `/` for programs.
async fn document(http: &HttpRequest, endpoint: &Endpoint) -> Result<HttpResponse, Refused> {
    let mut visit = Visit::begin(http, endpoint).await?;
    let library: library::Data = visit.read(&library::request()).await?;
    let document = guide::document(&visit.site, &library.library).to_string();
    visit.respond(JSON, document).await
}

/// Redirects to the playground with the same query string.
fn to_playground(http: &HttpRequest) -> Result<HttpResponse, HttpRefusal> {
    let location = format!("./playground?{}", query_string(http)?);
    let mut response = secured(HttpResponse::PermanentRedirect(), CONTENT_SECURITY_POLICY);
    Ok(response.insert_header((header::LOCATION, location)).insert_header((header::VARY, "Accept")).finish())
}

async fn file(http: HttpRequest) -> HttpResponse {
    let name = http.match_info().query("file");
    match FILES.iter().find(|file| file.path.strip_prefix("site/") == Some(name)) {
        Some(file) => file.respond(&http, CONTENT_SECURITY_POLICY),
        None => not_found(http).await,
    }
}

/// Responds with 404: a page for browsers, JSON for programs.
pub(super) async fn not_found(http: HttpRequest) -> HttpResponse {
    let refusal = unknown_url();
    if Accepted::of(http.headers()).html != HtmlAcceptance::Preferred {
        return response::refuse(&http, refusal);
    }
    let site = visit::site(&http, http.app_data::<Data<Endpoint>>().map(|endpoint| &***endpoint));
    visit::uncached(StatusCode::NOT_FOUND, message::not_found(&site))
}

/// Reads the parameters of the URL of a page.
fn parameters<T: DeserializeOwned>(http: &HttpRequest) -> Result<T, HttpRefusal> {
    let text = query_string(http)?;
    Query::<T>::from_query(text).map(Query::into_inner).map_err(|_| unreadable_parameters())
}

/// Returns the query string of the URL of a page.
///
/// # Errors
/// Returns a refusal if it is too long.
pub(super) fn query_string(http: &HttpRequest) -> Result<&str, HttpRefusal> {
    let text = http.query_string();
    if text.len() > MAX_PARAMETERS {
        let most = MAX_PARAMETERS >> 10;
        let message = format!("The parameters of the URL are longer than {most} KiB. Choose fewer values.");
        return Err(HttpRefusal::bad_request(message));
    }
    Ok(text)
}

fn unreadable_parameters() -> HttpRefusal {
    HttpRefusal::bad_request("A parameter of the URL is repeated or malformed.")
}

fn unknown_url() -> HttpRefusal {
    HttpRefusal::new(StatusCode::NOT_FOUND, NOT_FOUND, "There is nothing at this URL.")
}
