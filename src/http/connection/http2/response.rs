//! Converts heads of responses from Actix to `h2`, which uses another version of the crate `http`.

use std::time::SystemTime;

use actix_http::ResponseHead;
use actix_web::{body::BodySize, http::header::HttpDate};
use http::{HeaderName, HeaderValue, StatusCode, header};

/// Fields about the connection in HTTP/1.1, which HTTP/2 forbids (RFC 9113, 8.2.2).
const CONNECTION_FIELDS: [HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Converts the head of a response. `size` is the size of its body. Returns `None` for informational statuses such as 101,
/// because HTTP/2 does not switch protocols, and if `h2` does not accept a part of the head.
pub fn head(from: &ResponseHead, size: BodySize) -> Option<http::Response<()>> {
    if from.status.is_informational() {
        return None;
    }
    let mut head = http::Response::new(());
    *head.status_mut() = StatusCode::from_u16(from.status.as_u16()).ok()?;
    let fields = head.headers_mut();
    for (name, value) in &from.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        if !CONNECTION_FIELDS.contains(&name) {
            fields.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
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
