//! The two queries, as GraphQL documents and as URLs for handwritten handlers.

use serde::Serialize;
use serde_json::{Value as Json, json};

/// The selection on each procedure, as a fragment: its outcomes, their conditions and sources.
const CARD: &str = "
fragment ProcedureCard on Procedure {
  id
  slug
  name
  category
  description
  outcomes(first: $outcomes) {
    nodes {
      id
      expectedEffect
      grade
      certainty
      evidenceLevel
      responseVariability
      condition { id name }
      sources(first: $sources) { nodes { title year } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
";

const LIST: &str = "query Procedures($procedures: Int!, $outcomes: Int!, $sources: Int!) {
  procedures(first: $procedures) {
    nodes { ...ProcedureCard }
    pageInfo { hasNextPage endCursor }
  }
}";

const PAGE: &str = "query Procedure($slug: String!, $outcomes: Int!, $sources: Int!) {
  procedure(by: {slug: $slug}) { ...ProcedureCard }
}";

/// A query, with the sizes of its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The procedures.
    #[serde(flatten)]
    pub root: Root,
    /// Maximum outcomes of a procedure.
    pub outcomes: u32,
    /// Maximum sources of an outcome.
    pub sources: u32,
}

/// The root field of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Root {
    /// The first procedures by name.
    List {
        /// Maximum procedures.
        procedures: u32,
    },
    /// One procedure by slug; the response is null if there is none.
    Page {
        /// The slug.
        slug: String,
    },
}

impl Question {
    /// Returns the large query: fifty procedures with ten outcomes each, about 240 KB.
    #[must_use]
    pub fn list() -> Self {
        Self { root: Root::List { procedures: 50 }, outcomes: 10, sources: 2 }
    }

    /// Returns the small query: the web page of one procedure, about 10 KB.
    #[must_use]
    pub fn page(slug: &str) -> Self {
        Self { root: Root::Page { slug: slug.to_owned() }, outcomes: 20, sources: 2 }
    }

    /// Returns its name in tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.root {
            Root::List { .. } => "list",
            Root::Page { .. } => "page",
        }
    }

    /// Returns the GraphQL document.
    #[must_use]
    pub fn document(&self) -> String {
        let operation = match self.root {
            Root::List { .. } => LIST,
            Root::Page { .. } => PAGE,
        };
        format!("{operation}\n{CARD}")
    }

    /// Returns the values of the variables.
    #[must_use]
    pub fn variables(&self) -> Json {
        json!(self)
    }

    /// Returns the body of a POST.
    #[must_use]
    pub fn body(&self) -> String {
        json!({"query": self.document(), "variables": self.variables()}).to_string()
    }

    /// Returns path and query string of a GET.
    #[must_use]
    pub fn graphql_path(&self) -> String {
        let (document, variables) = (escaped(&self.document()), escaped(&self.variables().to_string()));
        format!("/graphql?query={document}&variables={variables}")
    }

    /// Returns path and query string for a handwritten handler. Slugs need no escapes.
    #[must_use]
    pub fn path(&self) -> String {
        let Self { root, outcomes, sources } = self;
        match root {
            Root::List { procedures } => {
                format!("/procedures?procedures={procedures}&outcomes={outcomes}&sources={sources}")
            }
            Root::Page { slug } => format!("/procedure?slug={slug}&outcomes={outcomes}&sources={sources}"),
        }
    }
}

/// Percent-encodes a text for the query of a URL (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}
