//! The search on the first page.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    PageRequest, Site,
    components::{self, Name, PageInfo, Slug, page_links, pages_of},
    request::encode,
    words,
};
use crate::engine::{
    plan::search::MAX_WORDS,
    search::{self, searched_words},
};

/// Text of the document.
pub(super) const DOCUMENT: &str = include_str!("requests/search.graphql");

/// Maximum length of a text to search for, in characters. Users type less.
pub const MAX_TEXT: usize = 100;

/// The fields of `SearchMatch.field` whose texts the list of found records shows.
const SHOWN_FIELDS: [&str; 6] = ["NAME", "TITLE", "DESCRIPTION", "ROLE", "EXPECTED_EFFECT", "FINDING"];

/// Checks a text to search for on a page.
///
/// # Errors
/// Returns a message for the user if the text is too long, or has too many words or control characters.
pub fn check(text: &str) -> Result<(), String> {
    let has_controls = text.chars().any(|letter| letter.is_control() && !letter.is_whitespace());
    if has_controls || text.chars().count() > MAX_TEXT || searched_words(text).len() > MAX_WORDS {
        return Err(format!("Search for at most {MAX_TEXT} characters and {MAX_WORDS} words, without control characters."));
    }
    Ok(())
}

/// Returns the request for a text. `after` is the cursor after which the page begins; `None` for the first page.
#[must_use]
pub fn request(text: &str, after: Option<&str>) -> PageRequest {
    let after = after.map(|after| ("after", json!(after)));
    PageRequest::new(DOCUMENT, [Some(("text", json!(text))), after].into_iter().flatten())
}

/// The form. `text` is the value of its input.
pub(super) fn form(site: &Site, text: &str) -> Markup {
    html! {
        form.search role="search" action={ (site.root) "#answer" } method="get" {
            label for="search" { "Find a procedure, condition or source" }
            div {
                input #search type="search" name="search" value=(text) maxlength=(MAX_TEXT) placeholder="botox, scars, hair loss" autocomplete="off";
                button type="submit" { "Search" }
            }
        }
    }
}

#[derive(Deserialize)]
struct Data {
    search: Found,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    total_count: usize,
    did_you_mean: Option<String>,
    expansions: Vec<Expansion>,
    page_info: PageInfo,
    edges: Vec<Edge>,
}

/// A synonym that was searched as well.
#[derive(Deserialize)]
struct Expansion {
    meaning: String,
}

/// A record that was found, with the best match of each word of the search.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edge {
    matched_on: Vec<Match>,
    node: Record,
}

/// What a word of the search matches.
#[derive(PartialEq, Deserialize)]
struct Match {
    field: String,
    term: String,
    how: String,
}

/// A record that was found, of any type. Fields that its type does not have are `None`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "__typename")]
    ty: String,
    slug: String,
    name: Option<String>,
    title: Option<String>,
    year: Option<i64>,
    procedure: Option<Name>,
    condition: Option<Name>,
    description: Option<String>,
    role: Option<String>,
    expected_effect: Option<String>,
    finding: Option<String>,
    outcome: Option<Slug>,
}

/// The answer to a search. `after` is the cursor of the request.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub(super) fn answer(site: &Site, text: &str, after: Option<&str>, data: Json) -> Result<Markup, serde_json::Error> {
    let Data { search: found } = serde_json::from_value(data)?;
    let shown = found.edges.len();
    let first = format!("{}?search={}", site.root, encode(text));
    Ok(html! {
        (suggestion(found.did_you_mean.as_deref(), |text| format!("{}?search={}#answer", site.root, encode(text))))
        (synonyms(&found.expansions))
        @if found.edges.is_empty() {
            (components::none("Nothing was found. Try another word, such as the name of a procedure, a condition or a source."))
        } @else {
            p.about {
                (words::count(found.total_count, "record"))
                @if found.total_count > shown { ", " (shown) " on this page" }
                "."
            }
            ul.plain { @for edge in &found.edges { li.card { (edge.node.entry(site, &edge.matched_on)) } } }
        }
        (page_links(
            after.map(|_| format!("{first}#answer")),
            found.page_info.next().map(|next| format!("{first}&after={}#answer", encode(next))),
        ))
    })
}

