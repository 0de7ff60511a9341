//! Pages as JSON-LD in the vocabulary of schema.org.
//!
//! Who reviewed a page, and when, is left out, because no clinician has reviewed the content. Only codes that mean exactly the
//! same are listed, because `MedicalCode` cannot say that a code is broader.

use serde_json::{Value as Json, json};

use super::Code;
use crate::pages::{Site, components::Source};

/// Returns a page about an entity.
pub fn page(site: &Site, path: &str, name: &str, description: &str, entity: Json, citations: &[Source]) -> Json {
    json!({
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": name,
        "description": description,
        "url": format!("{}/{path}", site.origin),
        "inLanguage": "en",
        "mainEntity": without_empty(entity),
        "citation": citations.iter().map(citation).collect::<Vec<Json>>(),
    })
}

/// Returns the codes that mean exactly the same.
pub fn codes(codes: &[Code]) -> Vec<Json> {
    let exact = codes.iter().filter(|code| code.r#match == "EXACT");
    exact.map(|code| json!({"@type": "MedicalCode", "codeValue": code.value, "codingSystem": code.system})).collect()
}

/// Returns entities of a type by their names.
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
