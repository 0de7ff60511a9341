//! The hosts that requests may name, as a protection against DNS rebinding.
//!
//! In DNS rebinding, the owner of a malicious page resolves its host name to the address of this service. The browser
//! then treats the page and the service as the same origin. But the requests still name the host of the page, so a
//! service that has a list of its hosts refuses them. Without a list, a service on a loopback address and without a
//! proxy accepts only hosts that DNS rebinding cannot use.

mod allowed;

use std::net::IpAddr;

use actix_web::{
    HttpRequest,
    dev::RequestHead,
    http::{
        StatusCode, header,
        uri::{Authority, Scheme},
    },
};

pub use allowed::AllowedHost;
use allowed::NamedHost;

use super::forwarded;
use crate::http::response::HttpRefusal;

/// The request names a host that the service does not serve.
pub const MISDIRECTED: &str = "MISDIRECTED";

/// The hosts that requests to one listener may name.
#[derive(Clone, Debug)]
pub struct Hosts(Vec<AllowedHost>);

impl Hosts {
    /// Returns the hosts of the service: those that the operator lists. Without a list, a service on a loopback address
    /// and without a proxy allows only the hosts that DNS rebinding cannot use; any other service allows every host.
    #[must_use]
    pub fn of_service(listed: &[AllowedHost], listener: IpAddr, has_proxy: bool) -> Self {
        match listed {
            [] if is_loopback(listener) && !has_proxy => Self(AllowedHost::local()),
            [] => Self(vec![AllowedHost::ANY]),
            listed => Self(listed.to_vec()),
        }
    }

    /// Returns the hosts of the metrics. On a loopback address they are the hosts that DNS rebinding cannot use, and the
    /// listed ones; on another address, any host is allowed.
    #[must_use]
    pub fn of_metrics(listed: &[AllowedHost], listener: IpAddr) -> Self {
        if is_loopback(listener) {
            Self([AllowedHost::local().as_slice(), listed].concat())
        } else {
            Self(vec![AllowedHost::ANY])
        }
    }

