//! What the proxy next to the service reports: client addresses in `X-Forwarded-For` and similar headers, or in
//! `Forwarded` (RFC 7239), and the scheme in `X-Forwarded-Proto`.
//!
//! That proxy adds the last entry of a header, either to the last line or as a line of its own. The client may have forged
//! earlier entries, so they are not read.

use std::{net::IpAddr, sync::Once};

use actix_web::http::header::{AsHeaderName, HeaderMap, HeaderName};

use crate::strict;

/// The header of RFC 7239. Its elements are lists of `name=value` pairs.
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// The header with the scheme by which the client of the proxy sent its request.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Makes sure that the warning about a proxy that reports no client address is logged once.
static MISSING_ADDRESS_WARNING: Once = Once::new();

/// Returns the address of a client: the one that the proxy reports in `header`, or `peer`, the address of the network
/// connection, if there is no proxy or it reports no address.
///
/// Clients whose address the proxy does not report share the budget of the proxy. The log warns the operator once.
#[must_use]
pub fn client_of(headers: &HeaderMap, peer: IpAddr, header: Option<&HeaderName>) -> IpAddr {
    let Some(header) = header else { return peer };
    client_address(headers, header).unwrap_or_else(|| {
        MISSING_ADDRESS_WARNING.call_once(|| {
            let header = header.as_str();
            tracing::warn!(
                header,
                "a request has no client address in this header; such clients share the budget of the proxy's address"
            );
        });
        peer
    })
}

/// Returns the address that the proxy next to the service reports. The header is read backwards, up to the start of the last
/// entry. Returns `None` if the header is missing, or if its last entry is not an address.
fn client_address(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let is_forwarded = *name == FORWARDED;
    let entry = last_entry(headers, name, if is_forwarded { last_element } else { last_member })?;
    if is_forwarded { address(&node(entry)?) } else { address(entry) }
}

/// Reports whether the proxy next to the service received the request by HTTPS.
#[must_use]
pub fn is_https(headers: &HeaderMap) -> bool {
    last_entry(headers, FORWARDED_PROTO, last_member).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// Returns the last entry in all lines of a header; `None` if that entry is not text, or if there is no entry. `last`
/// returns the last entry of one line. Empty entries are ignored (RFC 9110, 5.6.1).
fn last_entry(headers: &HeaderMap, name: impl AsHeaderName, last: fn(&[u8]) -> Option<&[u8]>) -> Option<&str> {
    let entry = headers.get_all(name).filter_map(|line| last(line.as_bytes().trim_ascii_end())).last()?;
    str::from_utf8(entry).ok()
}

/// Returns the last entry of a list without quoted strings; `None` if all entries are empty.
fn last_member(list: &[u8]) -> Option<&[u8]> {
    list.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii).find(|member| !member.is_empty())
}

/// Returns the last entry of a list with quoted strings; `None` if all entries are empty.
///
/// The list is read backwards, so the first quotation mark closes a quoted string, and the next one opens it unless it is
/// escaped. A quotation mark is escaped if an odd number of backslashes precedes it.
fn last_element(list: &[u8]) -> Option<&[u8]> {
    let (mut end, mut is_quoted) = (list.len(), false);
    for at in (0..list.len()).rev() {
        match list[at] {
            b'"' if !is_quoted => is_quoted = true,
            b'"' => is_quoted = backslashes_before(list, at) % 2 == 1,
            b',' if !is_quoted => match list[at + 1..end].trim_ascii() {
                [] => end = at,
                element => return Some(element),
            },
            _ => {}
        }
    }
    Some(list[..end].trim_ascii()).filter(|element| !element.is_empty())
}

fn backslashes_before(list: &[u8], at: usize) -> usize {
    list[..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// Returns the value of `for` in an element of `Forwarded`; `None` if the element is malformed, or has no `for` or several.
fn node(element: &str) -> Option<String> {
    const BETWEEN: [char; 3] = [';', ' ', '\t'];
    let (mut rest, mut node) = (element.trim_start_matches(BETWEEN), None);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').filter(|(name, _)| is_token(name))?;
        let (value, after) = value(after)?;
        let is_ended = after.is_empty() || after.trim_start().starts_with(';');
        if !is_ended || (name.eq_ignore_ascii_case("for") && node.replace(value).is_some()) {
            return None;
        }
        rest = after.trim_start_matches(BETWEEN);
    }
    node
}

/// Splits a text into the value at its beginning and the rest; `None` if the value is malformed. Proxies often write
/// addresses without quotation marks, so an unquoted value may contain `:`, `[` and `]`.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|letter: char| letter == ';' || letter.is_ascii_whitespace()).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return value.bytes().all(|byte| is_token_byte(byte) || b":[]".contains(&byte)).then(|| (value.to_owned(), rest));
    };
    let (mut value, mut letters) = (String::new(), quoted.chars());
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => value.push(letters.next()?),
            letter => value.push(letter),
        }
    }
}

