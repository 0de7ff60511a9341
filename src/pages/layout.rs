//! The head, header, notice and footer of all pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value as Json;

use super::library::Library;

/// The address of the service, and what the client may open.
#[derive(Clone, Debug)]
pub struct Site {
    /// Relative address of the root of the service, such as `./` or `./../`, so that links also work behind a path
    /// prefix.
    pub root: String,
    /// Scheme and host, without a slash at the end.
    pub origin: String,
    /// Whether the client may open the playground.
    pub may_open_playground: bool,
    /// Whether the client may read the schema.
    pub may_read_schema: bool,
    /// Whether the service has the editor's desk.
    pub desk: bool,
}

impl Site {
    /// Returns the address of the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}/graphql", self.origin)
    }
}

/// The head of a page.
pub struct Head<'p> {
    /// Title of the page, without the name of the product.
    pub title: &'p str,
    /// One sentence for search engines.
    pub description: &'p str,
    /// Path of the page from the root of the service; `None` for pages that search engines must not list.
    pub path: Option<&'p str>,
    /// The subject of the page in the vocabulary of schema.org; `None` if that vocabulary has no type for it.
    pub json_ld: Option<&'p Json>,
}

/// Makes a page. The footer has the notice of `library`; `None` if the page has it elsewhere or shows no content.
pub fn page(site: &Site, head: &Head<'_>, library: Option<&Library>, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (head.title) " · Dermagraph" }
                meta name="description" content=(head.description);
                @match head.path {
                    Some(path) => link rel="canonical" href={ (site.origin) "/" (path) };,
                    None => meta name="robots" content="noindex";,
                }
                @if let Some(json_ld) = head.json_ld { script type="application/ld+json" { (PreEscaped(json_in_html(json_ld))) } }
                link rel="icon" type="image/svg+xml" href={ (site.root) "playground/icon.svg" };
                link rel="stylesheet" href={ (site.root) "site/site.css" };
                script type="module" src={ (site.root) "site/site.js" } {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (header(site))
                main #main tabindex="-1" { (main) }
                (footer(site, library))
            }
        }
    };
    page.into_string()
}

/// Returns JSON for a script element, with `<` escaped, because a text with `</script>` would end the element.
fn json_in_html(json: &Json) -> String {
    json.to_string().replace('<', r"\u003c")
}

fn header(site: &Site) -> Markup {
    html! {
        header.top {
            a.brand href=(site.root) {
                img src={ (site.root) "playground/icon.svg" } alt="" width="28" height="28";
                "Dermagraph"
            }
            nav aria-label="Product" {
                a href={ (site.root) "explore" } { "Explorer" }
                a href={ (site.root) "explore/map" } { "Evidence map" }
                @if site.may_open_playground { a href={ (site.root) "playground" } { "Playground" } }
                @if site.may_read_schema { a href={ (site.root) "reference" } { "Reference" } }
                a href={ (site.root) "docs/clients/README.md" } { "Clients" }
            }
        }
    }
}

fn footer(site: &Site, library: Option<&Library>) -> Markup {
    html! {
        footer {
            @if let Some(library) = library { p.notice { (library.notice) } }
            p {
                "Dermagraph is free software, MIT or Apache-2.0. These pages set no cookies and load nothing from other hosts. "
                a href={ (site.root) "llms.txt" } { "For programs" }
                @if site.desk { " · " a href={ (site.root) "edit" } { "For editors" } }
            }
        }
    }
}