    /// Checks the host that a request names.
    ///
    /// If the target and `Host` name different hosts, the request is refused, although RFC 9112, 3.2.2 lets the target
    /// decide. Clients must not send such requests (RFC 9112, 3.2; RFC 9113, 8.3.1), and a proxy may have used the other
    /// host.
    ///
    /// # Errors
    /// Returns status 400 if the host is malformed or not unique, and 421 if it is missing or not allowed.
    pub fn check(&self, request: &RequestHead) -> Result<(), HttpRefusal> {
        let host = host_of(request)?;
        let is_allowed = |one: &AllowedHost| *one == AllowedHost::ANY || host.as_ref().is_some_and(|host| one.allows(host));
        if self.0.iter().any(is_allowed) {
            return Ok(());
        }
        let message = "The service does not accept requests for this host. The operator can allow it with --allowed-host.";
        Err(HttpRefusal::new(StatusCode::MISDIRECTED_REQUEST, MISDIRECTED, message))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Returns the host that a request names; `None` if it names none.
fn host_of(request: &RequestHead) -> Result<Option<NamedHost>, HttpRefusal> {
    let message = "Send one valid Host header. If the target of the request has a host, both must be the same.";
    let malformed = || HttpRefusal::bad_request(message);
    let read = |text: &str| NamedHost::read(text).ok_or_else(malformed);
    let mut headers = request.headers().get_all(header::HOST);
    let header = match (headers.next().map(|value| value.to_str().map_err(|_| malformed())).transpose()?, headers.next()) {
        (_, Some(_)) => return Err(malformed()),
        (None | Some(""), None) => None,
        (Some(text), None) => Some(read(text)?),
    };
    // The host of an absolute target. HTTP/2 has the host there as well, as `:authority` (RFC 9113, 8.3.1).
    let target = request.uri.authority().map(|authority| read(authority.as_str())).transpose()?;
    let default = request.uri.scheme().and_then(|scheme| match scheme {
        scheme if *scheme == Scheme::HTTP => Some(80),
        scheme if *scheme == Scheme::HTTPS => Some(443),
        _ => None,
    });
    match (&target, &header) {
        (Some(target), Some(header)) if !target.is_same(header, default) => Err(malformed()),
        _ => Ok(target.or(header)),
    }
}

/// Returns the origin of the service as a request names it: scheme, host and port. The service has no TLS of its own,
/// so the scheme is `https` only if the proxy reports it.
pub fn requested_origin(http: &HttpRequest, has_proxy: bool) -> String {
    let header = || http.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = http.uri().authority().map(Authority::as_str).or_else(header);
    let host = host.filter(|host| NamedHost::read(host).is_some()).unwrap_or("localhost");
    let scheme = if has_proxy && forwarded::is_https(http.headers()) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn hosts(allowed: &[&str]) -> Hosts {
        let allowed: Vec<AllowedHost> = allowed.iter().map(|host| host.parse().unwrap()).collect();
        Hosts::of_service(&allowed, LOOPBACK, false)
    }

    /// Returns the status of the refusal of a request; 200 if it is accepted.
    fn status(hosts: &Hosts, target: &str, headers: &[&str]) -> u16 {
        let request = TestRequest::with_uri(target);
        let request = headers.iter().fold(request, |request, host| request.append_header((header::HOST, *host)));
        hosts.check(request.to_srv_request().head()).map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    #[test]
    fn a_host_is_compared_by_name_and_by_port_if_the_list_has_one() {
        let hosts = hosts(&["api.example.org", "[::1]:8080", "127.0.0.1", "tls.example.org:443", "*.wild.example"]);
        for host in [
            "api.example.org",
            "API.Example.ORG.",
            "api.example.org:8443",
            "[::1]:8080",
            "[0:0:0:0:0:0:0:1]:8080",
            "127.0.0.1:9",
            "[::ffff:127.0.0.1]",
            "tls.example.org",
            "tls.example.org:",
            "tls.example.org:443",
            "a.wild.example",
            "A.b.Wild.example:1",
        ] {
            assert_eq!(status(&hosts, "/", &[host]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "api.example.org.evil.example",
            "xapi.example.org",
            "[::1]",
            "[::1]:1",
            "",
            "tls.example.org:8443",
            "wild.example",
            "xwild.example",
            "*.wild.example.evil.example",
            "localhost",
        ] {
            assert_eq!(status(&hosts, "/", &[host]), 421, "{host}");
        }
        assert_eq!(status(&hosts, "/", &[]), 421);
    }

    #[test]
    fn a_request_with_a_malformed_host_or_two_different_ones_is_refused() {
        for hosts in [hosts(&["*"]), hosts(&["a.example"])] {
            for host in ["a@a.example", "a.example:x", "a.example:+80", "a.example:99999", "a example", "[::1", "[x]"] {
                assert_eq!(status(&hosts, "/", &[host]), 400, "{host}");
            }
            assert_eq!(status(&hosts, "/", &["a.example", "a.example"]), 400);
            for other in ["b.example", "a.example:8080", "a.example:443"] {
                assert_eq!(status(&hosts, "http://a.example/", &[other]), 400, "{other}");
                assert_eq!(status(&hosts, &format!("http://{other}/"), &["a.example"]), 400, "{other}");
            }
            for same in ["a.example", "A.example:80", ""] {
                assert_eq!(status(&hosts, "http://a.example/", &[same]), 200, "{same}");
            }
            assert_eq!(status(&hosts, "https://a.example/", &["a.example:443"]), 200);
            assert_eq!(status(&hosts, "http://a.example/", &[]), 200);
        }
        assert_eq!(status(&hosts(&["a.example"]), "http://b.example/", &["b.example"]), 421, "the target counts");
    }

    #[test]
    fn a_service_on_a_loopback_address_accepts_only_hosts_of_this_machine_by_default() {
        let local = Hosts::of_service(&[], LOOPBACK, false);
        for host in ["localhost:8080", "LocalHost", "app.localhost", "127.0.0.1:8080", "[::1]", "192.0.2.1"] {
            assert_eq!(status(&local, "/", &[host]), 200, "{host}");
        }
        for host in ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert_eq!(status(&local, "/", &[host]), 421, "{host}");
        }
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        for open in [
            hosts(&["*"]),
            Hosts::of_service(&[], LOOPBACK, true),
            Hosts::of_service(&[], elsewhere, false),
            Hosts::of_metrics(&[], elsewhere),
            Hosts::of_metrics(&[AllowedHost::ANY], LOOPBACK),
        ] {
            assert_eq!(status(&open, "/", &["evil.example"]), 200, "{open:?}");
            assert_eq!(status(&open, "/", &[]), 200, "{open:?}");
        }
        let metrics = Hosts::of_metrics(&["a.example".parse().unwrap()], LOOPBACK);
        assert_eq!(
            ["a.example", "localhost:9090", "evil.example"].map(|host| status(&metrics, "/", &[host])),
            [200, 200, 421]
        );
    }
}
