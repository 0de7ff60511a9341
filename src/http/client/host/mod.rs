//! The hosts that the service is asked for.
//!
//! A page may have its own name resolve to the service's address, and is then of the same origin as far as the browser can tell (DNS rebinding). The
//! host that it asks for is still its own, so a service that knows its names refuses it. Where no names are listed, a service that only its own machine
//! reaches answers for the names and addresses that no page from elsewhere can have.

mod allowed;

use std::net::IpAddr;

use actix_web::{
    dev::RequestHead,
    http::{StatusCode, header, uri::Scheme},
};

pub use allowed::AllowedHost;
use allowed::Named;

use super::refusal::HttpRefusal;

/// The service is not the one that the request is for.
pub const MISDIRECTED: &str = "MISDIRECTED";

/// The hosts that a listener answers for.
#[derive(Clone, Debug)]
pub struct Hosts(Vec<AllowedHost>);

impl Hosts {
    /// Those of the service: the ones that are listed. Where none is, any; but on a loopback address without a proxy in front only hosts of this machine.
    #[must_use]
    pub fn of_service(listed: &[AllowedHost], listener: IpAddr, has_proxy: bool) -> Self {
        match listed {
            [] if is_loopback(listener) && !has_proxy => Self(AllowedHost::local()),
            [] => Self(vec![AllowedHost::ANY]),
            listed => Self(listed.to_vec()),
        }
    }

    /// Those of the metrics: any, but on a loopback address only hosts of this machine and those that are listed.
    #[must_use]
    pub fn of_metrics(listed: &[AllowedHost], listener: IpAddr) -> Self {
        if is_loopback(listener) {
            Self([AllowedHost::local().as_slice(), listed].concat())
        } else {
            Self(vec![AllowedHost::ANY])
        }
    }

    /// Refuses a request for another host.
    ///
    /// A request whose target and whose `Host` name different hosts is refused as well, although RFC 9112, 3.2.2 lets the target win: a client must not
    /// send it (RFC 9112, 3.2; RFC 9113, 8.3.1), and a proxy in front may have gone by the other one.
    ///
    /// # Errors
    /// 400 when the request names no host as it should, or different ones; 421 when it names one that is not allowed, or none.
    pub fn check(&self, request: &RequestHead) -> Result<(), HttpRefusal> {
        let host = host_of(request)?;
        let is_allowed = |one: &AllowedHost| *one == AllowedHost::ANY || host.as_ref().is_some_and(|host| one.allows(host));
        if self.0.iter().any(is_allowed) {
            return Ok(());
        }
        let message =
            "The service does not answer for the host of this request. Its operator can allow it with --allowed-host.";
        Err(HttpRefusal::new(StatusCode::MISDIRECTED_REQUEST, MISDIRECTED, message))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The host that a request is for; `None` when it names none.
fn host_of(request: &RequestHead) -> Result<Option<Named>, HttpRefusal> {
    let bad = || HttpRefusal::bad_request("A request names one host, the same in its target and in its Host header.");
    let read = |text: &str| Named::read(text).ok_or_else(bad);
    let mut headers = request.headers().get_all(header::HOST);
    let header = match (headers.next().map(|value| value.to_str().map_err(|_| bad())).transpose()?, headers.next()) {
        (_, Some(_)) => return Err(bad()),
        (None | Some(""), None) => None,
        (Some(text), None) => Some(read(text)?),
    };
    // That of an absolute address; the host of HTTP/2 stands there as well (RFC 9113, 8.3.1).
    let target = request.uri.authority().map(|authority| read(authority.as_str())).transpose()?;
    let default = request.uri.scheme().and_then(|scheme| match scheme {
        scheme if *scheme == Scheme::HTTP => Some(80),
        scheme if *scheme == Scheme::HTTPS => Some(443),
        _ => None,
    });
    match (&target, &header) {
        (Some(target), Some(header)) if !target.is_same(header, default) => Err(bad()),
        _ => Ok(target.or(header)),
    }
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

    /// The status that a request for a target is refused with; 200 when it is not.
    fn status(hosts: &Hosts, target: &str, headers: &[&str]) -> u16 {
        let request = TestRequest::with_uri(target);
        let request = headers.iter().fold(request, |request, host| request.append_header((header::HOST, *host)));
        hosts.check(request.to_srv_request().head()).map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    #[test]
    fn a_host_is_compared_by_its_name_and_by_its_port_when_one_is_given() {
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
    fn a_request_that_names_no_host_or_different_ones_is_refused() {
        for hosts in [hosts(&["*"]), hosts(&["a.example"])] {
            for host in ["a@a.example", "a.example:x", "a.example:99999", "a example", "[::1", "[x]"] {
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
    fn on_a_loopback_address_only_hosts_of_this_machine_are_allowed_unless_told_otherwise() {
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
