//! `library`: what is served.

use async_graphql::{parser::types::SelectionSet, registry::Registry};

use crate::{
    content,
    engine::{
        catalog::{Catalog, words},
        count,
        problem::EngineError,
        register::{self, OtherField},
        selection::Operation,
    },
    store::{Snapshot, statement::Dialect},
};

/// Name of the root field.
pub const FIELD: &str = "library";

/// What must be shown with anything of the library.
pub const NOTICE: &str = "Educational content, not medical advice. It does not replace a consultation with a qualified clinician. \
Each document says in its own notice and status how far it has been reviewed.";

/// Registers the types of the field; the field itself for the query root.
pub fn register(registry: &mut Registry, catalog: &Catalog) -> Vec<OtherField> {
    let about = "A moment in time, as RFC 3339 writes it: `2026-11-22T19:43:00Z`.";
    register::scalar(registry, "DateTime", about, "https://datatracker.ietf.org/doc/html/rfc3339");
    let counts = catalog.contents().map(|(_, role)| {
        let about = format!("How many {} there are.", words(role.plural));
        register::field(role.plural, "Int!", &about)
    });
    register::object(registry, "LibraryCounts", "How much of each content type there is.", counts.collect());
    let fields = vec![
        register::field(
            "revision",
            "Int!",
            "Number of the publication that is served; it grows by one with each. 0 when nothing is published yet.",
        ),
        register::field("publishedAt", "DateTime", "When that was published. Null when nothing is published yet."),
        register::field("notice", "String!", "Notice that must be shown with anything of the library."),
        register::field("counts", "LibraryCounts!", "How much of each content type there is."),
    ];
    register::object(registry, "Library", "The library as it is served now.", fields);
    vec![(FIELD, "Library!".to_owned(), "What is served, and in which revision.")]
}

/// Answers the field as JSON.
pub async fn answer(
    snapshot: &mut Snapshot,
    dialect: Dialect,
    operation: Operation<'_>,
    sets: &[&SelectionSet],
) -> Result<String, EngineError> {
    let latest = snapshot.latest_revision().await?;
    let (number, published) = latest.map_or((0, None), |revision| (revision.number, Some(revision.published_at)));
    let mut fields = Vec::new();
    for selected in operation.collect(sets, |name| name == "Library") {
        let json = match selected.name {
            "revision" => number.to_string(),
            "publishedAt" => serde_json::Value::from(published.clone()).to_string(),
            "notice" => serde_json::Value::from(NOTICE).to_string(),
            "counts" => counts(snapshot, dialect, operation, &selected.sets).await?,
            _ => "\"Library\"".to_owned(),
        };
        fields.push(format!("\"{}\":{json}", selected.key));
    }
    Ok(format!("{{{}}}", fields.join(",")))
}

/// The counts asked for, in one statement.
async fn counts(
    snapshot: &mut Snapshot,
    dialect: Dialect,
    operation: Operation<'_>,
    sets: &[&SelectionSet],
) -> Result<String, EngineError> {
    let selected = operation.collect(sets, |name| name == "LibraryCounts");
    let object = |name: &str| content::catalog().contents().find(|(_, role)| role.plural == name).map(|(object, _)| object);
    let objects: Vec<_> = selected.iter().filter_map(|one| object(one.name)).collect();
    let mut counts = count::rows_of(snapshot, dialect, &objects).await?.into_iter();
    let fields = selected.iter().map(|selected| {
        let count = object(selected.name).and_then(|_| counts.next());
        let value = count.map_or_else(|| "\"LibraryCounts\"".to_owned(), |count| count.to_string());
        format!("\"{}\":{value}", selected.key)
    });
    Ok(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
}
