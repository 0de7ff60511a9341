//! Pages as JSON-LD in the vocabulary of schema.org.
//!
//! The JSON-LD has only codes that match exactly, because `MedicalCode` cannot say that a code is broader. Without a review,
//! it has no `reviewedBy` and no `lastReviewed`.

use serde_json::{Value as Json, json};

use super::{Code, record::Record};
use crate::pages::{Site, components::Source};

/// Returns the JSON-LD of a page about an entity, which has a `name` and a `description`.
pub fn page(site: &Site, path: &str, record: &Record, entity: Json, citations: &[Source]) -> Json {
    let (reviewer, date) = record.reviewed();
    without_empty(json!({
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": entity["name"],
        "description": entity["description"],
        "url": format!("{}/{path}", site.origin),
        "inLanguage": "en",
        "reviewedBy": reviewer,
        "lastReviewed": date,
        "mainEntity": without_empty(entity),
        "citation": citations.iter().map(citation).collect::<Vec<Json>>(),
    }))
}

/// Returns the codes that match exactly.
pub fn codes(codes: &[Code]) -> Vec<Json> {
    let exact = codes.iter().filter(|code| code.r#match == "EXACT");
    exact.map(|code| json!({"@type": "MedicalCode", "codeValue": code.value, "codingSystem": code.system})).collect()
}

/// Returns entities of a type, each with only its name.
pub fn named<'n>(kind: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<Json> {
    names.into_iter().map(|name| json!({"@type": kind, "name": name})).collect()
}

fn citation(source: &Source) -> Json {
    without_empty(
        json!({"@type": "CreativeWork", "name": source.title, "url": source.url, "datePublished": source.year.map(|year| year.to_string())}),
    )
}

/// Removes members that are null, empty lists or empty texts: a missing fact is left out.
fn without_empty(mut entity: Json) -> Json {
    if let Some(members) = entity.as_object_mut() {
        members.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!(""));
    }
    entity
}
