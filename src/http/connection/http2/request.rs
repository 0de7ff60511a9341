//! Converts requests of `h2` to requests of Actix.

use std::{net::SocketAddr, rc::Rc};

use actix_http::{BoxedPayloadStream, Payload, Request};
use h2::RecvStream;

use super::{Activity, body::BodyStream};

/// Converts the request of a stream. `h2` has already refused heads that RFC 9113, 8.2 and 8.3 forbid.
pub fn request(from: http::Request<RecvStream>, address: SocketAddr, activity: Rc<Activity>) -> Request {
    let (parts, body) = from.into_parts();
    let payload: BoxedPayloadStream = Box::pin(BodyStream::new(body, activity));
    let mut request = Request::with_payload(Payload::Stream { payload });
    let head = request.head_mut();
    head.uri = parts.uri;
    head.method = parts.method;
    head.version = parts.version;
    head.headers = parts.headers.into();
    head.peer_addr = Some(address);
    request
}
