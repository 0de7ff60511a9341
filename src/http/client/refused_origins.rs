//! Logs the origins that are refused. A browser does not report the reason to the page, so it is logged for the
//! operator.

use std::{collections::HashSet, sync::Mutex};

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web::Data,
};

use super::origin::{self, AllowedOrigin};
use crate::http::{
    endpoint::Endpoint,
    response::{CROSS_SITE, HttpRefusal},
};

/// Maximum origins that are logged. Without this limit, an attacker with many host names could fill the log.
const MAX_ORIGINS: usize = 100;
/// Longest origin that is logged, in bytes: a scheme, the longest host name and a port.
const MAX_LENGTH: usize = 300;

/// The refused origins that were logged, in lowercase.
#[derive(Default)]
pub struct RefusedOrigins(Mutex<HashSet<String>>);

impl RefusedOrigins {
    /// Reports whether an origin has to be logged: it is valid, it was not logged before, and fewer than [`MAX_ORIGINS`]
    /// origins were logged.
    fn is_new(&self, origin: &str) -> bool {
        if origin.len() > MAX_LENGTH {
            return false;
        }
        let (Ok(AllowedOrigin::Exactly(origin)), Ok(mut logged)) = (origin.parse(), self.0.lock()) else { return false };
        logged.len() < MAX_ORIGINS && logged.insert(origin)
    }
}

/// Checks the origin of a request, and logs a warning if it is refused.
///
/// # Errors
/// Returns a refusal with this message if pages of the origin may not send requests.
pub fn check(http: &HttpRequest, message: &'static str) -> Result<(), HttpRefusal> {
    if is_allowed(http) { Ok(()) } else { Err(HttpRefusal::new(StatusCode::FORBIDDEN, CROSS_SITE, message)) }
}

/// Like [`origin::is_allowed`], but logs a warning if the sender may not send requests.
fn is_allowed(http: &HttpRequest) -> bool {
    let is_allowed = origin::is_allowed(http);
    if !is_allowed
        && let Some(origin) = http.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok())
        && http.app_data::<Data<Endpoint>>().is_some_and(|endpoint| endpoint.refused_origins.is_new(origin))
    {
        tracing::warn!(origin, "a page of this origin was refused; --cors-origin allows it");
    }
    is_allowed
}

/// Logs a warning if a preflight request is refused. The handlers of the other requests call [`check`].
///
/// # Errors
/// Returns the errors of the service that it wraps.
pub async fn log_refused_preflight(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::OPTIONS {
        _ = is_allowed(request.request());
    }
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::{MAX_LENGTH, MAX_ORIGINS, RefusedOrigins};

    #[test]
    fn each_origin_is_logged_once_up_to_a_maximum() {
        let logged = RefusedOrigins::default();
        for (origin, is_new) in [
            ("http://localhost:5173", true),
            ("http://localhost:5173", false),
            ("HTTP://LocalHost:5173", false),
            ("http://localhost:5174", true),
            ("null", false),
            ("*", false),
            (&format!("http://{}", "a".repeat(MAX_LENGTH)), false),
        ] {
            assert_eq!(logged.is_new(origin), is_new, "{origin}");
        }
        let more = (0..2 * MAX_ORIGINS).filter(|number| logged.is_new(&format!("http://a{number}.example"))).count();
        assert_eq!(more, MAX_ORIGINS - 2);
    }
}
