//! What caches on the way to the client may keep, and the answer 304 to who has it already.
//!
//! Only what is asked for by GET is kept by caches. Rules: <https://www.rfc-editor.org/rfc/rfc9111>.

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

use super::{Endpoint, graphql::Reply, negotiate::list};
use crate::schema::Response;

/// Tags as Cloudflare, Google and Bunny read them: with commas.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// Tags as Fastly and Varnish read them: with spaces.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// What caches on the way may keep.
#[derive(Args, Clone, Debug, Default)]
pub struct CachingConfig {
    /// How long caches may answer a GET without asking again, in seconds; with 0 they ask each time
    #[arg(long, env = "DERMAGRAPH_CACHE_MAX_AGE", value_name = "SECONDS", default_value_t = 0)]
    pub cache_max_age: u32,
    /// Tell caches in Cache-Tag and Surrogate-Key what content an answer holds, so that it can be purged by it
    #[arg(long, env = "DERMAGRAPH_CACHE_TAGS")]
    pub cache_tags: bool,
}

/// Tells caches what they may do with a reply. True when the client has it already: then there is no body to send.
pub fn tell(http: &HttpRequest, reply: &mut Reply, builder: &mut HttpResponseBuilder) -> bool {
    let lasting = reply.answers && reply.response.errors == 0;
    if lasting {
        tell_tags(&reply.response, builder);
    }
    if ![Method::GET, Method::HEAD].contains(http.method()) {
        return false;
    }
    if !lasting {
        builder.insert_header((header::CACHE_CONTROL, "no-store"));
        return false;
    }
    let max_age = http.app_data::<Data<Endpoint>>().map_or(0, |endpoint| endpoint.config.caching.cache_max_age);
    let control = match max_age {
        // Who shows a credential gets what they may see, and a cache that others share must not decide that. One of a browser does
        // not know whose answer it has, so it asks again.
        _ if http.headers().contains_key(header::AUTHORIZATION) => Cow::Borrowed("private, no-cache"),
        0 => Cow::Borrowed("public, no-cache"),
        seconds => {
            // What is left of one client's budget is nothing to tell another.
            reply.headers.clear();
            Cow::Owned(format!("public, max-age={seconds}"))
        }
    };
    builder.insert_header((header::CACHE_CONTROL, &*control));
    builder.insert_header((header::ETAG, reply.response.etag()));
    has_already(http, reply.response.etag())
}

/// Whether `If-None-Match` names an entity tag, compared weakly (<https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2>).
pub fn has_already(http: &HttpRequest, etag: &str) -> bool {
    list::members(http.headers(), header::IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// What is compared of an entity tag: without the mark of a weak one.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn tell_tags(response: &Response, builder: &mut HttpResponseBuilder) {
    for (name, between) in [(CACHE_TAG, ","), (SURROGATE_KEY, " ")] {
        if !response.tags.is_empty()
            && let Ok(value) = HeaderValue::try_from(response.tags.join(between))
        {
            builder.insert_header((name, value));
        }
    }
}
