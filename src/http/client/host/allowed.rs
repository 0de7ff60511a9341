//! Hosts as they are named and as they are compared.

use std::{net::IpAddr, str::FromStr};

use actix_web::http::uri::Authority;

/// The ports that a host without a port may mean. Which one it is, only a proxy that ends TLS knows.
const DEFAULT_PORTS: [u16; 2] = [80, 443];

/// A host that the service is known by, with a port when only that one is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    names: Names,
    port: Option<u16>,
}

/// The names that an allowed host stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Names {
    /// All of them: `*`.
    Any,
    /// This one: `example.org`, `[::1]`.
    One(Name),
    /// Those that end in a full stop and this: `*.example.org`.
    Below(String),
    /// All addresses: no page has one that it did not come from.
    Addresses,
}

/// A host that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    name: Name,
    /// `None` for the default of the scheme.
    port: Option<u16>,
}

/// A name in small letters, without the full stop that may end it; or an address, in whatever spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Address(IpAddr),
    Text(String),
}

impl AllowedHost {
    /// Any host, on any port.
    pub const ANY: Self = Self { names: Names::Any, port: None };

    /// The hosts that a browser resolves to its own machine, or does not resolve, whatever a page from elsewhere would like (RFC 6761, 6.3).
    pub(super) fn local() -> Vec<Self> {
        let localhost = || "localhost".to_owned();
        let names = [Names::One(Name::Text(localhost())), Names::Below(localhost()), Names::Addresses];
        names.map(|names| Self { names, port: None }).to_vec()
    }

    /// Whether a request may be for this host.
    pub(super) fn allows(&self, host: &Named) -> bool {
        let is_name = match (&self.names, &host.name) {
            (Names::Any, _) | (Names::Addresses, Name::Address(_)) => true,
            (Names::One(one), name) => one == name,
            (Names::Below(parent), Name::Text(name)) => {
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
            "a host is a name or an address, perhaps with a port, such as api.example.org or [::1]:8080; *.example.org for all names below; or * for any"
                .to_owned()
        };
        if text == "*" {
            return Ok(Self::ANY);
        }
        let Named { name, port } = Named::read(text).ok_or_else(wrong)?;
        let names = match name {
            Name::Text(name) => match name.strip_prefix("*.") {
                Some(parent) => Names::Below(parent.to_owned()),
                None => Names::One(Name::Text(name)),
            },
            address @ Name::Address(_) => Names::One(address),
        };
        let is_plain = |name: &str| !name.contains('*') && !name.starts_with('.');
        match &names {
            Names::One(Name::Text(name)) | Names::Below(name) if !is_plain(name) => Err(wrong()),
            _ => Ok(Self { names, port }),
        }
    }
}

impl Named {
    /// A host with or without a port; `None` when it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let authority = text.parse::<Authority>().ok().filter(|authority| !authority.as_str().contains('@'))?;
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host)? {
            "" | ":" => None,
            port => Some(port.strip_prefix(':')?.parse().ok()?),
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

    /// Whether both are the same host, where one without a port means the default port.
    pub(super) fn is_same(&self, other: &Self, default: Option<u16>) -> bool {
        self.name == other.name && self.port.or(default) == other.port.or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_host_is_refused_at_the_start() {
        for wrong in [
            "",
            "https://example.org",
            "a b",
            "user@example.org",
            "example.org/path",
            ".",
            "example.org:99999",
            "example.org:x",
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
    }
}
