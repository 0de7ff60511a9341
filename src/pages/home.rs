//! The first page: questions with their answers, and the search.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    PageRequest, Site, components,
    layout::{Head, page},
    library::{self, Library},
    questions::ResolvedQuestion,
    search, words,
};

/// The subject of the answer that the page shows.
pub enum Subject {
    /// One of its questions.
    Question(ResolvedQuestion),
    /// A search for a text.
    Search {
        /// The text.
        text: String,
        /// The cursor after which the page of records begins; `None` for the first page.
        after: Option<String>,
    },
}

impl Subject {
    /// Returns the GraphQL request of the answer.
    #[must_use]
    pub fn request(&self) -> PageRequest {
        match self {
            Self::Question(question) => question.request().clone(),
            Self::Search { text, after } => search::request(text, after.as_deref()),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Question(question) => question.title.clone(),
            Self::Search { text, .. } => format!("Search for “{text}”"),
        }
    }

    fn answer(&self, site: &Site, data: Json) -> Result<Markup, serde_json::Error> {
        match self {
            Self::Question(question) => question.answer(site, data),
            Self::Search { text, after } => search::answer(site, text, after.as_deref(), data),
        }
    }
}

/// Makes the page. `questions` are the questions that the page lists, `subject` is the subject of its answer, and `data` is
/// the data of the response to the request of `subject`.
///
/// # Errors
/// Returns an error if the data does not have the form of the request.
pub fn make(
    site: &Site,
    library: &Library,
    questions: &[ResolvedQuestion],
    subject: &Subject,
    data: Json,
) -> Result<String, serde_json::Error> {
    let first = questions.first().map_or("", |first| first.slug);
    let (title, answer) = (subject.title(), subject.answer(site, data)?);
    let (current, text) = match subject {
        Subject::Question(question) => (question.slug, ""),
        Subject::Search { text, .. } => ("", text.as_str()),
    };
    let main = html! {
        div.home {
        (introduction(site, library, text))
        div.ask {
            p.to-questions { a href="#questions-title" { "Other questions" } }
            nav.questions aria-labelledby="questions-title" {
                h2 #questions-title { "Questions" }
                ul {
                    @for question in questions {
                        li { a data-question href={ (site.root) (parameter(question, first)) "#answer" } aria-current=[(question.slug == current).then_some("true")] { (question.title) } }
                    }
                }
            }
            div #answer {
                article.answer aria-labelledby="answer-title" { h2 #answer-title tabindex="-1" { (title) } (answer) }
                (components::request(site, &subject.request(), "The request behind this answer"))
            }
        }
        p #status.visually-hidden role="status" {}
        (more_links(site))
        (own_request(site))
        }
    };
    let path = match subject {
        Subject::Question(question) => Some(parameter(question, first)),
        Subject::Search { .. } => None,
    };
    let description = "Procedures of aesthetic dermatology, the conditions that they treat, and how sure that is: each statement \
                       with its sources, and the GraphQL request behind each answer.";
    // The first question has the address of the page.
    let title = if path.as_deref() == Some("") { "What helps, and how sure is that?" } else { &title };
    // The introduction has the notice, so the footer does not repeat it.
    Ok(page(site, &Head { title, description, path: path.as_deref(), json_ld: None }, None, &main))
}

/// The parameter of the address of a question; the first question has the address of the page. In links, the fragment
/// `#answer` makes browsers without scripts scroll to the answer.
fn parameter(question: &ResolvedQuestion, first: &str) -> String {
    if question.slug == first { String::new() } else { format!("?q={}", question.slug) }
}

fn introduction(site: &Site, library: &Library, text: &str) -> Markup {
    let counts = &library.counts;
    let numbers = [
        (counts.procedures, "procedures"),
        (counts.conditions, "conditions"),
        (counts.treatment_outcomes, "outcomes"),
        (counts.sources, "sources"),
    ];
    html! {
        section.introduction {
            div {
                h1 { "What helps, and how sure is that?" }
                p.sentence {
                    "Dermagraph is a GraphQL service for aesthetic dermatology: the procedures, the conditions that they treat and \
                     the outcomes, each statement with its sources."
                }
                p.notice role="note" { (library.notice) }
            }
            div {
                (search::form(site, text))
            }
            div.numbers {
                dl.counts { @for (number, name) in numbers { div { dt { (name) } dd { (words::number(number)) } } } }
                p.revision {
                    a href={ (site.root) "explore/revisions/" (library.revision) } { "Revision " (library.revision) }
                    @if let Some(date) = library.published_at.as_deref().and_then(words::date) { ", published " (date) }
                }
            }
        }
    }
}

fn more_links(site: &Site) -> Markup {
    html! {
        section.doors aria-labelledby="doors-title" {
            h2 #doors-title { "More" }
            ul {
                li { a href={ (site.root) "explore/map" } { "Evidence map" } p { "Which treatment was studied for which condition, and how sure that is." } }
                li { a href={ (site.root) "explore" } { "Explorer" } p { "Procedures, conditions, outcomes and sources, with filters and downloads." } }
                li { a href={ (site.root) "explore/compare" } { "Compare" } p { "Two procedures side by side, for one condition." } }
                @if site.may_open_playground {
                    li { a href={ (site.root) "playground" } { "Playground" } p { "Write queries with completion and documentation." } }
                }
                @if site.may_read_schema {
                    li { a href={ (site.root) "reference" } { "Reference" } p { "All types and fields, with their meaning, limits and examples." } }
                    li { a href={ (site.root) "schema.graphql" } { "schema.graphql" } p { "The same as a file for tools." } }
                }
                li { a href={ (site.root) "docs/clients/README.md" } { "Client guide" } p { "HTTP, caching, subscriptions, and a page for each client library." } }
                li { a href={ (site.root) "llms.txt" } { "llms.txt" } p { "The same links for programs that read text." } }
            }
        }
    }
}

/// The request that returned the numbers, the revision and the notice.
fn own_request(site: &Site) -> Markup {
    let request = library::request();
    html! {
        details.own-request {
            summary { "The request behind the numbers of this page" }
            (components::code("GraphQL", "query", request.document()))
            @if site.may_open_playground { p { a href={ (site.root) "playground?" (request.query_string()) } { "Open in the playground" } } }
        }
    }
}
