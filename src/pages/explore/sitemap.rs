//! The sitemap (<https://www.sitemaps.org/protocol.html>): the pages that search engines list. It
//! has only the first records of a type with more records than `MAX_REQUESTS` requests return.

use serde_json::{Map, Value as Json, json};

use super::list::LISTS;
use crate::pages::{PageRequest, Site};

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
    cursors: Map<String, Json>,
    requests: usize,
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
        let cursors = CONNECTIONS.into_iter().filter_map(|name| Some((name, self.cursors.get(name)?.clone())));
        PageRequest::new(DOCUMENT, cursors)
    }

    /// Adds the records of a response. Returns whether more follow.
    pub fn add(&mut self, data: &Json) -> bool {
        self.requests += 1;
        let mut is_more = false;
        for name in CONNECTIONS {
            let slugs = data[name]["nodes"].as_array().into_iter().flatten().filter_map(|node| node["slug"].as_str());
            self.paths.extend(slugs.map(|slug| format!("explore/{name}/{slug}")));
            let page = &data[name]["pageInfo"];
            // The cursor after the last page of a list is kept, so further requests return no entries of that list.
            if !page["endCursor"].is_null() {
                self.cursors.insert(name.to_owned(), page["endCursor"].clone());
            }
            is_more |= page["hasNextPage"] == json!(true);
        }
        is_more && self.requests < MAX_REQUESTS
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self, site: &Site) -> String {
        // Slugs have letters, digits and hyphens only, so nothing has to be escaped.
        let entries: Vec<String> =
            self.paths.iter().map(|path| format!("  <url><loc>{}/{path}</loc></url>\n", site.origin)).collect();
        let entries = entries.concat();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
        )
    }
}
