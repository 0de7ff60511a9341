//! Headers for HTTP caches, and status 304 for clients that have the response already.
//!
//! Caches store only responses to GET. Rules: <https://www.rfc-editor.org/rfc/rfc9111>.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponseBuilder,
    http::{
        Method,
        header::{self, HeaderName, HeaderValue},
    },
    web::Data,
};
use clap::Args;

use super::ResponseParts;
use crate::{
    http::{endpoint::Endpoint, request::header_list},
    schema::Response,
};

/// Cache tags for Cloudflare, Google and Bunny, which separate them by commas.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// Cache tags for Fastly and Varnish, which separate them by spaces.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// What HTTP caches may store.
#[derive(Args, Clone, Debug, Default)]
pub struct CachingConfig {
    /// Seconds for which HTTP caches may reuse the response to a GET; with 0 they revalidate it each time
    #[arg(long, env = "DERMAGRAPH_CACHE_MAX_AGE", value_name = "SECONDS", default_value_t = 0)]
    pub cache_max_age: u32,
    /// List the records of a response in Cache-Tag and Surrogate-Key, so that caches can purge it by record
    #[arg(long, env = "DERMAGRAPH_CACHE_TAGS")]
    pub cache_tags: bool,
}

/// Adds the headers for caches to a response. Returns true if the client has the response already, so that no body is sent.
pub fn add_headers(http: &HttpRequest, parts: &mut ResponseParts, builder: &mut HttpResponseBuilder) -> bool {
    let is_cacheable = parts.is_result && parts.response.errors == 0;
    if is_cacheable {
        add_tags(&parts.response, builder);
    }
    if ![Method::GET, Method::HEAD].contains(http.method()) {
        return false;
    }
    if !is_cacheable {
        builder.insert_header((header::CACHE_CONTROL, "no-store"));
        return false;
    }
    let max_age = http.app_data::<Data<Endpoint>>().map_or(0, |endpoint| endpoint.config.caching.cache_max_age);
    let control = match max_age {
        // The response depends on the role of the client, so a shared cache must not store it. The cache of a browser does
        // not know which credentials a response belongs to, so it has to revalidate.
        _ if http.headers().contains_key(header::AUTHORIZATION) => Cow::Borrowed("private, no-cache"),
        0 => Cow::Borrowed("public, no-cache"),
        seconds => {
            // These headers state the budget of this client, and a shared cache would send them to others.
            parts.headers.clear();
            Cow::Owned(format!("public, max-age={seconds}"))
        }
    };
    builder.insert_header((header::CACHE_CONTROL, &*control));
    builder.insert_header((header::ETAG, parts.response.etag()));
    is_current(http, parts.response.etag())
}

/// Reports whether `If-None-Match` contains an entity tag. The comparison is weak
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2>).
pub fn is_current(http: &HttpRequest, etag: &str) -> bool {
    header_list::members(http.headers(), header::IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// Returns an entity tag without the prefix `W/` of weak ones.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn add_tags(response: &Response, builder: &mut HttpResponseBuilder) {
    for (name, separator) in [(CACHE_TAG, ","), (SURROGATE_KEY, " ")] {
        if !response.tags.is_empty()
            && let Ok(value) = HeaderValue::try_from(response.tags.join(separator))
        {
            builder.insert_header((name, value));
        }
    }
}
