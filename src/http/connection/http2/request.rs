//! Converts requests of `h2` to requests of Actix, which uses another version of the crate `http`.

use std::net::SocketAddr;

use actix_http::Request;
use actix_web::http::{
    Method, Uri, Version,
    header::{HeaderName, HeaderValue},
    uri::{self, Authority, PathAndQuery, Scheme},
};
use h2::RecvStream;

/// Converts the head of a request, and returns its body separately. The caller adds the body to the request. `h2` has
/// already refused heads that RFC 9113, 8.2 and 8.3 forbid. The head is copied, because a field from `h2` can retain the
/// whole buffer into which it was read. Returns `None` if Actix does not accept a part of the head.
pub fn request(from: http::Request<RecvStream>, address: SocketAddr) -> Option<(Request, RecvStream)> {
    let (parts, body) = from.into_parts();
    let mut request = Request::new();
    let head = request.head_mut();
    head.uri = uri(&parts.uri)?;
    head.method = Method::from_bytes(parts.method.as_str().as_bytes()).ok()?;
    head.version = Version::HTTP_2;
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        head.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    head.peer_addr = Some(address);
    Some((request, body))
}

/// Converts each part by itself: the text of a URI with the path `*` would have another host.
fn uri(from: &http::Uri) -> Option<Uri> {
    let mut parts = uri::Parts::default();
    parts.scheme = from.scheme_str().map(Scheme::try_from).transpose().ok()?;
    parts.authority = from.authority().map(|authority| Authority::try_from(authority.as_str())).transpose().ok()?;
    parts.path_and_query = from.path_and_query().map(|path| PathAndQuery::try_from(path.as_str())).transpose().ok()?;
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn each_part_of_a_uri_is_converted() {
        for text in ["http://localhost:8080/graphql?query=%7B%7D", "http://[::1]/", "/path", "*"] {
            let from: http::Uri = text.parse().unwrap();
            assert_eq!(uri(&from).unwrap().to_string(), from.to_string());
        }
        let asterisk = http::Uri::builder().scheme("http").authority("localhost").path_and_query("*").build().unwrap();
        let converted = uri(&asterisk).unwrap();
        assert_eq!((converted.host(), converted.path()), (Some("localhost"), "*"));
    }
}
