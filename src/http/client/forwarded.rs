//! Addresses of clients as proxies tell them: `X-Forwarded-For` and headers like it, and `Forwarded` (RFC 7239).

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header of RFC 7239, whose elements are pairs of names and values.
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// The address that the proxy next to the service tells: it adds the last entry, on the same line or on one of its own. What stands before may be
/// anybody's invention, so it is not read: the last entry is looked for from the end. `None` when the header is missing, or its last entry is not
/// an address.
#[must_use]
pub fn client_of(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let is_forwarded = *name == FORWARDED;
    let last = if is_forwarded { last_element } else { last_member };
    // Empty entries count for nothing (RFC 9110, 5.6.1).
    let entry = headers.get_all(name).filter_map(|line| last(line.as_bytes().trim_ascii_end())).last()?;
    let entry = str::from_utf8(entry).ok()?;
    if is_forwarded { address(&node(entry)?) } else { address(entry) }
}

/// The last entry of a list that knows no quotation marks; `None` when all are empty.
fn last_member(list: &[u8]) -> Option<&[u8]> {
    list.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii).find(|member| !member.is_empty())
}

/// The last entry of a list whose entries may have quoted texts; `None` when all are empty. Read from the end, a quotation mark opens a text that
/// another one closed, unless it is escaped: an odd number of backslashes stands before it.
fn last_element(list: &[u8]) -> Option<&[u8]> {
    let (mut end, mut in_text) = (list.len(), false);
    for at in (0..list.len()).rev() {
        match list[at] {
            b'"' if !in_text => in_text = true,
            b'"' => in_text = backslashes_before(list, at) % 2 == 1,
            b',' if !in_text => match list[at + 1..end].trim_ascii() {
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

/// The `for` of an element of `Forwarded`; `None` when the element is not made of pairs, or has none or several.
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

/// The value that a text begins with, and what follows. One without quotation marks may have the characters of addresses, too.
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

/// Whether a text is a token (RFC 9110, 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// An address, alone or with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
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
    use proptest::{collection, prelude::*, sample::select};

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
            "\"192.0.2.1\"",
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
            ("proto=https; for=192.0.2.43", "192.0.2.43"),
            (";for=192.0.2.43:80 ; ;by=_x;", "192.0.2.43"),
            ("for=\"192\\.0.2.43\";ext=\"\\\\\"", "192.0.2.43"),
            ("for=6.6.6.6;x=\", for=192.0.2.43", "192.0.2.43"),
            ("for=192.0.2.43, ,", "192.0.2.43"),
        ] {
            assert_eq!(told("forwarded", &[elements]).as_deref(), Some(address), "{elements}");
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
            assert_eq!(told("forwarded", &[wrong]), None, "{wrong}");
        }
    }
    proptest! {
        #[test]
        fn whatever_a_client_writes_the_entry_of_the_proxy_counts(
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
                prop_assert_eq!(client_of(&headers, &name), Some(IpAddr::from([192, 0, 2, 1])));
            }
        }
    }
}