/// The suggestion of another text, with the address that `link` returns for it. Nothing if there is none, or if the pages
/// refuse to search for it.
pub(super) fn suggestion(text: Option<&str>, link: impl Fn(&str) -> String) -> Markup {
    html! {
        @if let Some(text) = text.filter(|text| check(text).is_ok()) {
            p { "Did you mean " a href=(link(text)) { (text) } "?" }
        }
    }
}

/// The synonyms that were searched as well; nothing if there are none.
fn synonyms(expansions: &[Expansion]) -> Markup {
    let mut meanings: Vec<String> = expansions.iter().map(|one| format!("“{}”", one.meaning)).collect();
    meanings.sort_unstable();
    meanings.dedup();
    html! { @if !meanings.is_empty() { p.about { "Also searched for: " (meanings.join(", ")) } } }
}

/// Returns a text with the matches that the page does not show. A match is shown if it is in one of [`SHOWN_FIELDS`], or if
/// its words are in one of the texts in `shown`. `None` if all matches are shown.
fn reason(matches: &[Match], shown: &[&str]) -> Option<String> {
    let shown: Vec<Vec<String>> = shown.iter().map(|text| folded_words(text)).collect();
    let is_shown = |one: &Match| {
        let term = folded_words(&one.term);
        let has_term = |text: &Vec<String>| !term.is_empty() && text.windows(term.len()).any(|words| *words == *term);
        SHOWN_FIELDS.contains(&one.field.as_str()) || shown.iter().any(has_term)
    };
    let mut hidden: Vec<&Match> = matches.iter().filter(|one| !is_shown(one)).collect();
    hidden.dedup();
    let of_kind = |same: &[&Match]| {
        let terms: Vec<String> = same.iter().map(|one| format!("“{}”", one.term)).collect();
        format!("{} {}", kind(&same[0].how), terms.join(", "))
    };
    let reasons: Vec<String> = hidden.chunk_by(|one, next| one.how == next.how).map(of_kind).collect();
    (!reasons.is_empty()).then(|| format!("Found by: {}", reasons.join("; ")))
}

/// Returns the words of a text with their case folded.
fn folded_words(text: &str) -> Vec<String> {
    search::words(text).iter().map(|word| word.plain.clone()).collect()
}

/// Returns the words for a kind of match that the page does not show. The page shows names, so a match of kind `NAME` that
/// it does not show is in a slug.
fn kind(how: &str) -> String {
    match how {
        "NAME" => "slug".to_owned(),
        "PURPOSE" => "treated condition".to_owned(),
        "FUZZY" => "similar word".to_owned(),
        other => words::of(other),
    }
}

impl Record {
    /// The record in the list. `matches` is what the words of the search match in it.
    fn entry(&self, site: &Site, matches: &[Match]) -> Markup {
        let name = self.heading();
        let texts = [&self.description, &self.role, &self.expected_effect, &self.finding];
        let text = texts.into_iter().flatten().next().map(String::as_str);
        html! {
            p.name {
                @match self.path() { Some(path) => a href={ (site.root) "explore/" (path) } { (name) }, None => (name) }
                " " span.count { (words::of_type(&self.ty)) @if let Some(year) = self.year { ", " (year) } }
            }
            @if let Some(reason) = reason(matches, &[name.as_str(), text.unwrap_or_default()]) { p.about { (reason) } }
            @if let Some(text) = text { p { (text) } }
        }
    }

    fn heading(&self) -> String {
        match (&self.procedure, &self.condition) {
            (Some(procedure), Some(condition)) => {
                format!("{} for {}", procedure.name, words::lowercase_first(&condition.name))
            }
            _ => self.name.as_ref().or(self.title.as_ref()).unwrap_or(&self.slug).clone(),
        }
    }

