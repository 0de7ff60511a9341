//! What every record has: its notice, its status, its latest review, and how to credit it.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::pages::words;

/// The common fields of a record.
#[derive(Debug, Deserialize)]
pub struct Record {
    notice: String,
    /// `None` for types that have no status.
    status: Option<String>,
    /// `None` without a review, and for types that have none.
    review: Option<Review>,
    attribution: Attribution,
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

    /// The status, the notice and the review, for the place below the title.
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
