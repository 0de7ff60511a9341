//! The head of a response as HTTP/2 has it.

use std::time::SystemTime;

use actix_http::ResponseHead;
use actix_web::{
    body::BodySize,
    http::header::{self, HeaderName, HeaderValue, HttpDate},
};

/// Fields that belong to a connection of HTTP/1.1, and that HTTP/2 forbids (RFC 9113, 8.2.2).
const OF_A_CONNECTION: [HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// The head of a response whose body has this size; `None` when HTTP/2 has no such response: protocols are not switched in it.
pub fn head(from: &ResponseHead, size: BodySize) -> Option<http::Response<()>> {
    if from.status.is_informational() {
        return None;
    }
    let mut head = http::Response::new(());
    *head.status_mut() = from.status;
    let fields = head.headers_mut();
    for (name, value) in from.headers.iter().filter(|(name, _)| !OF_A_CONNECTION.contains(name)) {
        fields.append(name, value.clone());
    }
    if let BodySize::Sized(length) = size {
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if !fields.contains_key(header::DATE)
        && let Ok(date) = HeaderValue::try_from(HttpDate::from(SystemTime::now()).to_string())
    {
        fields.insert(header::DATE, date);
    }
    Some(head)
}
