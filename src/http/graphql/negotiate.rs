//! Which media types a client takes: `Accept`, with its quality values.
//!
//! Rules: <https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1>. Of the ranges that match a type, the most specific one
//! counts. Ranges that cannot be read are passed over; a header that holds no other is as good as none.

use actix_web::{HttpRequest, http::header};

use crate::schema::OperationKind;

/// Media types of a GraphQL response that is sent as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`, whose status tells whether the request was run.
    GraphqlResponse,
    /// `application/json`, for clients from before there was one of our own.
    Json,
}

/// What a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The type of a whole response that it likes best; `None` when it takes no whole response.
    pub whole: Option<MediaType>,
    /// It takes `text/event-stream`, and says so by this name.
    pub stream: bool,
}

/// One range of an `Accept` header.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// In thousandths.
    quality: u16,
}

impl MediaType {
    /// The type of a response that must have one: what the client accepts, or else the one that every client reads.
    pub fn of(http: &HttpRequest) -> Self {
        Accepted::of(http).whole.unwrap_or(Self::Json)
    }

    /// As in the header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

impl Accepted {
    /// What the client of a request takes.
    pub fn of(http: &HttpRequest) -> Self {
        let texts: Vec<&str> = http.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).collect();
        Self::read(&texts.join(","))
    }

    /// Whether an operation of a kind is answered by events.
    pub fn streams(self, kind: OperationKind) -> bool {
        self.stream && (kind == OperationKind::Subscription || self.whole.is_none())
    }

    fn read(header: &str) -> Self {
        let ranges: Vec<Range> = header.split(',').filter_map(Range::read).collect();
        if ranges.is_empty() {
            return Self { whole: Some(MediaType::Json), stream: false };
        }
        let modern = best(&ranges, "application", "graphql-response+json");
        let json = best(&ranges, "application", "json");
        // By name, the modern type is meant; by a wildcard, the one that every client understands.
        let by_name = modern.1 == Range::BY_NAME;
        let whole = match (modern.0, json.0) {
            (0, 0) => None,
            _ if modern > json || (modern == json && by_name) => Some(MediaType::GraphqlResponse),
            _ => Some(MediaType::Json),
        };
        let stream = best(&ranges, "text", "event-stream");
        Self { whole, stream: stream.0 > 0 && stream.1 == Range::BY_NAME }
    }
}

/// How much a type is wanted and by how specific a range; zeros when it is not.
fn best(ranges: &[Range], kind: &str, subtype: &str) -> (u16, u8) {
    let matching = ranges.iter().filter_map(|range| Some((range.specificity(kind, subtype)?, range.quality)));
    matching.max().map_or((0, 0), |(specificity, quality)| (quality, specificity))
}

impl<'h> Range<'h> {
    const BY_NAME: u8 = 2;

    fn read(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let is_token = |text: &str| !text.is_empty() && !text.contains(|letter: char| letter.is_whitespace());
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let mut quality = 1000;
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            if name.trim().eq_ignore_ascii_case("q") {
                quality = thousandths(value)?;
            } else if name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
                // We have no other.
                quality = 0;
            }
        }
        Some(Self { kind, subtype, quality })
    }

    /// `None` when the type is not in this range.
    fn specificity(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", _) => Some(0),
            (own, "*") => own.eq_ignore_ascii_case(kind).then_some(1),
            (own, below) => (own.eq_ignore_ascii_case(kind) && below.eq_ignore_ascii_case(subtype)).then_some(Self::BY_NAME),
        }
    }
}

/// `0.8` is 800; `None` when it is no quality value.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, MediaType};

    #[test]
    fn the_type_that_is_wanted_most_is_taken() {
        let (modern, json) = (Some(MediaType::GraphqlResponse), Some(MediaType::Json));
        for (header, whole, stream) in [
            ("", json, false),
            ("*/*", json, false),
            ("application/*", json, false),
            ("application/graphql-response+json", modern, false),
            ("Application/GraphQL-Response+JSON; charset=UTF-8", modern, false),
            ("application/graphql-response+json, application/json;q=0.9", modern, false),
            ("application/graphql-response+json;q=0.8, application/json", json, false),
            ("application/json, application/graphql-response+json", modern, false),
            ("application/json, */*", json, false),
            ("application/graphql-response+json, */*", modern, false),
            ("application/json;q=0, */*", modern, false),
            ("application/graphql-response+json;q=0, application/*;q=0.1", json, false),
            ("*/*;q=0.1, application/graphql-response+json;q=0.001", json, false),
            ("application/json; charset=latin1", None, false),
            ("text/event-stream", None, true),
            ("text/*", None, false),
            ("text/event-stream, application/json", json, true),
            ("text/event-stream;q=0, */*", json, false),
            ("text/html", None, false),
            ("*/*;q=0", None, false),
            ("nonsense", json, false),
            ("application/json;q=high", json, false),
            ("*/json, /, ;;, text/html;q=2, q=1", json, false),
            ("text/html, nonsense/, application/json;q=0.5", json, false),
        ] {
            assert_eq!(Accepted::read(header), Accepted { whole, stream }, "{header}");
        }
    }
}
