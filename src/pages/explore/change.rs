//! Changes of records by revisions.

use maud::{Markup, html};
use serde::Deserialize;

use crate::pages::{Site, components::pages_of, words};

/// How a revision changed a record.
#[derive(Debug, Deserialize)]
pub struct Change {
    action: String,
    r#type: String,
    slug: String,
    fields: Vec<String>,
}

/// A revision in the history of a record.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    pub number: i64,
    pub published_at: String,
}

impl Change {
    /// The record, as a link if it has a page.
    pub fn record(&self, site: &Site) -> Markup {
        let pages = pages_of(&self.r#type).filter(|_| self.action != "DELETED");
        html! {
            (words::of_type(&self.r#type)) " "
            @match pages {
                Some(path) => a href={ (site.root) "explore/" (path) "/" (self.slug) } { (self.slug) },
                None => (self.slug),
            }
        }
    }

    /// Reports whether it is a change of the record with this slug, and not of a record that is embedded in it.
    pub fn is_of(&self, slug: &str) -> bool {
        self.slug == slug
    }

    /// Returns what happened, in words.
    pub fn words(&self) -> String {
        match self.action.as_str() {
            "UPDATED" => {
                let fields: Vec<String> = self.fields.iter().map(|field| words::of_type(field)).collect();
                format!("changed: {}", fields.join(", "))
            }
            other => words::of(other),
        }
    }
}

impl Revision {
    /// The revision as a link to its page, with its date.
    pub fn link(&self, site: &Site) -> Markup {
        html! {
            a href={ (site.root) "explore/revisions/" (self.number) } { "Revision " (self.number) }
            @if let Some(date) = words::date(&self.published_at) { ", " (date) }
        }
    }
}
