//! The pages of the explorer, and the files of its lists.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, ServiceConfig},
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    CONTENT_SECURITY_POLICY, HTML, parameters, unknown_url,
    visit::{Refused, Visit},
};
use crate::{
    error::UNAVAILABLE,
    http::{
        endpoint::Endpoint,
        playground::{page, readable},
        response::{HttpRefusal, secured},
    },
    pages::{
        explore::{
            View,
            list::{Chosen, Format, LISTS},
            revision,
        },
        library,
    },
    strict,
};

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(page("/explore").route(readable().to(index)))
        .service(page("/explore/compare").route(readable().to(compare)))
        .service(page("/explore/revisions/{number}").route(readable().to(of_revision)))
        .service(page("/explore/{list}").route(readable().to(list)))
        .service(page("/explore/{list}/{slug}").route(readable().to(record)));
}

async fn index(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, Ok(View::Index)).await
}

async fn record(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    let slug = http.match_info().query("slug").to_owned();
    let view = match http.match_info().query("list") {
        "procedures" => Ok(View::Procedure(slug)),
        "conditions" => Ok(View::Condition(slug)),
        "outcomes" => Ok(View::Outcome(slug)),
        "sources" => Ok(View::Source(slug)),
        _ => Err(unknown_url()),
    };
    respond(&http, &endpoint, view).await
}

async fn of_revision(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    #[derive(Deserialize)]
    struct Parameters {
        after: Option<String>,
    }
    let number = strict::number(http.match_info().query("number")).ok_or_else(unknown_url);
    let page = number.and_then(|number| {
        let Parameters { after } = parameters(&http)?;
        Ok(revision::RevisionPage { number, after })
    });
    respond(&http, &endpoint, page.map(View::Revision)).await
}

async fn list(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, chosen(&http).map(View::List)).await
}

async fn compare(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, parameters(&http).map(View::Compare)).await
}

/// Reads from the URL the requested list and the selection of its entries.
fn chosen(http: &HttpRequest) -> Result<Chosen, HttpRefusal> {
    let name = http.match_info().query("list");
    let list = LISTS.into_iter().find(|list| list.name == name).ok_or_else(unknown_url)?;
    let parameters: Vec<(String, String)> = parameters(http)?;
    Chosen::read(list, &parameters).map_err(HttpRefusal::bad_request)
}

/// Responds with a page, or with the file of a list.
async fn respond(http: &HttpRequest, endpoint: &Endpoint, view: Result<View, HttpRefusal>) -> HttpResponse {
    let made = async {
        let view = view?;
        let mut visit = Visit::begin(http, endpoint).await?;
        // The request for the content of a page runs first, because the log names only the first operation of a response.
        let data = match &view {
            View::List(chosen) if chosen.format() != Format::Page => return file(visit, chosen).await,
            View::List(chosen) => entries(&mut visit, chosen).await?,
            _ => visit.run(&view.request()).await?,
        };
        if let Some(current) = view.current_slug(&data) {
            return Ok(moved(current));
        }
        let library: library::Data = visit.read(&library::request()).await?;
        let page = visit.make(move |site| view.make(site, &library.library, data)).await?;
        visit.respond(HTML, page.ok_or_else(unknown_url)?).await
    };
    made.await.unwrap_or_else(|refused: Refused| refused.respond(http, endpoint))
}

/// Redirects to the page of the same record under its current slug. Slugs have no characters to escape.
fn moved(slug: &str) -> HttpResponse {
    secured(HttpResponse::MovedPermanently(), CONTENT_SECURITY_POLICY)
        .insert_header((header::LOCATION, format!("./{slug}")))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .finish()
}

/// Reads one page of a list, or all entries.
async fn entries(visit: &mut Visit<'_>, chosen: &Chosen) -> Result<Json, Refused> {
    let mut data = Json::Null;
    let mut next = chosen.add_page(&mut data, visit.run(&chosen.request()).await?);
    while let Some(cursor) = next {
        next = chosen.add_page(&mut data, visit.run(&chosen.after(&cursor).request()).await?);
    }
    Ok(data)
}

/// Responds with a file. All of its entries are of one revision.
async fn file(mut visit: Visit<'_>, chosen: &Chosen) -> Result<HttpResponse, Refused> {
    let library: library::Data = visit.read(&library::request()).await?;
    let data = entries(&mut visit, chosen).await?;
    let later: library::Data = visit.read(&library::request()).await?;
    if later.library.revision != library.library.revision {
        let message = "The content has changed while the file was created. Download it again.";
        return Err(HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message).into());
    }
    let chosen = chosen.clone();
    let file = visit.make(move |site| chosen.file(site, &library.library, data)).await?;
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let mut response = visit.respond(file.media_type, file.text).await?;
    if let Ok(value) = header::HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
