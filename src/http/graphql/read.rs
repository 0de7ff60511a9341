//! GraphQL requests as they come over HTTP: JSON objects, or query strings with the same parameters.
//!
//! `query`, `operationName`, `variables` and `extensions` are those of <https://graphql.github.io/graphql-over-http/draft/>;
//! `documentId` is that of its appendix on persisted documents, and `extensions.persistedQuery` what Apollo's clients send
//! for the same.

use actix_web::web::Query;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::{
    http::{json, refused::Refused},
    schema::{GraphqlRequest, HASH_PREFIX, is_id},
};

/// The parameters that a query string may have; any others are passed over, as unknown keys of an object are.
const PARAMETERS: [&str; 5] = ["query", "documentId", "operationName", "variables", "extensions"];
/// Those of them that name what is run.
const NAMING: [&str; 3] = ["query", "documentId", "extensions"];
/// Those of them that are JSON texts in a query string.
const JSON_PARAMETERS: [&str; 2] = ["variables", "extensions"];

/// A request that is a JSON value.
pub fn json(value: Json) -> Result<GraphqlRequest, Refused> {
    let Json::Object(mut parameters) = value else {
        return Err(Refused::bad("A request is a JSON object."));
    };
    let document = text(&mut parameters, "query")?;
    let operation_name = text(&mut parameters, "operationName")?;
    let variables = object(&mut parameters, "variables")?;
    let extensions = object(&mut parameters, "extensions")?;
    let document_id = match (text(&mut parameters, "documentId")?, persisted(&extensions)?) {
        (Some(named), Some(hash)) if id(&named)? != hash => {
            return Err(Refused::bad(r#""documentId" and "extensions.persistedQuery" name different documents."#));
        }
        (Some(named), _) => Some(id(&named)?.to_owned()),
        (None, hash) => hash,
    };
    if document.is_none() && document_id.is_none() {
        return Err(Refused::bad(r#"The request has no "query"."#));
    }
    Ok(GraphqlRequest {
        document,
        document_id,
        // Some clients send an empty name for none.
        operation_name: operation_name.filter(|name| !name.is_empty()),
        variables,
        tells_cost: tells_cost(&extensions)?,
    })
}

/// A request that is a whole body.
pub fn body(body: &[u8]) -> Result<GraphqlRequest, Refused> {
    if body.is_empty() { Err(Refused::bad("The body is empty.")) } else { json(parsed(body)?) }
}

/// A body that is a list: each of its entries is a request.
pub fn batch(body: &[u8]) -> Result<Vec<Json>, Refused> {
    parsed(body)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    json::measure(body).map_err(|_| Refused::bad(format!("The body has more than {} JSON values.", json::MAX_VALUES)))?;
    serde_json::from_slice(body).map_err(|failure| not_json("body", &failure))
}

/// The refusal of something that cannot be read as JSON: `what` is the body, or a parameter.
fn not_json(what: &str, failure: &serde_json::Error) -> Refused {
    /// What `serde_json` says of a number that no 64-bit floating point number comes near to.
    const TOO_GREAT: &str = "number out of range";
    if failure.to_string().starts_with(TOO_GREAT) {
        return Refused::bad(format!(
            "The {what} has a number that is too great: 64-bit floating point numbers end at 1.8e308."
        ));
    }
    Refused::bad(format!("The {what} is not JSON."))
}

/// A request that is a query string. An empty parameter is as good as none.
pub fn query_string(text: &str) -> Result<GraphqlRequest, Refused> {
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::from_query(text) else {
        return Err(Refused::bad("The query string cannot be read."));
    };
    let mut parameters = Map::new();
    for (name, value) in pairs.into_iter().filter(|(name, _)| PARAMETERS.contains(&name.as_str())) {
        if parameters.contains_key(&name) {
            return Err(Refused::bad(format!("The parameter \"{name}\" is given twice.")));
        }
        let value = if value.is_empty() && name != "query" {
            Json::Null
        } else if JSON_PARAMETERS.contains(&name.as_str()) {
            serde_json::from_str(&value).map_err(|failure| not_json(&format!("parameter \"{name}\""), &failure))?
        } else {
            Json::String(value)
        };
        parameters.insert(name, value);
    }
    json(Json::Object(parameters))
}

/// Whether a query string names an operation, or is malformed.
pub fn names_operation(text: &str) -> bool {
    let pairs = Query::<Vec<(String, String)>>::from_query(text);
    pairs.map_or(true, |Query(pairs)| pairs.iter().any(|(name, _)| NAMING.contains(&name.as_str())))
}

fn text(parameters: &mut Map<String, Json>, name: &str) -> Result<Option<String>, Refused> {
    match parameters.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refused::bad(format!("The parameter \"{name}\" is not a text."))),
    }
}

fn object(parameters: &mut Map<String, Json>, name: &str) -> Result<Map<String, Json>, Refused> {
    match parameters.remove(name) {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(object)) => Ok(object),
        Some(_) => Err(Refused::bad(format!("The parameter \"{name}\" is not an object."))),
    }
}

/// The id of a document without the prefix that says what it is.
fn id(text: &str) -> Result<&str, Refused> {
    let unprefixed = text.strip_prefix(HASH_PREFIX);
    let is_hash = unprefixed.is_none_or(is_sha256);
    if !is_id(text) || !is_hash {
        return Err(Refused::bad(
            r#"The parameter "documentId" is "sha256:" and 64 hexadecimal digits in lower case, or an id of letters, digits and "-._~"."#,
        ));
    }
    Ok(unprefixed.unwrap_or(text))
}

/// The hash in `extensions.persistedQuery`.
fn persisted(extensions: &Map<String, Json>) -> Result<Option<String>, Refused> {
    let Some(found) = extensions.get("persistedQuery").filter(|found| !found.is_null()) else { return Ok(None) };
    match (&found["version"], found["sha256Hash"].as_str()) {
        (Json::Number(version), Some(hash)) if version.as_u64() == Some(1) && is_sha256(&hash.to_ascii_lowercase()) => {
            Ok(Some(hash.to_ascii_lowercase()))
        }
        // Apollo's link sends the id of a manifest here, whatever it is.
        (Json::Number(version), Some(id)) if version.as_u64() == Some(1) && is_id(id) => Ok(Some(id.to_owned())),
        _ => Err(Refused::bad(
            r#""extensions.persistedQuery" is {"version": 1, "sha256Hash": "..."} with 64 hexadecimal digits, or the id of a trusted document."#,
        )),
    }
}

fn tells_cost(extensions: &Map<String, Json>) -> Result<bool, Refused> {
    match extensions.get("cost") {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(tells)) => Ok(*tells),
        Some(_) => Err(Refused::bad(r#""extensions.cost" is true or false."#)),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
