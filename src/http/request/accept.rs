//! Content negotiation: which media types a client accepts according to `Accept`.
//!
//! Rules: <https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1>. Of the ranges that match a type, the most specific one
//! decides. Malformed ranges are skipped. A header without a valid range accepts everything.

use actix_web::http::header::{self, HeaderMap};

use super::header_list::{self, Weighted};
use crate::schema::OperationKind;

/// Media types of a GraphQL response that is sent as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`. With this type, the HTTP status shows whether the request was run.
    GraphqlResponse,
    /// `application/json`, for clients that are older than the media type of GraphQL.
    Json,
}

/// What a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The preferred type of a response that is sent as a whole; `None` if the client accepts none.
    pub single_response: Option<MediaType>,
    /// Whether the client accepts `text/event-stream` by name.
    pub stream: bool,
    /// How the client accepts an HTML page.
    pub html: HtmlAcceptance,
    /// Whether the client names a type of JSON and does not name `text/html` with the same or a greater weight. An
    /// additional `*/*` makes no difference.
    pub prefers_json: bool,
}

/// How a client accepts `text/html`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtmlAcceptance {
    /// It does not accept pages.
    Refused,
    /// It accepts pages like other types. Examples are programs that send `*/*` or no header.
    Accepted,
    /// It names `text/html` and prefers it to a GraphQL response. An example is a browser that opens a URL.
    Preferred,
}

/// One range of an `Accept` header.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// In thousandths.
    weight: u16,
}

/// The weight of a type in thousandths, and the specificity of the range that has this weight; zeros if no range matches
/// the type.
type Preference = (u16, u8);

impl MediaType {
    /// Returns the type of a response that has to be sent even if the client accepts none, such as a refusal.
    pub fn of(headers: &HeaderMap) -> Self {
        Accepted::of(headers).single_response.unwrap_or(Self::Json)
    }

    /// Returns the value of the header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

impl Accepted {
    /// Reads what a client accepts from its headers.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::read(header_list::members(headers, header::ACCEPT))
    }

    /// Reports whether the response to an operation of this kind is an event stream.
    pub fn streams(self, kind: OperationKind) -> bool {
        self.stream && (kind == OperationKind::Subscription || self.single_response.is_none())
    }

    fn read<'h>(members: impl Iterator<Item = &'h str>) -> Self {
        let mut ranges: Vec<Range> = members.filter_map(Range::read).collect();
        if ranges.is_empty() {
            ranges.push(Range::EVERYTHING);
        }
        let modern = preference(&ranges, "application", "graphql-response+json");
        let json = preference(&ranges, "application", "json");
        // If both weights are equal, a client that names `application/graphql-response+json` receives it. A client that
        // sends a wildcard may be older than that type, so it receives `application/json`.
        let by_name = modern.1 == Range::BY_NAME;
        let single_response = match (modern.0, json.0) {
            (0, 0) => None,
            _ if modern > json || (modern == json && by_name) => Some(MediaType::GraphqlResponse),
            _ => Some(MediaType::Json),
        };
        let stream = preference(&ranges, "text", "event-stream");
        let html = preference(&ranges, "text", "html");
        let is_named = |(weight, specificity): Preference| weight > 0 && specificity == Range::BY_NAME;
        let outranks = |other: Preference| is_named(other) && !(is_named(html) && html.0 >= other.0);
        let prefers_json = outranks(modern) || outranks(json);
        let page = match html {
            (0, _) => HtmlAcceptance::Refused,
            (weight, Range::BY_NAME) if weight > modern.0.max(json.0) => HtmlAcceptance::Preferred,
            _ => HtmlAcceptance::Accepted,
        };
        Self { single_response, stream: stream.0 > 0 && stream.1 == Range::BY_NAME, html: page, prefers_json }
    }
}

fn preference(ranges: &[Range], kind: &str, subtype: &str) -> Preference {
    let matching = ranges.iter().filter_map(|range| Some((range.specificity(kind, subtype)?, range.weight)));
    matching.max().map_or((0, 0), |(specificity, weight)| (weight, specificity))
}

impl<'h> Range<'h> {
    const BY_NAME: u8 = 2;
    const EVERYTHING: Self = Self { kind: "*", subtype: "*", weight: 1000 };

    fn read(member: &'h str) -> Option<Self> {
        let read = Weighted::read(member)?;
        let (kind, subtype) = read.value.split_once('/')?;
        let is_token = |text: &str| !text.is_empty() && !text.contains(|letter: char| letter.is_whitespace());
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        // Responses are in UTF-8 only.
        let is_other =
            |(name, value): (&str, &str)| name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8");
        let weight = if read.parameters().any(is_other) { 0 } else { read.weight };
        Some(Self { kind, subtype, weight })
    }

    /// Returns 0 for `*/*`, 1 for `type/*`, [`Self::BY_NAME`] for `type/subtype`; `None` if the type is not in this range.
    fn specificity(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", _) => Some(0),
            (own, "*") => own.eq_ignore_ascii_case(kind).then_some(1),
            (own, below) => (own.eq_ignore_ascii_case(kind) && below.eq_ignore_ascii_case(subtype)).then_some(Self::BY_NAME),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, HtmlAcceptance, MediaType};

    #[test]
    fn the_type_with_the_greatest_weight_is_chosen() {
        let (modern, json) = (Some(MediaType::GraphqlResponse), Some(MediaType::Json));
        for (header, single_response, stream) in [
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
            let read = Accepted::read(header.split(','));
            assert_eq!((read.single_response, read.stream), (single_response, stream), "{header}");
        }
    }

    #[test]
    fn clients_that_name_json_before_html_prefer_json() {
        for (header, prefers_json) in [
            ("application/json", true),
            ("application/json, text/plain, */*", true),
            ("application/json, text/html;q=0.9", true),
            ("application/graphql-response+json", true),
            ("text/html, application/json", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("application/json;q=0, */*", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(Accepted::read(header.split(',')).prefers_json, prefers_json, "{header}");
        }
    }

    #[test]
    fn clients_that_give_html_the_greatest_weight_prefer_a_page() {
        for (header, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HtmlAcceptance::Preferred),
            ("text/html", HtmlAcceptance::Preferred),
            ("application/json;q=0.9, TEXT/HTML", HtmlAcceptance::Preferred),
            ("", HtmlAcceptance::Accepted),
            ("*/*", HtmlAcceptance::Accepted),
            ("text/*", HtmlAcceptance::Accepted),
            ("text/html, */*", HtmlAcceptance::Accepted),
            ("text/html, application/json", HtmlAcceptance::Accepted),
            ("text/html;q=0.5, application/graphql-response+json", HtmlAcceptance::Accepted),
            ("application/json", HtmlAcceptance::Refused),
            ("text/html;q=0, */*", HtmlAcceptance::Refused),
            ("text/event-stream", HtmlAcceptance::Refused),
        ] {
            assert_eq!(Accepted::read(header.split(',')).html, html, "{header}");
        }
    }
}
