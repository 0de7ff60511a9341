//! The pages of the schema reference. They require the same permission as the schema itself.

use std::sync::LazyLock;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ServiceConfig},
};

use super::{
    HTML, nothing,
    visit::{self, Refused, Visit},
};
use crate::{
    http::{
        endpoint::Endpoint,
        playground::{page, readable},
    },
    pages::reference::{Schema, Topic},
    schema,
};

/// Plain text, which browsers display. They download Markdown.
const TEXT: &str = "text/plain; charset=utf-8";

/// The schema, which is read once per process.
pub static SCHEMA: LazyLock<Result<Schema, serde_json::Error>> = LazyLock::new(|| Schema::read(&schema::introspected()));

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(page("/reference").route(readable().to(index)))
        .service(page("/reference/{topic}").route(readable().to(topic)));
}

async fn index(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, Topic { name: None, is_markdown: false }).await
}

async fn topic(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    respond(&http, &endpoint, Topic::read(http.match_info().query("topic"))).await
}

async fn respond(http: &HttpRequest, endpoint: &Endpoint, topic: Topic<'_>) -> HttpResponse {
    let made = async {
        let mut visit = Visit::begin(http, endpoint).await?;
        visit.may_introspect()?;
        let schema = SCHEMA.as_ref().map_err(visit::unreadable)?;
        let answer = match topic.example(schema) {
            Some(request) => Some(visit.run(&request).await?),
            None => None,
        };
        let page = topic.make(&visit.site, schema, answer.as_ref()).ok_or_else(nothing)?;
        visit.respond(if topic.is_markdown { TEXT } else { HTML }, page).await
    };
    made.await.unwrap_or_else(|refused: Refused| refused.respond(http, endpoint))
}
