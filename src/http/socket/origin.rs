//! Which pages may open a socket.
//!
//! A browser lets any page open a socket to any host, and asks nobody. What it does is to name the page's origin.

use actix_web::{HttpRequest, http::header};

/// Whether a request comes from a page of the host that it asks, or from no page, which names no origin.
pub fn is_allowed(http: &HttpRequest) -> bool {
    let headers = http.headers();
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    match (named, own) {
        (Some(named), Some(own)) => named.eq_ignore_ascii_case(own),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_page_of_another_host_is_foreign() {
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