    /// Returns the path of its page below `explore/`. A finding is on the page of its outcome. `None` for types without pages.
    fn path(&self) -> Option<String> {
        let (ty, slug) = match self.ty.as_str() {
            "EvidenceItem" => ("TreatmentOutcome", &self.outcome.as_ref()?.slug),
            ty => (ty, &self.slug),
        };
        Some(format!("{}/{slug}", pages_of(ty)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_that_is_too_long_for_the_search_is_left_out() {
        let (root, origin) = ("./".to_owned(), "http://localhost".to_owned());
        let site = Site { root, origin, may_open_playground: true, may_read_schema: true, desk: true };
        let page_info = json!({"hasNextPage": false, "endCursor": null});
        let is_suggested = |length| {
            let mut found = json!({"totalCount": 0, "expansions": [], "pageInfo": page_info, "edges": []});
            found["didYouMean"] = json!("x".repeat(length));
            answer(&site, "y", None, json!({"search": found})).unwrap().into_string().contains("Did you mean")
        };
        assert!(is_suggested(MAX_TEXT) && !is_suggested(MAX_TEXT + 1));
    }

    #[test]
    fn a_text_to_search_for_has_at_most_100_characters_and_12_words() {
        for text in ["x".repeat(100), "laser ".repeat(12), "of the ".repeat(10) + "scars", "a\tb".to_owned()] {
            assert_eq!(check(&text), Ok(()), "{text:?}");
        }
        for text in ["x".repeat(101), "laser ".repeat(13), "a\0".to_owned()] {
            let refused = check(&text).unwrap_err();
            assert_eq!(refused, "Search for at most 100 characters and 12 words, without control characters.", "{text:?}");
        }
    }

    #[test]
    fn a_record_has_the_matches_that_its_name_and_its_text_do_not_show() {
        let found = |matches: &[(&str, &str, &str)], shown: &[&str]| {
            let one = |(field, term, how): &(&str, &str, &str)| Match {
                field: (*field).to_owned(),
                term: (*term).to_owned(),
                how: (*how).to_owned(),
            };
            reason(&matches.iter().map(one).collect::<Vec<_>>(), shown)
        };
        let (hair, loss) = (("ALIASES", "hair", "ALIAS"), ("ALIASES", "loss", "ALIAS"));
        assert_eq!(found(&[hair, loss], &["Alopecia", ""]).as_deref(), Some("Found by: alias “hair”, “loss”"));
        assert_eq!(found(&[hair, loss], &["Alopecia", "Hair falls out."]).as_deref(), Some("Found by: alias “loss”"));
        assert_eq!(found(&[hair, loss], &["Alopecia", "Loss of hair."]), None);
        assert_eq!(found(&[hair], &["Alopecia", "Hairy moles."]).as_deref(), Some("Found by: alias “hair”"));
        let (one, two) = (("ALIASES", "platelet-rich plasma", "ALIAS"), ("ALIASES", "plasma pen", "ALIAS"));
        let named = found(&[one, two], &["PRP", "Platelet-rich plasma is injected."]);
        assert_eq!(named.as_deref(), Some("Found by: alias “plasma pen”"));
        assert_eq!(found(&[("DESCRIPTION", "balding", "SUMMARY")], &["Alopecia", ""]), None);
        assert_eq!(found(&[("NAME", "micro-needling", "SYNONYM")], &["Microneedling", ""]), None);
        let several = [("ALIASES", "botox", "FUZZY"), ("ALIASES", "botox", "FUZZY"), ("TREATS", "scars", "PURPOSE")];
        let expected = "Found by: similar word “botox”; treated condition “scars”";
        assert_eq!(found(&several, &["Botulinum toxin injections", ""]).as_deref(), Some(expected));
    }

    #[test]
    fn each_synonym_is_named_once_and_escaped() {
        let expansions = ["b", "<i>", "b"].map(|meaning| Expansion { meaning: meaning.to_owned() });
        assert_eq!(synonyms(&expansions).into_string(), "<p class=\"about\">Also searched for: “&lt;i&gt;”, “b”</p>");
        assert_eq!(synonyms(&[]).into_string(), "");
    }
}
