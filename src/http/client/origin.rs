//! Which web pages may send requests: pages of the service's own origin, and of the origins that the operator allows.
//!
//! A browser sends some cross-origin requests without a preflight request, such as forms and GET. So the service checks
//! `Origin` and `Sec-Fetch-Site`, which pages cannot set, before it runs anything. A request with neither header counts
//! as not sent by a page. A browser omits both headers only if it is old or the URL is plain HTTP, and only for some
//! GET requests. The page that sends such a request cannot read the response.

use std::str::FromStr;

use actix_cors::Cors;
use actix_web::{
    HttpRequest,
    http::{
        header::{self, HeaderName},
        uri::Authority,
    },
    web::Data,
};

use crate::http::{endpoint::Endpoint, observe::request_id};

/// Seconds that a browser may cache the response to a preflight request: two hours, the maximum of Chromium.
const PREFLIGHT_MAX_AGE: usize = 2 * 60 * 60;

/// An origin whose pages may send requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// Any origin: `*`.
    Any,
    /// One origin, as browsers write it: `https://example.org`.
    Exactly(String),
}

/// The other origins whose pages may send requests. By default there are none.
#[derive(Clone, Debug, Default)]
pub struct Origins(pub Vec<AllowedOrigin>);

impl FromStr for AllowedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let origin = text.to_ascii_lowercase();
        let is_origin = origin.split_once("://").is_some_and(|(scheme, authority)| {
            let is_plain = authority.parse::<Authority>().is_ok_and(|read| read.as_str() == authority);
            !scheme.is_empty()
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                && is_plain
                && !authority.contains('@')
        });
        if is_origin {
            Ok(Self::Exactly(origin))
        } else {
            Err("an origin is SCHEME://HOST or SCHEME://HOST:PORT, or *".to_owned())
        }
    }
}

impl Origins {
    /// Reports whether pages of at least one other origin may send requests.
    #[must_use]
    pub fn allows_any(&self) -> bool {
        !self.0.is_empty()
    }

    fn allows(&self, origin: Option<&str>) -> bool {
        self.0.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => true,
            AllowedOrigin::Exactly(one) => origin.is_some_and(|origin| origin.eq_ignore_ascii_case(one)),
        })
    }

    /// Returns the middleware that writes the CORS headers. It never allows cookies, so `*` exposes no data of a signed-in
    /// user.
    pub fn cors(&self) -> Cors {
        let budget = ["ratelimit", "ratelimit-policy"].map(HeaderName::from_static);
        let exposed = [header::RETRY_AFTER, request_id::HEADER].into_iter().chain(budget);
        let open = Cors::default()
            .allowed_methods(["GET", "POST"])
            .allow_any_header()
            .expose_headers(exposed)
            .max_age(PREFLIGHT_MAX_AGE);
        self.0.iter().fold(open, |cors, origin| match origin {
            AllowedOrigin::Any => cors.allow_any_origin().send_wildcard(),
            AllowedOrigin::Exactly(origin) => cors.allowed_origin(origin),
        })
    }
}

/// Reports whether the sender may send requests: it is not a web page, or it is a page of this service or of an allowed
/// origin.
///
/// If the browser sends `Sec-Fetch-Site`, that header decides whether the page belongs to this service. Else `Origin`, if
/// sent, must name the requested host.
#[must_use]
pub fn is_allowed(http: &HttpRequest) -> bool {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let text = |name| http.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = text(header::ORIGIN);
    let is_own = match text(SITE) {
        Some(site) => ["same-origin", "none"].contains(&site),
        None => origin.is_none_or(|origin| {
            // The host is in the target of the request or in `Host`. Headers of a proxy, such as `X-Forwarded-Host`, are
            // not trusted.
            let host = http.uri().authority().map(Authority::as_str).or_else(|| text(header::HOST));
            host.is_some_and(|host| names_host(origin, host))
        }),
    };
    is_own || http.app_data::<Data<Endpoint>>().is_some_and(|endpoint| endpoint.config.origins.allows(origin))
}

fn names_host(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header, test::TestRequest};

    use super::{AllowedOrigin, is_allowed};

    #[test]
    fn an_allowed_origin_is_a_scheme_and_a_host() {
        let one = |text: &str| text.parse::<AllowedOrigin>().ok();
        assert_eq!(one("*"), Some(AllowedOrigin::Any));
        for origin in ["https://example.org", "http://localhost:3000", "http://[::1]:8080", "app+x://host"] {
            assert_eq!(one(origin), Some(AllowedOrigin::Exactly(origin.to_owned())), "{origin}");
        }
        assert_eq!(one("HTTPS://Example.ORG"), Some(AllowedOrigin::Exactly("https://example.org".to_owned())));
        for wrong in
            ["", "example.org", "https://", "https://example.org/", "https://a@b", "https://*.example.org/x", "null"]
        {
            assert_eq!(one(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_of_another_host_is_refused() {
        let allowed = |origin: Option<&str>| {
            let request = TestRequest::default().insert_header((header::HOST, "library.example:8080"));
            let request =
                origin.into_iter().fold(request, |request, origin| request.insert_header((header::ORIGIN, origin)));
            is_allowed(&request.to_http_request())
        };
        for own in [None, Some("http://library.example:8080"), Some("https://LIBRARY.example:8080")] {
            assert!(allowed(own), "{own:?}");
        }
        for foreign in ["null", "", "http://library.example", "http://evil.example:8080", "http://library.example:8080.evil"]
        {
            assert!(!allowed(Some(foreign)), "{foreign}");
        }
    }
}
