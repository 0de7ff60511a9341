//! The hosts that the service is asked for.
//!
//! A page may have its own name resolve to the service's address, and is then of the same origin as far as the browser can tell (DNS rebinding). The
//! host that it asks for is still its own, so a service that knows its names refuses it.

use std::str::FromStr;

use actix_web::{
    dev::ServiceRequest,
    http::{StatusCode, header, uri::Authority},
};

use super::refused::Refused;

/// The service is not the one that the request is for.
pub const MISDIRECTED: &str = "MISDIRECTED";

/// A host that the service is known by: a name or an address, with a port when only that one is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    name: String,
    port: Option<u16>,
}

impl FromStr for AllowedHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text).ok_or_else(|| {
            "a host is a name or an address, perhaps with a port, such as api.example.org or [::1]:8080".to_owned()
        })
    }
}

/// A host as it is compared: in small letters, without the full stop that may end a name.
fn read(text: &str) -> Option<AllowedHost> {
    let authority = text.parse::<Authority>().ok().filter(|authority| !authority.as_str().contains('@'))?;
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    (!name.is_empty()).then_some(AllowedHost { name, port: authority.port_u16() })
}

/// Refuses a request for another host; any host is allowed when there is no list.
///
/// # Errors
/// When the request names a host that is not in the list, none, or several.
pub fn check(request: &ServiceRequest, allowed: &[AllowedHost]) -> Result<(), Refused> {
    if allowed.is_empty() {
        return Ok(());
    }
    let mut named = request.headers().get_all(header::HOST).map(|value| value.to_str().ok().and_then(read));
    // The host of an absolute address counts, and that of HTTP/2 stands there as well (RFC 9112, 3.2.2; RFC 9113, 8.3.1).
    let absolute = request.uri().authority().map(|authority| read(authority.as_str()));
    let host = match (absolute, named.next(), named.next()) {
        (Some(host), _, _) | (None, Some(host), None) => host,
        _ => None,
    };
    let is_allowed = |host: &AllowedHost| {
        allowed.iter().any(|one| one.name == host.name && (one.port.is_none() || one.port == host.port))
    };
    if host.as_ref().is_some_and(is_allowed) {
        return Ok(());
    }
    Err(Refused::new(StatusCode::MISDIRECTED_REQUEST, MISDIRECTED, "This service is not known by the host of the request."))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_allowed(allowed: &[&str], hosts: &[&str]) -> bool {
        let allowed: Vec<AllowedHost> = allowed.iter().map(|host| host.parse().unwrap()).collect();
        let request =
            hosts.iter().fold(TestRequest::default(), |request, host| request.append_header((header::HOST, *host)));
        check(&request.to_srv_request(), &allowed).is_ok()
    }

    #[test]
    fn a_host_is_compared_by_its_name_and_by_its_port_when_one_is_given() {
        let names = ["api.example.org", "[::1]:8080", "127.0.0.1"];
        for host in ["api.example.org", "API.Example.ORG.", "api.example.org:8443", "[::1]:8080", "127.0.0.1:9"] {
            assert!(is_allowed(&names, &[host]), "{host}");
        }
        for host in
            ["evil.example", "api.example.org.evil.example", "xapi.example.org", "[::1]", "[::1]:1", "", "a@api.example.org"]
        {
            assert!(!is_allowed(&names, &[host]), "{host}");
        }
        assert!(!is_allowed(&names, &[]) && !is_allowed(&names, &["127.0.0.1", "127.0.0.1"]));
        assert!(is_allowed(&[], &["anything"]) && is_allowed(&[], &[]));
    }

    #[test]
    fn what_is_no_host_is_refused_at_the_start() {
        for wrong in ["", "https://example.org", "a b", "user@example.org", "example.org/path", "."] {
            assert!(wrong.parse::<AllowedHost>().is_err(), "{wrong}");
        }
    }
}
