//! Headers that are lists, such as `gzip;q=0.5, br`: the members and their weights.

use actix_web::http::header::{AsHeaderName, HeaderMap};

/// The default weight of a member, in thousandths.
const FULL: u16 = 1000;

/// Maximum number of members that are read: more than any client sends. Each one is compared with several names on the serving
/// thread.
const MAX_MEMBERS: usize = 64;

/// Returns the members of all lines of a header, in order (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1>). Lines
/// that are not text are skipped, and so are members after the first [`MAX_MEMBERS`].
pub fn members(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).take(MAX_MEMBERS).map(str::trim).filter(|member| !member.is_empty())
}

/// A member of `Accept` or `Accept-Encoding`.
pub struct Weighted<'h> {
    /// A media range or a content coding.
    pub value: &'h str,
    /// The weight in thousandths; 0 means that the client does not accept it.
    pub weight: u16,
    parameters: &'h str,
}

impl<'h> Weighted<'h> {
    /// Reads a member; `None` if its weight is malformed (<https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2>).
    pub fn read(member: &'h str) -> Option<Self> {
        let (value, parameters) = member.split_once(';').unwrap_or((member, ""));
        let mut read = Self { value: value.trim(), weight: FULL, parameters };
        for (name, value) in read.parameters() {
            if name.eq_ignore_ascii_case("q") {
                read.weight = thousandths(value)?;
            }
        }
        Some(read)
    }

    /// Returns the names and values of the parameters, without quotation marks around the values.
    pub fn parameters(&self) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        let pairs = self.parameters.split(';').filter_map(|parameter| parameter.split_once('='));
        pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
    }
}

/// Reads a weight: `0.8` is 800. Returns `None` if the text is not a weight.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(FULL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT, HeaderValue};

    use super::*;

    #[test]
    fn members_after_the_maximum_are_skipped() {
        let mut headers = HeaderMap::new();
        let many = |times: usize| HeaderValue::from_str(&"a/b,".repeat(times)).unwrap();
        headers.insert(ACCEPT, many(MAX_MEMBERS - 1));
        headers.append(ACCEPT, HeaderValue::from_static("text/html"));
        assert_eq!(members(&headers, ACCEPT).last(), Some("a/b"), "empty members count");
        headers.insert(ACCEPT, many(10_000));
        assert_eq!(members(&headers, ACCEPT).count(), MAX_MEMBERS);
        headers.insert(ACCEPT, HeaderValue::from_static("a/b,"));
        headers.append(ACCEPT, HeaderValue::from_static("text/html"));
        assert_eq!(members(&headers, ACCEPT).last(), Some("text/html"));
    }
}
