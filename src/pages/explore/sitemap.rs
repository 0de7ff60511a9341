//! The sitemap (<https://www.sitemaps.org/protocol.html>): the pages that search engines list. It
//! has at most as many records of each type as `MAX_REQUESTS` requests return: the first thousand.

use std::collections::BTreeMap;

use maud::html;
use serde::Deserialize;
use serde_json::json;

use super::list::LISTS;
use crate::pages::{PageRequest, Site, components::PageInfo};

/// Text of the document.
pub const DOCUMENT: &str = include_str!("../requests/slugs.graphql");
/// Maximum number of requests for one sitemap. Each returns at most a hundred records of each type.
const MAX_REQUESTS: usize = 10;
/// The response keys of the connections of the document. Each is also the name of a list, and of the variable with its
/// cursor.
const CONNECTIONS: [&str; 4] = ["procedures", "conditions", "outcomes", "sources"];

/// A sitemap under construction.
#[derive(Debug, Default)]
pub struct Sitemap {
    paths: Vec<String>,
    cursors: BTreeMap<&'static str, String>,
    requests: usize,
}

/// The data of a response: a page of each connection.
#[derive(Debug, Deserialize)]
pub struct Slugs(BTreeMap<String, Page>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    slug: String,
}

impl Sitemap {
    /// Creates a sitemap with the pages that do not depend on the content. `others` are the paths of such pages outside
    /// the explorer.
    #[must_use]
    pub fn new(others: impl IntoIterator<Item = String>) -> Self {
        let lists = LISTS.iter().map(|list| format!("explore/{}", list.name));
        let fixed = ["", "explore", "explore/compare"].map(str::to_owned);
        Self { paths: fixed.into_iter().chain(lists).chain(others).collect(), ..Self::default() }
    }

    /// Returns the next request.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        PageRequest::new(DOCUMENT, self.cursors.iter().map(|(name, cursor)| (*name, json!(cursor))))
    }

    /// Adds the records of a response. Returns whether more follow.
    pub fn add(&mut self, Slugs(mut pages): Slugs) -> bool {
        self.requests += 1;
        let mut is_more = false;
        for name in CONNECTIONS {
            let Some(Page { page_info, nodes }) = pages.remove(name) else { continue };
            self.paths.extend(nodes.iter().map(|node| format!("explore/{name}/{}", node.slug)));
            is_more |= page_info.has_next_page;
            // An empty page has no cursor. The last cursor of the list stays, so further requests return no entries of it.
            if let Some(cursor) = page_info.end_cursor {
                self.cursors.insert(name, cursor);
            }
        }
        is_more && self.requests < MAX_REQUESTS
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self, site: &Site) -> String {
        // The host of a request may contain `&`. Slugs have letters, digits and hyphens only, so they are not escaped.
        let origin = html! { (site.origin) }.into_string();
        let entries: Vec<String> =
            self.paths.iter().map(|path| format!("  <url><loc>{origin}/{path}</loc></url>\n")).collect();
        let entries = entries.concat();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    #[test]
    fn records_are_added_until_every_list_has_ended() {
        let page = |slugs: &[&str], cursor: Option<&str>, is_more: bool| {
            let nodes: Vec<_> = slugs.iter().map(|slug| json!({"slug": slug})).collect();
            json!({"pageInfo": {"hasNextPage": is_more, "endCursor": cursor}, "nodes": nodes})
        };
        let mut sitemap = Sitemap::default();
        let mut add = |procedures: Json, conditions: Json| {
            let (outcomes, sources) = (page(&[], None, false), page(&[], None, false));
            let data = json!({"procedures": procedures, "conditions": conditions, "outcomes": outcomes, "sources": sources});
            let is_more = sitemap.add(serde_json::from_value(data).unwrap());
            (is_more, json!(sitemap.request().variables()))
        };
        let first = add(page(&["peel"], Some("p1"), true), page(&["acne"], Some("c1"), false));
        assert_eq!(first, (true, json!({"procedures": "p1", "conditions": "c1"})));
        let second = add(page(&["laser"], Some("p2"), false), page(&[], None, false));
        assert_eq!(second, (false, json!({"procedures": "p2", "conditions": "c1"})));
        assert_eq!(sitemap.paths, ["explore/procedures/peel", "explore/conditions/acne", "explore/procedures/laser"]);
        let (root, origin) = ("./".to_owned(), "http://a&b".to_owned());
        let site = Site { root, origin, may_open_playground: true, may_read_schema: true, desk: true };
        let text = sitemap.text(&site);
        assert!(text.contains("<loc>http://a&amp;b/explore/conditions/acne</loc>"), "{text}");
    }
}
