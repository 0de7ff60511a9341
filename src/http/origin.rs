//! Which pages may open a socket.
//!
//! A browser lets any page open a socket to any host, and asks nobody. What it does is to name the page's origin.

use actix_web::http::header::{self, HeaderMap};

/// Whether a request comes from a page of another host than the one that it asks. What is no page names no origin.
pub fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    match (named, own) {
        (Some(named), Some(own)) => !named.eq_ignore_ascii_case(own),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_page_of_another_host_is_foreign() {
        let seen = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("library.example:8080"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            is_foreign(&headers)
        };
        for own in [None, Some("http://library.example:8080"), Some("https://LIBRARY.example:8080")] {
            assert!(!seen(own), "{own:?}");
        }
        for foreign in ["null", "", "http://library.example", "http://evil.example:8080", "http://library.example:8080.evil"]
        {
            assert!(seen(Some(foreign)), "{foreign}");
        }
    }
}
