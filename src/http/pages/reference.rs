//! The pages of the schema reference. They require the same permission as the schema itself.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ServiceConfig},
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    HTML, parameters, unknown_url,
    visit::{self, Refused, Visit},
};
use crate::{
    engine::plan::{
        arguments::page::DEFAULT_PAGE_SIZE,
        cost::{BYTES_PER_POINT, CONNECTION, OBJECT_POINTS, PLAIN_LIST, ROWS_PER_POINT, SEARCH_OR_SCAN_POINTS, TOTAL_COUNT},
    },
    http::{
        endpoint::Endpoint,
        made_once::MadeOnce,
        playground::{page, readable},
        response::{HttpRefusal, TEXT},
    },
    pages::{
        Site,
        reference::{Example, Points, Schema, Topic, Wanted},
        search,
    },
    schema::{self, POINTS_PER_CHANGE},
};

/// The points that the planner charges.
const POINTS: Points = Points {
    object: OBJECT_POINTS,
    connection: CONNECTION,
    total_count: TOTAL_COUNT,
    search: SEARCH_OR_SCAN_POINTS,
    plain_list: PLAIN_LIST,
    page: DEFAULT_PAGE_SIZE as u64,
    publication: POINTS_PER_CHANGE,
    bytes_per_point: BYTES_PER_POINT,
    rows_per_point: ROWS_PER_POINT,
};

/// The schema.
pub static SCHEMA: MadeOnce<Result<Schema, serde_json::Error>> = MadeOnce::new(|| Schema::read(&schema::introspected()));

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(page("/reference").route(readable().to(index)))
        .service(page("/reference/{topic}").route(readable().to(topic)));
}

async fn index(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    match searched(&http) {
        Ok(text) => respond(&http, &endpoint, Topic { name: None, is_markdown: false, text: &text }).await,
        Err(refused) => refused.respond(&http, &endpoint),
    }
}

/// Returns the text to search for; empty for none.
fn searched(http: &HttpRequest) -> Result<String, Refused> {
    #[derive(Deserialize)]
    struct Parameters {
        #[serde(default)]
        search: String,
    }
    let Parameters { search } = parameters(http)?;
    search::check(&search).map_err(HttpRefusal::bad_request)?;
    let words: Vec<&str> = search.split_whitespace().collect();
    Ok(words.join(" "))
}

async fn topic(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, Topic::read(http.match_info().query("topic"))).await
}

async fn respond(http: &HttpRequest, endpoint: &Endpoint, topic: Topic<'_>) -> HttpResponse {
    let made = async {
        let mut visit = Visit::begin(http, endpoint).await?;
        visit.may_introspect()?;
        let schema = SCHEMA.get().await?.as_ref().map_err(visit::unreadable)?;
        let request = match topic.example(schema) {
            Some(Wanted::OfPage(request)) => Some(request),
            Some(Wanted::Generated(example)) => {
                let found = match example.lookup() {
                    Some(lookup) => visit.run_example(&lookup).await?.unwrap_or_default(),
                    None => Json::Null,
                };
                example.request(&found)
            }
            None => None,
        };
        let mut example = None;
        if let Some(request) = &request {
            let response = visit.run_example(request).await?;
            example = response.map(|response| Example { request, response, cost: visit.cost() });
        }
        let page = if topic.name.is_some() {
            topic.make(&visit.site, schema, &POINTS, example.as_ref())
        } else {
            // The page lists the whole schema, or searches all of it.
            let (text, is_markdown) = (topic.text.to_owned(), topic.is_markdown);
            let make = move |site: &Site| Topic { name: None, is_markdown, text: &text }.make(site, schema, &POINTS, None);
            visit.make_in_pool(make).await?
        };
        let page = page.ok_or_else(unknown_url)?;
        visit.respond(if topic.is_markdown { TEXT } else { HTML }, page).await
    };
    made.await.unwrap_or_else(|refused: Refused| refused.respond(http, endpoint))
}
