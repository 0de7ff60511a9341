//! Reads the parameters of GraphQL requests from JSON objects and query strings.
//!
//! `query`, `operationName`, `variables` and `extensions` are defined by
//! <https://graphql.github.io/graphql-over-http/draft/>, and `documentId` by its appendix on persisted documents. Apollo's
//! clients send `extensions.persistedQuery` instead of `documentId`.

use actix_web::web::Query;
use memchr::memchr_iter;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::{
    error::NO_DOCUMENT_MESSAGE,
    http::{request::json_size, response::HttpRefusal},
    schema::{GraphqlRequest, HASH_PREFIX, is_id},
};

/// The parameters of a query string. Other parameters are ignored, as unknown keys of a JSON object are.
const PARAMETERS: [&str; 5] = ["query", "documentId", "operationName", "variables", "extensions"];
/// The parameters that name an operation.
const NAMING: [&str; 3] = ["query", "documentId", "extensions"];
/// The parameters whose values are JSON texts in a query string.
const JSON_PARAMETERS: [&str; 2] = ["variables", "extensions"];

/// Maximum parameters of a query string. Programs and proxies add a few of their own. The longest URL could have 32,000, and
/// reading them takes milliseconds on the serving thread.
const MAX_PARAMETERS: usize = 100;

/// Reads a request from a JSON value.
///
/// # Errors
/// Returns a refusal if a parameter is malformed, or if the request names no document.
pub fn from_json(value: Json) -> Result<GraphqlRequest, HttpRefusal> {
    let Json::Object(mut parameters) = value else {
        return Err(HttpRefusal::bad_request("A request must be a JSON object."));
    };
    let document = text(&mut parameters, "query")?;
    let operation_name = text(&mut parameters, "operationName")?;
    let variables = object(&mut parameters, "variables")?;
    let extensions = object(&mut parameters, "extensions")?;
    let document_id = match (text(&mut parameters, "documentId")?, persisted(&extensions)?) {
        (Some(named), Some(hash)) if id(&named)? != hash => {
            return Err(HttpRefusal::bad_request(
                r#""documentId" and "extensions.persistedQuery" name different documents."#,
            ));
        }
        (Some(named), _) => Some(id(&named)?.to_owned()),
        (None, hash) => hash,
    };
    if document.is_none() && document_id.is_none() {
        return Err(HttpRefusal::bad_request(NO_DOCUMENT_MESSAGE));
    }
    Ok(GraphqlRequest {
        document,
        document_id,
        // Some clients send an empty name if the operation has none.
        operation_name: operation_name.filter(|name| !name.is_empty()),
        variables,
        reports_cost: flag(&extensions, "cost")?,
        reports_plan: flag(&extensions, "plan")?,
    })
}

/// Reads a request from a body.
///
/// # Errors
/// Returns a refusal if the body is not a valid request.
pub fn from_body(body: &[u8]) -> Result<GraphqlRequest, HttpRefusal> {
    if body.is_empty() { Err(HttpRefusal::bad_request("The body is empty.")) } else { from_json(parse(body)?) }
}

/// Parses a body. The requests of a batch, which is a JSON array, are read one by one with [`from_json`].
///
/// # Errors
/// Returns a refusal if the body is not JSON of the type `T`.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpRefusal> {
    serde_json::from_slice(body).map_err(|failure| not_json("body", &failure))
}

/// Returns the refusal of a text that is not JSON. `subject` is the body or a parameter.
fn not_json(subject: &str, failure: &serde_json::Error) -> HttpRefusal {
    /// The message of `serde_json` for a number beyond the range of 64-bit floating point numbers.
    const TOO_GREAT: &str = "number out of range";
    if failure.to_string().starts_with(TOO_GREAT) {
        return HttpRefusal::bad_request(format!(
            "The {subject} has a number that is too large: the largest 64-bit floating point number is 1.8e308."
        ));
    }
    HttpRefusal::bad_request(format!("The {subject} is not JSON."))
}

/// Reads a request from a query string. An empty parameter counts as missing, except for `query`. Also returns the
/// memory of the parsed values, in bytes.
///
/// # Errors
/// Returns a refusal if there are too many parameters, if one is malformed or repeated, or if the request names no document.
pub fn from_query_string(text: &str) -> Result<(GraphqlRequest, usize), HttpRefusal> {
    let pairs = pairs(text)?;
    let (mut parameters, mut parsed) = (Map::new(), 0);
    for (name, value) in pairs.into_iter().filter(|(name, _)| PARAMETERS.contains(&name.as_str())) {
        if parameters.contains_key(&name) {
            return Err(HttpRefusal::bad_request(format!("The parameter \"{name}\" occurs twice.")));
        }
        let value = if value.is_empty() && name != "query" {
            Json::Null
        } else if JSON_PARAMETERS.contains(&name.as_str()) {
            parsed += json_size::check(value.as_bytes())
                .map_err(|_| HttpRefusal::too_many_values(&format!("parameter \"{name}\"")))?;
            serde_json::from_str(&value).map_err(|failure| not_json(&format!("parameter \"{name}\""), &failure))?
        } else {
            Json::String(value)
        };
        parameters.insert(name, value);
    }
    Ok((from_json(Json::Object(parameters))?, parsed))
}

