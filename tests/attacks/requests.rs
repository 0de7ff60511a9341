//! Requests over HTTP/1.1 as bytes, and their documents.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::attack::NUMBER;

/// The query of the normal client.
pub const CHEAP: &str = r#"{ condition(by: {slug: "melasma"}) { name } }"#;

/// A POST with this body and these header lines.
pub fn post_with(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A POST with this JSON.
pub fn post(body: &Json) -> Vec<u8> {
    post_with("Content-Type: application/json\r\n", body.to_string().as_bytes())
}

/// A POST with this document.
pub fn query(document: &str) -> Vec<u8> {
    post(&json!({"query": document}))
}

/// A POST with this document, which accepts a response in this coding.
pub fn compressed(document: &str, coding: &str) -> Vec<u8> {
    let headers = format!("Content-Type: application/json\r\nAccept-Encoding: {coding}\r\n");
    post_with(&headers, json!({"query": document}).to_string().as_bytes())
}

/// A POST with this document. The documents differ for each number.
pub fn unique(document: &str) -> Vec<u8> {
    query(&format!("{document}#{NUMBER}"))
}

/// Returns a batch that repeats this document; the documents differ for each number.
pub fn batch(document: &str, times: usize) -> Vec<u8> {
    let each = |at: usize| json!({"query": format!("{document}#{NUMBER}.{at}")});
    post(&Json::Array((0..times).map(each).collect()))
}

/// A GET of this path.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// The path of a GET for a persisted document by its hash.
pub fn known(document: &str) -> String {
    format!("/graphql?documentId=sha256:{}", hash(document))
}

/// The path of a GET with this document.
pub fn path(document: &str) -> String {
    let escaped = document.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "%{byte:02X}");
        escaped
    });
    format!("/graphql?query={escaped}")
}

/// SHA-256 of a document, in hexadecimal digits.
pub fn hash(document: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, document.as_bytes()))
}

/// A POST that registers a document by its hash.
pub fn register(document: &str) -> Vec<u8> {
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash(document)}});
    post(&json!({"query": document, "extensions": extensions}))
}

/// Returns a text of this number of pieces.
pub fn many(times: usize, each: impl Fn(usize) -> String) -> String {
    (0..times).map(each).collect::<Vec<_>>().join(" ")
}

/// Returns a text within this number of brackets.
pub fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

/// A query of the first procedures with this selection.
pub fn of_procedures(first: usize, selection: &str) -> String {
    format!("{{procedures(first:{first}){{nodes{{{selection}}}}}}}")
}
