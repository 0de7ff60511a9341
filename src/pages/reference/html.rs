//! Pages of the reference as HTML.

use maud::{Markup, html};

use super::{
    Example,
    entry::{Entry, Row},
    find::{self, Found},
    groups,
    model::{Schema, TypeRef, is_root},
};
use crate::pages::{
    Site, components,
    layout::{Head, page},
    search::MAX_TEXT,
};

/// The list of all pages, or what a search finds. `text` is the text to search for; empty for none.
pub fn index(site: &Site, schema: &Schema, text: &str) -> String {
    let main = html! {
        (trail(site, !text.is_empty()))
        article.answer.reference {
            h1 { "Reference" }
            p.lead { "Every root field, type, input and enumeration of the schema, with arguments, limits and what null means." }
            p {
                "The whole schema: " a href={ (site.root) "schema.graphql" } { "schema.graphql" } ", "
                a href={ (site.root) "schema.json" } { "schema.json" } ". This page as text: "
                a href={ (site.root) "reference/index.md" } { "Markdown" } "."
            }
            form.search role="search" action={ (site.root) "reference" } method="get" {
                label for="search" { "Find a type, field, argument or value" }
                div {
                    input #search type="search" name="search" value=(text) maxlength=(MAX_TEXT) placeholder="evidenceLevel, redness" autocomplete="off";
                    button type="submit" { "Search" }
                }
            }
            p #status role="status" {}
            @if text.is_empty() { (all(site, schema)) } @else { (found(site, &find::find(schema, text))) }
        }
        script type="module" src={ (site.root) "site/reference.js" } {}
    };
    let description = "Every root field, type, input and enumeration of the GraphQL schema of Dermagraph.";
    let title = if text.is_empty() { "Reference".to_owned() } else { format!("{text} in the reference") };
    let path = Some("reference").filter(|_| text.is_empty());
    page(site, &Head { title: &title, description, path, json_ld: None }, None, &main)
}

/// The names of all pages, in groups.
fn all(site: &Site, schema: &Schema) -> Markup {
    html! {
        @for (title, names) in groups(schema) {
            section data-group {
                h2 { (title) " " span.count { (names.len()) } }
                dl.terms {
                    @for (name, description) in &names {
                        div data-name=(name.to_lowercase()) {
                            dt { a href={ (site.root) "reference/" (name) } { code { (name) } } }
                            dd { (self::text(first_sentence(description))) }
                        }
                    }
                }
            }
        }
    }
}

/// What a search has found.
fn found(site: &Site, found: &Found<'_>) -> Markup {
    let left_out = found.total - found.items.len();
    html! {
        section {
            h2 { "Found " span.count { (found.total) } }
            @if found.items.is_empty() {
                (components::none("No name and no description of the schema has all of these words. Try one word, or a part of a name. Names are in English and have no spaces, such as evidenceLevel."))
            } @else {
                dl.terms {
                    @for item in &found.items {
                        div {
                            dt { a href={ (site.root) "reference/" (item.address) } { code { (item.name) } } " " span.count { (item.kind.name()) } }
                            dd { (text(first_sentence(&item.description))) }
                        }
                    }
                }
                @if left_out > 0 { p.rest { "The best " (found.items.len()) " are shown, and " (left_out) " are left out. Add a word to narrow the search." } }
            }
            p { a href={ (site.root) "reference" } { "All of the reference" } }
        }
    }
}

/// The page of a type or a root field, with an example and the data of its response.
pub fn entry(site: &Site, entry: &Entry<'_>, example: Option<&Example<'_>>) -> String {
    let main = html! {
        (trail(site, true))
        div #answer.record {
            article.answer {
                h1 { code { (entry.name) } }
                p.marks {
                    span { (entry.kind) }
                    @if let Some(of) = entry.of { span { "returns " (link(site, of)) } }
                    a href={ (site.root) "reference/" (entry.name) ".md" } { "Markdown" }
                }
                p.lead { (text(entry.description)) }
                @for (title, rows) in &entry.parts {
                    section { h2 { (title) } dl.terms { @for one in rows { (row(site, one)) } } }
                }
                @if let Some(cost) = &entry.cost {
                    section {
                        h2 { "Cost" }
                        @if let Some(formula) = &entry.formula { p { "In points: " (formula_in(formula)) } }
                        @if let Some(points) = example.map(|example| example.cost) { p { "The response of the example costs " (points) "." } }
                        p.about { (text(cost)) }
                    }
                }
                (users(site, entry))
            }
            @if let Some(Example { request, response, .. }) = example {
                div.example {
                    (components::request(site, request, "An example"))
                    section.request aria-labelledby="example-answer" {
                        h2 #example-answer { "The response of this service" }
                        (components::code("JSON", "answer", &serde_json::to_string_pretty(response).unwrap_or_default()))
                    }
                }
            }
        }
        p.visually-hidden role="status" {}
    };
    let path = format!("reference/{}", entry.name);
    let description = first_sentence(entry.description);
    page(site, &Head { title: &entry.name, description, path: Some(&path), json_ld: None }, None, &main)
}

fn trail(site: &Site, is_entry: bool) -> Markup {
    html! {
        nav.trail aria-label="Trail" { a href=(site.root) { "Home" } @if is_entry { " / " a href={ (site.root) "reference" } { "Reference" } } }
    }
}

/// A field, an argument or a value. Links lead to it by its name, so no other element of the page may have its name as
/// `id`.
fn row(site: &Site, row: &Row<'_>) -> Markup {
    html! {
        div id=(row.name) {
            dt {
                code { (row.name) @if !row.arguments.is_empty() { "(" (row.arguments) ")" } }
                @if let Some(of) = row.of { " " (link(site, of)) }
                @if let Some(default) = row.default { " " span.aside { "default " code { (default) } } }
            }
            dd {
                (text(row.description))
                @if let Some(cost) = &row.cost { " " span.cost { "Cost: " (formula_in(cost)) } }
            }
        }
    }
}

/// A formula. The names of numbers from the request, such as `first`, are between backticks.
fn formula_in(formula: &str) -> Markup {
    html! { span.formula { (text(formula)) } }
}

fn users(site: &Site, entry: &Entry<'_>) -> Markup {
    html! {
        @if !entry.users.is_empty() {
            section {
                h2 { "Used by" }
                ul.users {
                    @for (owner, field) in &entry.users {
                        li {
                            @let name = if is_root(owner) { format!("{owner}.{field}") } else { format!("{owner}#{field}") };
                            a href={ (site.root) "reference/" (name) } { code { (owner) "." (field) } }
                        }
                    }
                }
                @if entry.more_users > 0 { p { "And " (entry.more_users) " more." } }
            }
        }
    }
}

/// A type as a link to its page.
fn link(site: &Site, of: &TypeRef) -> Markup {
    html! { a.type href={ (site.root) "reference/" (of.named()) } { code { (of.written()) } } }
}

/// A description of the schema as HTML. Text between backticks is code.
fn text(description: &str) -> Markup {
    html! { @for (at, part) in description.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// Returns the first sentence of a description, which says what the item is.
fn first_sentence(description: &str) -> &str {
    description.find(". ").map_or(description, |end| &description[..=end])
}