/// Reports whether a query string names an operation. A malformed query string counts as if it did, so that the request
/// is refused.
pub fn names_operation(text: &str) -> bool {
    pairs(text).map_or(true, |pairs| pairs.iter().any(|(name, _)| NAMING.contains(&name.as_str())))
}

/// Returns the names and values of the parameters of a query string.
fn pairs(text: &str) -> Result<Vec<(String, String)>, HttpRefusal> {
    if memchr_iter(b'&', text.as_bytes()).count() >= MAX_PARAMETERS {
        let message = format!("The query string has more than {MAX_PARAMETERS} parameters.");
        return Err(HttpRefusal::bad_request(message));
    }
    let pairs = Query::<Vec<(String, String)>>::from_query(text);
    pairs.map(Query::into_inner).map_err(|_| HttpRefusal::bad_request("The query string cannot be read."))
}

fn text(parameters: &mut Map<String, Json>, name: &str) -> Result<Option<String>, HttpRefusal> {
    match parameters.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(HttpRefusal::bad_request(format!("The parameter \"{name}\" is not a string."))),
    }
}

fn object(parameters: &mut Map<String, Json>, name: &str) -> Result<Map<String, Json>, HttpRefusal> {
    match parameters.remove(name) {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(object)) => Ok(object),
        Some(_) => Err(HttpRefusal::bad_request(format!("The parameter \"{name}\" is not an object."))),
    }
}

/// Checks the id of a document, and removes the prefix `sha256:`.
fn id(text: &str) -> Result<&str, HttpRefusal> {
    let unprefixed = text.strip_prefix(HASH_PREFIX);
    let is_hash = unprefixed.is_none_or(is_sha256);
    if !is_id(text) || !is_hash {
        return Err(HttpRefusal::bad_request(
            "The parameter \"documentId\" must be \"sha256:\" and 64 hexadecimal digits in lower case, \
             or an id of letters, digits and \"-._~\".",
        ));
    }
    Ok(unprefixed.unwrap_or(text))
}

/// Returns the hash or id in `extensions.persistedQuery`; `None` if it is missing or null.
fn persisted(extensions: &Map<String, Json>) -> Result<Option<String>, HttpRefusal> {
    let Some(found) = extensions.get("persistedQuery").filter(|found| !found.is_null()) else { return Ok(None) };
    match (&found["version"], found["sha256Hash"].as_str()) {
        (Json::Number(version), Some(hash)) if version.as_u64() == Some(1) && is_sha256(&hash.to_ascii_lowercase()) => {
            Ok(Some(hash.to_ascii_lowercase()))
        }
        // Apollo's link sends the ids of trusted documents here, which need not be hashes.
        (Json::Number(version), Some(id)) if version.as_u64() == Some(1) && is_id(id) => Ok(Some(id.to_owned())),
        _ => Err(HttpRefusal::bad_request(
            "\"extensions.persistedQuery\" must be {\"version\": 1, \"sha256Hash\": \"...\"} with 64 hexadecimal digits, \
             or the id of a trusted document.",
        )),
    }
}

fn flag(extensions: &Map<String, Json>, name: &str) -> Result<bool, HttpRefusal> {
    match extensions.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(is_set)) => Ok(*is_set),
        Some(_) => Err(HttpRefusal::bad_request(format!(r#""extensions.{name}" must be true or false."#))),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{MAX_PARAMETERS, from_query_string, names_operation};

    #[test]
    fn a_query_string_has_at_most_a_hundred_parameters() {
        let of = |parameters: usize| format!("query={{a}}{}", "&x".repeat(parameters - 1));
        assert!(from_query_string(&of(MAX_PARAMETERS)).is_ok());
        let refusal = from_query_string(&of(MAX_PARAMETERS + 1)).err().map(|refusal| refusal.message);
        assert_eq!(refusal.as_deref(), Some("The query string has more than 100 parameters."));
        assert!(names_operation(&"x&".repeat(MAX_PARAMETERS)), "it is refused instead of redirected");
    }
}
