//! Converts requests of `h2` to requests of Actix.

use std::net::SocketAddr;

use actix_http::Request;
use h2::RecvStream;

/// Converts the head of a request, and returns its body separately. The caller adds the body to the request. `h2` has
/// already refused heads that RFC 9113, 8.2 and 8.3 forbid.
pub fn request(from: http::Request<RecvStream>, address: SocketAddr) -> (Request, RecvStream) {
    let (parts, body) = from.into_parts();
    let mut request = Request::new();
    let head = request.head_mut();
    head.uri = parts.uri;
    head.method = parts.method;
    head.version = parts.version;
    head.headers = parts.headers.into();
    head.peer_addr = Some(address);
    (request, body)
}
