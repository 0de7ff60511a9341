//! The entries of lists as HTML.

use maud::{Markup, html};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::pages::{
    Site,
    answers::outcomes::{self, Outcome},
    components::{self, Count, Named, Nodes},
    words,
};

/// Makes the HTML of entries from the data of the request.
pub type Make = fn(&Site, Json) -> Result<Markup, serde_json::Error>;

/// Reads the entries of a list.
pub fn entries<T: DeserializeOwned>(data: Json) -> Result<Vec<T>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Data<T> {
        list: Nodes<T>,
    }
    let data: Data<T> = serde_json::from_value(data)?;
    Ok(data.list.nodes)
}

pub fn outcomes(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    let outcomes: Vec<Outcome> = entries(data)?;
    Ok(html! {
        @for outcome in &outcomes { (outcomes::card(site, outcome, None)) }
        @if !outcomes.is_empty() { (components::legend()) }
    })
}

pub fn procedures(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    struct Procedure {
        #[serde(flatten)]
        named: Named,
        category: String,
        invasiveness: Option<String>,
        description: String,
        outcomes: Count,
    }
    let procedures: Vec<Procedure> = entries(data)?;
    Ok(cards(procedures.iter().map(|one| {
        html! {
            p.name { (components::procedure(site, &one.named)) }
            p.marks {
                span { (words::capitalised(&one.category)) }
                @if let Some(invasiveness) = &one.invasiveness { span { (words::capitalised(invasiveness)) } }
                (outcomes_of(site, "procedure", &one.named, &one.outcomes))
            }
            p { (one.description) }
        }
    })))
}

pub fn conditions(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Condition {
        #[serde(flatten)]
        named: Named,
        kind: String,
        diagnose_first: Option<bool>,
        description: String,
        outcomes: Count,
    }
    let conditions: Vec<Condition> = entries(data)?;
    Ok(cards(conditions.iter().map(|one| {
        html! {
            p.name { (components::condition(site, &one.named)) }
            p.marks {
                span { (words::capitalised(&one.kind)) }
                @if one.diagnose_first == Some(true) { span { "Diagnosis first" } }
                (outcomes_of(site, "condition", &one.named, &one.outcomes))
            }
            p { (one.description) }
        }
    })))
}

pub fn sources(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Source {
        slug: String,
        title: String,
        authors: Option<String>,
        publisher: Option<String>,
        year: Option<i64>,
        kind: String,
        level: Option<i64>,
        extent_read: String,
    }
    let sources: Vec<Source> = entries(data)?;
    Ok(cards(sources.iter().map(|one| {
        html! {
            p.name { a href={ (site.root) "explore/sources/" (one.slug) } { (one.title) } }
            p.marks {
                span { (words::capitalised(&one.kind)) @if let Some(year) = one.year { ", " (year) } }
                @if one.level.is_some() { (components::level(one.level)) }
                span { (words::extent(&one.extent_read)) }
            }
            @if one.authors.is_some() || one.publisher.is_some() {
                p.about { (one.authors.as_deref().unwrap_or_default()) @if one.authors.is_some() && one.publisher.is_some() { ". " } (one.publisher.as_deref().unwrap_or_default()) }
            }
        }
    })))
}

pub fn revisions(site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Revision {
        slug: i64,
        published_at: String,
        summary: String,
    }
    let revisions: Vec<Revision> = entries(data)?;
    Ok(cards(revisions.iter().map(|one| {
        html! {
            p.name { a href={ (site.root) "explore/revisions/" (one.slug) } { "Revision " (one.slug) } }
            @if let Some(date) = words::date(&one.published_at) { p.marks { span { (date) } } }
            p { (one.summary) }
        }
    })))
}

fn cards(entries: impl Iterator<Item = Markup>) -> Markup {
    html! { ul.plain { @for entry in entries { li.card { (entry) } } } }
}

/// The number of outcomes of a record, as a link to the list of them.
fn outcomes_of(site: &Site, filter: &str, named: &Named, count: &Count) -> Markup {
    html! {
        @match count.total_count {
            0 => span { "No outcome" },
            number => a href={ (site.root) "explore/outcomes?" (filter) "=" (named.slug) } { (words::count(number, "outcome")) },
        }
    }
}
