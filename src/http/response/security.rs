//! Security headers of pages and their files.

use actix_web::{
    HttpResponseBuilder,
    http::header::{self, HeaderName, HeaderValue},
};

/// Returns the security headers with a content security policy. All responses for pages have them, scripts and errors
/// included: a web worker is subject to the policy of its script.
pub fn security_headers(policy: &'static str) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ]
}

/// Adds the security headers to a response.
pub fn secured(mut response: HttpResponseBuilder, policy: &'static str) -> HttpResponseBuilder {
    for header in security_headers(policy) {
        response.insert_header(header);
    }
    response
}
