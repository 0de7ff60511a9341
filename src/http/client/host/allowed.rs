//! Parsing and comparing host names.

use std::{net::IpAddr, str::FromStr};

use actix_web::http::uri::Authority;

use crate::strict;

/// The default ports of HTTP and HTTPS. A host without a port has one of them; the service cannot determine which,
/// because a proxy may terminate TLS.
const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// Maximum bytes of a host: a name of 255 bytes (RFC 1035, 3.1) and a port. Pages and texts repeat the host, some of them
/// thousands of times.
const MAX_LENGTH: usize = 255 + ":65535".len();

/// A host that requests may name. Without a port, it allows every port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    names: Names,
    port: Option<u16>,
}

/// The names that an allowed host matches.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    /// Any name: `*`.
    Any,
    /// One name or address: `example.org`, `[::1]`.
    One(Name),
    /// All subdomains of this name: `*.example.org`.
    Subdomains(String),
    /// All IP addresses. A page cannot rebind an IP address, because no name is resolved.
    Addresses,
}

/// A host that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedHost {
    name: Name,
    /// `None` for the default port of the scheme.
    port: Option<u16>,
}

/// The address or name of a host, in a form that can be compared. A name is in lowercase letters and has no full stop at its
/// end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Address(IpAddr),
    Text(String),
}

impl AllowedHost {
    /// Any host, on any port.
    pub const ANY: Self = Self { names: Names::Any, port: None };

    /// Returns the hosts that DNS rebinding cannot use: `localhost` and its subdomains, which browsers resolve to their own
    /// machine (RFC 6761, 6.3), and IP addresses, which are not resolved.
    pub(super) fn local() -> Vec<Self> {
        let localhost = || "localhost".to_owned();
        let names = [Names::One(Name::Text(localhost())), Names::Subdomains(localhost()), Names::Addresses];
        names.map(|names| Self { names, port: None }).to_vec()
    }

    /// Reports whether a request may name this host.
    pub(super) fn allows(&self, host: &NamedHost) -> bool {
        let is_name = match (&self.names, &host.name) {
            (Names::Any, _) | (Names::Addresses, Name::Address(_)) => true,
            (Names::One(one), name) => one == name,
            (Names::Subdomains(parent), Name::Text(name)) => {
                name.strip_suffix(parent.as_str()).is_some_and(|child| child.len() > 1 && child.ends_with('.'))
            }
            _ => false,
        };
        let is_port = match (self.port, host.port) {
            (None, _) => true,
            (Some(port), None) => DEFAULT_PORTS.contains(&port),
            (Some(port), Some(named)) => port == named,
        };
        is_name && is_port
    }
}

impl FromStr for AllowedHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "a host is a name or an address with an optional port, such as api.example.org or [::1]:8080; \
             *.example.org allows all subdomains, * any host"
                .to_owned()
        };
        if text == "*" {
            return Ok(Self::ANY);
        }
        let NamedHost { name, port } = NamedHost::read(text).ok_or_else(wrong)?;
        let names = match name {
            Name::Text(name) => match name.strip_prefix("*.") {
                Some(parent) => Names::Subdomains(parent.to_owned()),
                None => Names::One(Name::Text(name)),
            },
            address @ Name::Address(_) => Names::One(address),
        };
        let is_plain = |name: &str| !name.contains('*') && !name.starts_with('.');
        match &names {
            Names::One(Name::Text(name)) | Names::Subdomains(name) if !is_plain(name) => Err(wrong()),
            _ => Ok(Self { names, port }),
        }
    }
}

impl NamedHost {
    /// Reads a host with or without a port; `None` if the text is malformed or too long.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let authority = text.parse::<Authority>().ok().filter(|authority| !authority.as_str().contains('@'))?;
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host)? {
            "" | ":" => None,
            port => Some(strict::number(port.strip_prefix(':')?)?),
        };
        let name = match host.strip_prefix('[') {
            Some(address) => Name::Address(IpAddr::V6(address.strip_suffix(']')?.parse().ok()?).to_canonical()),
            None => match host.parse() {
                Ok(address) => Name::Address(address),
                Err(_) => Name::Text(host.trim_end_matches('.').to_ascii_lowercase()),
            },
        };
        (name != Name::Text(String::new())).then_some(Self { name, port })
    }

    /// Reports whether both are the same host. A host without a port has the default port.
    pub(super) fn is_same(&self, other: &Self, default: Option<u16>) -> bool {
        self.name == other.name && self.port.or(default) == other.port.or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_allowed_host_is_an_error() {
        for wrong in [
            "",
            "https://example.org",
            "a b",
            "user@example.org",
            "example.org/path",
            ".",
            "example.org:99999",
            "example.org:x",
            "example.org:+443",
            "[::1",
            "[example]",
            "*example.org",
            "a.*.example.org",
            "*.*.example.org",
            "*.",
            "*..example.org",
        ] {
            assert!(wrong.parse::<AllowedHost>().is_err(), "{wrong}");
        }
        for right in
            ["example.org", "example.org:443", "[::1]:8080", "192.0.2.1", "*.example.org", "*.example.org:8080", "*"]
        {
            assert!(right.parse::<AllowedHost>().is_ok(), "{right}");
        }
        assert_eq!("*".parse(), Ok(AllowedHost::ANY));
        let longest = "a".repeat(MAX_LENGTH);
        assert!(longest.parse::<AllowedHost>().is_ok());
        assert!(format!("{longest}.").parse::<AllowedHost>().is_err());
    }
}
