//! Headers that are lists, such as `gzip;q=0.5, br`: their members, and how much a client wants each of them.

use actix_web::http::header::{AsHeaderName, HeaderMap};

/// The weight of a member that has none of its own, in thousandths.
const FULL: u16 = 1000;

/// The members of a header, of all its lines, in order (<https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1>). Lines that are not
/// text have none.
pub fn members(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|member| !member.is_empty())
}

/// A member of `Accept` or `Accept-Encoding`.
pub struct Weighted<'h> {
    /// What is accepted: a media range, or a coding.
    pub value: &'h str,
    /// How much it is wanted, in thousandths; 0 when it is refused.
    pub weight: u16,
    parameters: &'h str,
}

impl<'h> Weighted<'h> {
    /// Reads a member; `None` when its weight is malformed (<https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2>).
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

    /// Its parameters, without quotes around their values.
    pub fn parameters(&self) -> impl Iterator<Item = (&'h str, &'h str)> + use<'h> {
        let pairs = self.parameters.split(';').filter_map(|parameter| parameter.split_once('='));
        pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
    }
}

/// `0.8` is 800; `None` when it is no weight.
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
