//! The page of a revision: its change of each record.

use maud::html;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Parts, change::Change};
use crate::pages::{
    PageRequest, Site,
    components::{self, PageInfo, page_links},
    request::encode,
    words,
};

/// Text of the document.
pub const DOCUMENT: &str = include_str!("../requests/revision.graphql");

/// A page of the changes of a revision.
#[derive(Clone, Debug)]
pub struct RevisionPage {
    /// Number of the revision.
    pub number: i32,
    /// The cursor after which the page begins; `None` for the first page.
    pub after: Option<String>,
}

impl RevisionPage {
    /// Returns the request.
    pub(super) fn request(&self) -> PageRequest {
        let after = self.after.as_ref().map(|after| ("after", json!(after)));
        PageRequest::new(DOCUMENT, [("revision", json!(self.number))].into_iter().chain(after))
    }

    /// Returns the address of its first page from the root of the service.
    pub(super) fn address(&self) -> String {
        format!("explore/revisions/{}", self.number)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revision {
    published_at: String,
    summary: String,
    changes: Changes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    total_count: usize,
    page_info: PageInfo,
    nodes: Vec<Change>,
}

/// Makes the page; `None` if there is no such revision.
pub(super) fn parts(site: &Site, page: &RevisionPage, data: Json) -> Result<Option<Parts>, serde_json::Error> {
    Ok(components::record(data, "revision")?.map(|revision: Revision| revision.parts(site, page)))
}

impl Revision {
    fn parts(self, site: &Site, page: &RevisionPage) -> Parts {
        let Changes { total_count, page_info, nodes } = &self.changes;
        let first = format!("{}{}", site.root, page.address());
        let next = page_info.next().map(|next| format!("{first}?after={}", encode(next)));
        let main = html! {
            p.lead { @if let Some(date) = words::date(&self.published_at) { "Published " (date) ". " } (self.summary) }
            @match (page.number, total_count) {
                (1, 0) => (components::none("The first revision created all of its records.")),
                (_, 0) => (components::none("It changed no record.")),
                _ => {
                    p { (words::count(*total_count, "record")) "." }
                    ul.plain { @for one in nodes { li.card { p.name { (one.record(site)) } p { (words::uppercase_first(&one.words())) } } } }
                }
            }
            (page_links(page.after.as_ref().map(|_| first), next))
        };
        Parts {
            title: format!("Revision {}", page.number),
            description: format!("What revision {} of the library changed.", page.number),
            json_ld: None,
            record: None,
            main,
        }
    }
}
