//! Pages with one message: for an address that does not exist, and for a page that cannot be shown.

use maud::html;

use super::{
    layout::{Head, Site, page},
    questions, search,
};

/// Makes the page for an address that does not exist.
#[must_use]
pub fn not_found(site: &Site) -> String {
    let main = html! {
        section.message {
            h1 { "Not found" }
            p { "There is nothing at this URL." }
            (search::form(site, ""))
            h2 { "Questions that have an answer" }
            ul.plain {
                @for question in questions::all() { li { a href={ (site.root) "?q=" (question.slug) } { (question.title) } } }
            }
            h2 { "For developers" }
            ul.plain {
                @if site.may_open_playground {
                    li { a href={ (site.root) "playground" } { "Playground" } ": run queries and read the documentation of the schema." }
                }
                @if site.may_read_schema { li { a href={ (site.root) "reference" } { "Reference" } ": all types and fields, with their meaning." } }
                li { code { "/graphql" } ": the endpoint for programs." }
            }
        }
    };
    let head = Head { title: "Not found", description: "There is nothing at this URL.", path: None, json_ld: None };
    page(site, &head, None, &main)
}

/// Makes the page that says why a page cannot be shown.
#[must_use]
pub fn refused(site: &Site, message: &str) -> String {
    let main = html! {
        section.message {
            h1 { "This page cannot be shown" }
            p { (message) }
            p { a href=(site.root) { "Back to the first page" } }
        }
    };
    page(site, &Head { title: "Not shown", description: message, path: None, json_ld: None }, None, &main)
}
