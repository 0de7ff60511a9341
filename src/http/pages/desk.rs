//! The editor's desk at `/edit`: its page and its scripts. Every client gets them, because an editor signs in on the page. They
//! have no content: the scripts read and change content at `/graphql`, with the key of the editor.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, ServiceConfig},
};

use super::{CONTENT_SECURITY_POLICY, not_found, visit};
use crate::{
    http::{
        asset::Asset,
        endpoint::Endpoint,
        playground::{page, readable},
    },
    pages::desk,
};

/// Embeds files of `web/desk`.
macro_rules! files {
    ($($name:literal)*) => {
        [$(Asset::plain($name, include_bytes!(concat!("../../../web/desk/", $name)))),*]
    };
}

/// The files of the page.
static FILES: &[Asset] = &files![
    "address.js" "api.js" "conflict.js" "controls.js" "desk.css" "desk.js" "difference.js" "document.css" "document.js" "dom.js" "find.js"
    "form.js" "lists.js" "merge.js" "mutations.js" "panel.js" "picker.js" "problems.js" "review.js" "schema.js" "session.js" "sign-in.js"
    "stored.js" "titles.js" "values.js" "versions.js"
];

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(page("/edit").route(readable().to(open))).service(page("/edit/{file}").route(readable().to(file)));
}

async fn open(http: HttpRequest, endpoint: Data<Endpoint>) -> HttpResponse {
    visit::uncached(StatusCode::OK, desk::make(&visit::site(&http, Some(&endpoint))))
}

async fn file(http: HttpRequest) -> HttpResponse {
    let name = http.match_info().query("file");
    match FILES.iter().find(|file| file.path == name) {
        Some(file) => file.respond(&http, CONTENT_SECURITY_POLICY),
        None => not_found(http).await,
    }
}
