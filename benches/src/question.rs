//! What is asked: two questions of a client, as documents for GraphQL and as addresses for handlers written by hand.

use serde::Serialize;
use serde_json::{Value as Json, json};

/// What is asked of each procedure, in one fragment: its outcomes, their conditions and sources.
const CARD: &str = "
fragment ProcedureCard on Procedure {
  id
  slug
  name
  category
  summary
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

/// A question, with how much of each list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Which procedures.
    #[serde(flatten)]
    pub root: Root,
    /// Most outcomes of a procedure.
    pub outcomes: u32,
    /// Most sources of an outcome.
    pub sources: u32,
}

/// Where a question begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Root {
    /// The first procedures by name, so many.
    List {
        /// Most procedures.
        procedures: u32,
    },
    /// The procedure of a slug; the answer is null when there is none.
    Page {
        /// The slug.
        slug: String,
    },
}

impl Question {
    /// The large question: fifty procedures with ten outcomes each, about 240 KB.
    #[must_use]
    pub fn list() -> Self {
        Self { root: Root::List { procedures: 50 }, outcomes: 10, sources: 2 }
    }

    /// The small question: the page of one procedure, about 10 KB.
    #[must_use]
    pub fn page(slug: &str) -> Self {
        Self { root: Root::Page { slug: slug.to_owned() }, outcomes: 20, sources: 2 }
    }

    /// What it is called in tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.root {
            Root::List { .. } => "list",
            Root::Page { .. } => "page",
        }
    }

    /// Its GraphQL document.
    #[must_use]
    pub fn document(&self) -> String {
        let operation = match self.root {
            Root::List { .. } => LIST,
            Root::Page { .. } => PAGE,
        };
        format!("{operation}\n{CARD}")
    }

    /// The values of the document's variables.
    #[must_use]
    pub fn variables(&self) -> Json {
        json!(self)
    }

    /// The body of a GraphQL request over HTTP.
    #[must_use]
    pub fn body(&self) -> String {
        json!({"query": self.document(), "variables": self.variables()}).to_string()
    }

    /// Path and query of a GraphQL request over HTTP by GET.
    #[must_use]
    pub fn graphql_path(&self) -> String {
        let (document, variables) = (escaped(&self.document()), escaped(&self.variables().to_string()));
        format!("/graphql?query={document}&variables={variables}")
    }

    /// Path and query of the same question to a handler written by hand. Slugs need no escapes.
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

/// A text as it may stand in the query of an address (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}
