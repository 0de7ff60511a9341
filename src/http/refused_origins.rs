//! Tells the operator which origins are refused, since a browser tells its page nothing but that a request failed.

use std::{collections::HashSet, sync::Mutex};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};

use super::{
    endpoint::Endpoint,
    origin::{self, AllowedOrigin},
};

/// Most origins that are told of. A page can have a browser send as many as it has names.
const MOST: usize = 100;
/// Longest origin that is told of, in bytes: a scheme, the longest name of a host and a port.
const MAX_LENGTH: usize = 300;

/// The origins that the operator was told of.
#[derive(Default)]
pub struct RefusedOrigins(Mutex<HashSet<String>>);

impl RefusedOrigins {
    /// Whether the operator is to be told of an origin: once, and of so many at most.
    fn is_new(&self, origin: &str) -> bool {
        if origin.len() > MAX_LENGTH || !matches!(origin.parse(), Ok(AllowedOrigin::Exactly(_))) {
            return false;
        }
        let Ok(mut told) = self.0.lock() else { return false };
        told.len() < MOST && told.insert(origin.to_owned())
    }
}

/// Warns of a request that is refused for its origin, preflight requests among them.
///
/// # Errors
/// Those of what is within.
pub async fn warn(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let http = request.request();
    if let Some(origin) = http.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok())
        && !origin::is_allowed(http)
        && http.app_data::<Data<Endpoint>>().is_some_and(|endpoint| endpoint.refused_origins.is_new(origin))
    {
        tracing::warn!(origin, "a page of this origin was refused; --cors-origin allows it");
    }
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::{MAX_LENGTH, MOST, RefusedOrigins};

    #[test]
    fn an_origin_is_told_of_once_and_only_so_many_are() {
        let told = RefusedOrigins::default();
        for (origin, is_new) in [
            ("http://localhost:5173", true),
            ("http://localhost:5173", false),
            ("http://localhost:5174", true),
            ("null", false),
            ("*", false),
            (&format!("http://{}", "a".repeat(MAX_LENGTH)), false),
        ] {
            assert_eq!(told.is_new(origin), is_new, "{origin}");
        }
        let more = (0..2 * MOST).filter(|number| told.is_new(&format!("http://a{number}.example"))).count();
        assert_eq!(more, MOST - 2);
    }
}
