//! Addresses of clients as proxies tell them: `X-Forwarded-For` and headers like it, and `Forwarded` (RFC 7239).

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header of RFC 7239, whose elements are pairs of names and values.
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// The address that the proxy next to the service tells: it adds the last entry, perhaps on a line of its own. What stands before may be anybody's
/// invention. `None` when the header is missing, or its last entry is not an address.
#[must_use]
pub fn client_of(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let lines: Vec<&str> = headers.get_all(name).map(|value| value.to_str().unwrap_or("?")).collect();
    let text = lines.join(",");
    // Empty members of a list count for nothing (RFC 9110, 5.6.1).
    let last = members(&text).map(str::trim).filter(|member| !member.is_empty()).last()?;
    address(if *name == FORWARDED { node(last)? } else { last })
}

/// The members of a list, divided by commas outside of quotation marks.
fn members(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    })
}

/// The `for` of an element of `Forwarded`.
fn node(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value.trim())
}

/// An address, alone or with a port, quoted or not: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `"[2001:db8::1]:80"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
    let host = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        is_port(port).then_some(host)?
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => is_port(&text[host.len()..]).then_some(host)?,
            _ => text,
        }
    };
    // A zone says which network of the proxy's machine is meant, and nothing of the client.
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    host.parse().ok()
}

/// Nothing, or a colon and a number.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn told(name: &'static str, lines: &[&str]) -> Option<String> {
        let (mut headers, name) = (HeaderMap::new(), HeaderName::from_static(name));
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_str(line).unwrap());
        }
        client_of(&headers, &name).map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_read_in_every_spelling() {
        for (spelling, address) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1 ", "192.0.2.1"),
            ("192.0.2.1:5555", "192.0.2.1"),
            ("\"192.0.2.1:5555\"", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("unknown, 192.0.2.1,", "192.0.2.1"),
            (", ,192.0.2.1, ,", "192.0.2.1"),
        ] {
            assert_eq!(told("x-forwarded-for", &[spelling]).as_deref(), Some(address), "{spelling}");
        }
        assert_eq!(told("x-forwarded-for", &["203.0.113.9", "192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        for wrong in [
            "",
            ",",
            "unknown",
            "192.0.2.1:port",
            "192.0.2.1:99999",
            "[2001:db8::1",
            "2001:db8::1]",
            "[::1]x",
            "192.0.2.1, x",
            "192.0.2",
        ] {
            assert_eq!(told("x-forwarded-for", &[wrong]), None, "{wrong}");
        }
        assert_eq!(told("x-forwarded-for", &[]), None);
    }

    #[test]
    fn forwarded_is_read_as_its_standard_has_it() {
        for (elements, address) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("for=\"_gazonk\", For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, for=198.51.100.17;by=\"a,b\"", "198.51.100.17"),
            ("proto=https; for = 192.0.2.43", "192.0.2.43"),
        ] {
            assert_eq!(told("forwarded", &[elements]).as_deref(), Some(address), "{elements}");
        }
        for wrong in ["for=unknown", "for=_hidden", "for=192.0.2.1, proto=https", "192.0.2.1", "for="] {
            assert_eq!(told("forwarded", &[wrong]), None, "{wrong}");
        }
    }
}
