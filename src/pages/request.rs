//! GraphQL requests of pages.

use serde_json::{Map, Value as Json, json};

/// A GraphQL request of a page. It is sent exactly as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    document: &'static str,
    variables: Map<String, Json>,
}

impl PageRequest {
    /// Creates a request from the text of a file and its variables.
    pub fn new(file: &'static str, variables: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { document: Self::text(file), variables }
    }

    /// Returns the document in a file, which ends with a line break that does not belong to the document.
    #[must_use]
    pub fn text(file: &'static str) -> &'static str {
        file.trim_end()
    }

    /// Returns the text of the document.
    #[must_use]
    pub fn document(&self) -> &'static str {
        self.document
    }

    /// Returns the variables; empty if the document has none.
    #[must_use]
    pub fn variables(&self) -> &Map<String, Json> {
        &self.variables
    }

    /// Returns the body of a POST request.
    #[must_use]
    pub fn body(&self) -> String {
        if self.variables.is_empty() {
            json!({"query": self.document}).to_string()
        } else {
            json!({"query": self.document, "variables": self.variables}).to_string()
        }
    }

    /// Returns the query string with which the playground opens the request.
    #[must_use]
    pub fn query_string(&self) -> String {
        let query = format!("query={}", encode(self.document));
        if self.variables.is_empty() { query } else { format!("{query}&variables={}", encode(&self.pretty_variables())) }
    }

    /// Returns the variables as indented JSON.
    #[must_use]
    pub fn pretty_variables(&self) -> String {
        serde_json::to_string_pretty(&self.variables).unwrap_or_default()
    }

    /// Returns the document and the variables as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let document = format!("```graphql\n{}\n```\n", self.document);
        if self.variables.is_empty() {
            return document;
        }
        format!("{document}\nVariables:\n\n```json\n{}\n```\n", self.pretty_variables())
    }
}

/// Encodes a value for a query string (RFC 3986, 2.1).
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_has_the_document_and_the_variables() {
        let request = PageRequest::new("query ($a: String!) { b }\n", [("a", json!("ü&"))]);
        assert_eq!(
            request.query_string(),
            "query=query%20%28%24a%3A%20String%21%29%20%7B%20b%20%7D&variables=%7B%0A%20%20%22a%22%3A%20%22%C3%BC%26%22%0A%7D"
        );
        assert_eq!(request.body(), r#"{"query":"query ($a: String!) { b }","variables":{"a":"ü&"}}"#);
        assert_eq!(PageRequest::new("{ b }\n", []).body(), r#"{"query":"{ b }"}"#);
    }
}