/// Reports whether a text is a token (RFC 9110, 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Reads an address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let host = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        is_optional_port(port).then_some(host)?
    } else {
        match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => is_optional_port(&text[host.len()..]).then_some(host)?,
            _ => text,
        }
    };
    // The zone after `%` names a network interface of the proxy and does not identify the client.
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    host.parse().ok()
}

/// Reports whether a text is empty, or a colon and a port number.
fn is_optional_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| strict::number::<u16>(port).is_some())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::{collection, prelude::*, sample::select};

    use super::*;

    fn reported(name: &'static str, lines: &[&str]) -> Option<String> {
        let (mut headers, name) = (HeaderMap::new(), HeaderName::from_static(name));
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_str(line).unwrap());
        }
        client_address(&headers, &name).map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_read_in_every_notation() {
        for (spelling, address) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1 ", "192.0.2.1"),
            ("192.0.2.1:5555", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("unknown, 192.0.2.1,", "192.0.2.1"),
            (", ,192.0.2.1, ,", "192.0.2.1"),
        ] {
            assert_eq!(reported("x-forwarded-for", &[spelling]).as_deref(), Some(address), "{spelling}");
        }
        assert_eq!(reported("x-forwarded-for", &["203.0.113.9", "192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        for wrong in [
            "",
            ",",
            "unknown",
            "192.0.2.1:port",
            "192.0.2.1:99999",
            "192.0.2.1:+80",
            "[2001:db8::1",
            "2001:db8::1]",
            "[::1]x",
            "192.0.2.1, x",
            "192.0.2",
            "\"192.0.2.1\"",
        ] {
            assert_eq!(reported("x-forwarded-for", &[wrong]), None, "{wrong}");
        }
        assert_eq!(reported("x-forwarded-for", &[]), None);
    }

    #[test]
    fn the_scheme_is_the_last_entry() {
        assert!(!is_https(&HeaderMap::new()));
        for (lines, expected) in [
            ("https", true),
            ("HTTPS", true),
            ("http, https", true),
            ("http\nhttps", true),
            ("https,", true),
            ("https, http", false),
            ("https\nhttp", false),
            ("httpsx", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines.lines() {
                headers.append(FORWARDED_PROTO, HeaderValue::from_str(line).unwrap());
            }
            assert_eq!(is_https(&headers), expected, "{lines}");
        }
    }

    #[test]
    fn the_header_forwarded_is_read_as_rfc_7239_defines_it() {
        for (elements, address) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("for=\"_gazonk\", For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43, for=198.51.100.17;by=\"a,b\"", "198.51.100.17"),
            ("proto=https; for=192.0.2.43", "192.0.2.43"),
            (";for=192.0.2.43:80 ; ;by=_x;", "192.0.2.43"),
            ("for=\"192\\.0.2.43\";ext=\"\\\\\"", "192.0.2.43"),
            ("for=6.6.6.6;x=\", for=192.0.2.43", "192.0.2.43"),
            ("for=192.0.2.43, ,", "192.0.2.43"),
        ] {
            assert_eq!(reported("forwarded", &[elements]).as_deref(), Some(address), "{elements}");
        }
        for wrong in [
            "for=unknown",
            "for=_hidden",
            "for=192.0.2.1, proto=https",
            "192.0.2.1",
            "for=",
            "for = 192.0.2.1",
            "for=192.0.2.1;x",
            "for=192.0.2.1;x=\"",
            "for=192.0.2.1;x=\"\\\"",
            "for=192.0.2.1;for=192.0.2.2",
            "for=192.0.2.1 for=192.0.2.2",
            ";for=\"192.0.2.1",
        ] {
            assert_eq!(reported("forwarded", &[wrong]), None, "{wrong}");
        }
    }
    proptest! {
        #[test]
        fn the_entry_of_the_proxy_decides_whatever_the_client_sends_in_the_header(
            written in collection::vec(prop_oneof![any::<u8>(), select(&b"\\\",;= for=6.6.6.6"[..])], 0..40),
            own_line in any::<bool>(),
        ) {
            let line = |bytes: &[u8]| HeaderValue::from_bytes(bytes);
            for (name, entry) in [
                ("x-forwarded-for", "192.0.2.1"),
                ("forwarded", "for=192.0.2.1"),
                ("forwarded", "host=\"a,\\\\\\\"b\";for=\"192.0.2.1:80\";proto=https"),
            ] {
                let (mut headers, name) = (HeaderMap::new(), HeaderName::from_static(name));
                let Ok(of_client) = line(&written) else { continue };
                if own_line {
                    headers.append(name.clone(), of_client);
                    headers.append(name.clone(), HeaderValue::from_static(entry));
                } else {
                    headers.append(name.clone(), line(&[&written, &b", "[..], entry.as_bytes()].concat())?);
                }
                prop_assert_eq!(client_address(&headers, &name), Some(IpAddr::from([192, 0, 2, 1])));
            }
        }
    }
}
