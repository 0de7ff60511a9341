//! Converts requests of `h2` to requests of Actix, which uses another version of the crate `http`.

use std::net::SocketAddr;

use actix_http::Request;
use actix_web::http::{
    Method, Uri, Version,
    header::{HeaderName, HeaderValue},
};
use h2::RecvStream;

/// Converts the head of a request, and returns its body separately. The caller adds the body to the request. `h2` has
/// already refused heads that RFC 9113, 8.2 and 8.3 forbid. The head is copied, because a field from `h2` can retain the
/// whole buffer into which it was read. Returns `None` if Actix does not accept a part of the head.
pub fn request(from: http::Request<RecvStream>, address: SocketAddr) -> Option<(Request, RecvStream)> {
    let (parts, body) = from.into_parts();
    let mut request = Request::new();
    let head = request.head_mut();
    head.uri = Uri::try_from(parts.uri.to_string()).ok()?;
    head.method = Method::from_bytes(parts.method.as_str().as_bytes()).ok()?;
    head.version = Version::HTTP_2;
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        head.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    head.peer_addr = Some(address);
    Some((request, body))
}
