//! What every record has: its notice, its status, its latest review, its history, and how to credit it.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::change::{Change, Revision};
use crate::pages::{Site, components::Page, words};

/// The common fields of a record.
#[derive(Debug, Deserialize)]
pub struct Record {
    notice: String,
    /// `None` for types that have no status.
    status: Option<String>,
    /// `None` without a review, and for types that have no reviews.
    review: Option<Review>,
    attribution: Attribution,
    /// The revision that changed it last.
    revision: i64,
    history: Page<Entry>,
}

/// A change of the record, or of a record that is embedded in its document.
#[derive(Debug, Deserialize)]
struct Entry {
    revision: Revision,
    #[serde(flatten)]
    change: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    reviewed_on: String,
    reviewer: String,
    role: String,
    next_due: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Attribution {
    text: String,
}

impl Record {
    /// Returns the citation of the record's page.
    pub fn cite(&self, address: &str) -> String {
        format!("{} {address}", self.attribution.text)
    }

    /// Replaces the slug in the credit by a title. The credit of a record without a name begins with its slug.
    pub fn titled(mut self, slug: &str, title: &str) -> Self {
        if let Some(rest) = self.attribution.text.strip_prefix(slug) {
            self.attribution.text = format!("{title}{rest}");
        }
        self
    }

    /// The revision of the last change, and the changes after the first revision. `slug` is the slug of the record.
    pub fn changes(&self, site: &Site, slug: &str) -> Markup {
        let entries = &self.history.nodes;
        html! {
            p.revision { "Last changed in " a href={ (site.root) "explore/revisions/" (self.revision) } { "revision " (self.revision) } "." }
            @if !entries.is_empty() {
                details.history {
                    summary { "History" }
                    ul {
                        @for Entry { revision, change } in entries {
                            li {
                                (revision.link(site)) ": "
                                @if !change.is_of(slug) { (change.record(site)) " " }
                                (change.words())
                            }
                        }
                    }
                    (self.history.rest(site, None))
                }
            }
        }
    }

    /// The status, the notice and the review, which are shown below the title.
    pub fn head(&self) -> Markup {
        html! {
            p.notice role="note" {
                @if let Some(status) = &self.status { strong { (words::capitalised(status)) "." } " " }
                (self.notice)
            }
            @if let Some(review) = &self.review { p.review { (review.words()) } }
        }
    }

    /// The members of a `MedicalWebPage` that say who reviewed it, and when; null without a review.
    pub fn reviewed(&self) -> (Json, Json) {
        let Some(review) = &self.review else { return (Json::Null, Json::Null) };
        (json!({"@type": "Person", "name": review.reviewer, "jobTitle": review.role}), json!(review.reviewed_on))
    }
}

impl Review {
    fn words(&self) -> String {
        let date = |date: &str| words::date(date).unwrap_or_else(|| date.to_owned());
        let next = self.next_due.as_deref().map(|due| format!(" The next review is due by {}.", date(due)));
        format!("Reviewed by {}, {}, on {}.{}", self.reviewer, self.role, date(&self.reviewed_on), next.unwrap_or_default())
    }
}
