//! Measures search, facets and groups on a generated library, and compares them with hand-written SQL in the same run. With
//! the feature `tantivy`, it also compares them with that library for full-text search.
//!
//! The service responds over HTTP, without its response cache. The statements run in this process, on the same database.

mod bare;
mod direct;
#[cfg(feature = "tantivy")]
mod tantivy_index;

use std::time::{Duration, Instant};

use dermagraph::{
    content::catalog,
    engine::catalog::{Catalog, Kind},
};
use serde_json::{Value as Json, json};

use crate::{
    Failure,
    client::{self, Request},
    contender::Arena,
    server::Server,
    table::Table,
};

use bare::Bare;
use direct::Direct;

/// Two words, of which about every fiftieth outcome of a generated library has one.
const WORDS: &str = "culpa officia";

/// The most frequent two words.
const FREQUENT_WORDS: &str = "lorem ipsum";

/// A prefix of many words.
const PREFIX: &str = "vol";

/// One list with about 10,000 of a million outcomes.
const FILTER: &str = "where: {position: {eq: 1}, responseVariability: {eq: NOT_STATED}}";

/// The same filter in SQL.
const SQL_FILTER: &str = "WHERE position = 1 AND response_variability = 'NOT_STATED'";

/// The fields of the facets, with their columns.
const FACETS: [(&str, &str); 4] = [
    ("grade", "grade"),
    ("certainty", "certainty"),
    ("evidenceLevel", "evidence_level"),
    ("responseVariability", "response_variability"),
];

/// Measures search, facets and groups on one database. Each is run `times` times; the table has the medians.
///
/// # Errors
/// When the service cannot be started, or a response has errors.
pub async fn finding(arena: &Arena, times: usize) -> Result<String, Failure> {
    let server = arena.serve_uncached()?;
    let mut direct = Direct::open(&arena.database).await?;
    let bare = Bare::open(&arena.database, &arena.responses)?;
    let mut table = Table::new(["Query", "n", "service p50 ms", "SQL p50 ms", "ratio"]);
    for (name, query, sql) in lists() {
        let count = found(&execute(&server, &query)?);
        let service = median(times, || execute(&server, &query).map(drop))?;
        let by_hand = match sql {
            Some(sql) => Some(direct.median(times, &sql).await?),
            None => None,
        };
        table.row(row(&name, count, service, by_hand));
    }
    for (name, text, matched) in [
        ("search, two words", WORDS, "culpa officia"),
        ("search, two frequent words", FREQUENT_WORDS, "lorem ipsum"),
        ("search, a prefix of three letters", PREFIX, "vol*"),
    ] {
        let query = format!(
            "{{ list: treatmentOutcomes(search: {{text: \"{text}\"}}) {{ edges {{ score node {{ id slug }} }} totalCount }} }}"
        );
        let count = found(&execute(&server, &query)?);
        let service = median(times, || execute(&server, &query).map(drop))?;
        let by_hand = bare.as_ref().map(|bare| median(times, || bare.first_page(matched))).transpose()?;
        table.row(row(name, count, service, by_hand));
    }
    for (name, text) in [("search of all types, two words", WORDS), ("search of all types, a prefix", PREFIX)] {
        let query = format!("{{ list: search(text: \"{text}\") {{ edges {{ score node {{ id }} }} totalCount }} }}");
        let count = found(&execute(&server, &query)?);
        table.row(row(name, count, median(times, || execute(&server, &query).map(drop))?, None));
    }
    let tantivy = searches_of_tantivy(arena, times)?;
    let (index, text) = (direct.index_size().await?, direct.number(&text_size(catalog())).await?);
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    let ratio = index as f64 / text.max(1) as f64;
    let bare = match bare {
        Some(bare) => format!(" The bare FTS5 index of outcomes alone: {} MB.", bare.size()? / 1_000_000),
        None => String::new(),
    };
    Ok(format!(
        "{}\nSearch index: {} MB for {} MB of searched texts, {ratio:.1} times.{bare}{tantivy}\n",
        table.markdown(),
        index / 1_000_000,
        text / 1_000_000,
    ))
}

/// Returns a sentence with the medians of the same searches by tantivy; empty without its feature.
#[cfg(feature = "tantivy")]
fn searches_of_tantivy(arena: &Arena, times: usize) -> Result<String, Failure> {
    let Some(index) = tantivy_index::TantivyIndex::open(&arena.database, &arena.responses)? else {
        return Ok(String::new());
    };
    let mut taken = Vec::new();
    for (text, prefix) in [(WORDS, false), (FREQUENT_WORDS, false), (PREFIX, true)] {
        taken.push(format!("{:.1}", median(times, || index.first_page(text, prefix))?.as_secs_f64() * 1e3));
    }
    let (size, created) = (index.size / 1_000_000, index.created_in.as_secs_f64());
    Ok(format!(" tantivy, outcomes alone: {} ms; index {size} MB, created in {created:.1} s.", taken.join(", ")))
}

#[cfg(not(feature = "tantivy"))]
#[expect(clippy::unnecessary_wraps, reason = "it fails with the feature")]
fn searches_of_tantivy(_: &Arena, _: usize) -> Result<String, Failure> {
    Ok(String::new())
}

/// Returns the queries for facets, groups and lists through outcomes, each with its name and the statement by hand.
fn lists() -> Vec<(String, String, Option<String>)> {
    let facets: Vec<String> = FACETS.iter().map(|(field, _)| format!("{field} {{ value count }}")).collect();
    let selection = format!("totalCount facets {{ {} procedureCategory {{ value count }} }}", facets.join(" "));
    let groups = "groups(by: [GRADE, CERTAINTY]) { nodes { key { grade certainty } aggregate { count \
                  min { evidenceLevel } avg { evidenceLevel } } } }";
    let list = |arguments: &str, selection: &str| format!("{{ list: treatmentOutcomes{arguments} {{ {selection} }} }}");
    let filtered = format!("({FILTER})");
    let conditions = "{ list: procedures(first: 20) { totalCount nodes { conditions(first: 10) { \
                      edges { outcomes { count max { grade } } node { name } } } } } }";
    let procedures = "{ list: conditions(first: 20) { totalCount nodes { procedures(first: 10) { \
                      edges { outcomes { count max { grade } } node { name } } } } } }";
    vec![
        ("five facets of a filtered list".to_owned(), list(&filtered, &selection), Some(facets_by_hand(SQL_FILTER))),
        ("five facets of everything".to_owned(), list("", &selection), Some(facets_by_hand(""))),
        ("groups of a filtered list".to_owned(), list(&filtered, groups), Some(groups_by_hand(SQL_FILTER))),
        ("groups of everything".to_owned(), list("", groups), Some(groups_by_hand(""))),
        ("conditions of 20 procedures".to_owned(), conditions.to_owned(), None),
        ("procedures of 20 conditions".to_owned(), procedures.to_owned(), None),
    ]
}

/// Returns the statement that a person would write for the facets.
fn facets_by_hand(filter: &str) -> String {
    let list = |name: &str, select: &str| {
        format!("SELECT * FROM (SELECT '{name}' AS facet, {select} GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 10) AS {name}")
    };
    let own = FACETS.iter().map(|(_, column)| {
        list(column, &format!("CAST({column} AS TEXT) AS value, COUNT(*) AS count FROM treatment_outcome {filter}"))
    });
    let of_procedure = list(
        "category",
        &format!(
            "p.category AS value, COUNT(*) AS count FROM treatment_outcome AS t JOIN procedure AS p ON p.id = t.procedure_id \
             {filter}"
        ),
    );
    own.chain([of_procedure]).collect::<Vec<_>>().join(" UNION ALL ")
}

/// Returns the statement that a person would write for the groups.
fn groups_by_hand(filter: &str) -> String {
    format!(
        "SELECT grade, certainty, COUNT(*), MIN(evidence_level), AVG(evidence_level) FROM treatment_outcome {filter} \
         GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20"
    )
}

/// Returns the statement for the total length of the texts that are searched, except those inside JSON objects.
fn text_size(catalog: &Catalog) -> String {
    let mut sums = Vec::new();
    for object in catalog.objects() {
        let Some(table) = object.table() else { continue };
        for field in object.fields.iter().filter(|field| field.searched.is_some()) {
            if let (Kind::Scalar(_) | Kind::Scalars(_), Some(column)) = (&field.kind, field.column) {
                sums.push(format!("(SELECT COALESCE(SUM(LENGTH(CAST({column} AS TEXT))), 0) FROM \"{table}\")"));
            }
        }
    }
    format!("SELECT {}", sums.join(" + "))
}

/// Sends a query, and returns its data.
fn execute(server: &Server, query: &str) -> Result<Json, Failure> {
    let body = Some(json!({"query": query}).to_string());
    let response = client::send(server.address(), &Request { path: "/graphql".to_owned(), body, headers: Vec::new() })?;
    let mut body: Json = serde_json::from_slice(&response.body).map_err(|failure| failure.to_string())?;
    match body.get("errors") {
        Some(errors) => Err(format!("{query}: the service responds with errors: {errors}")),
        None => Ok(body["data"].take()),
    }
}

/// Returns the number of entries of the list, or that of its groups.
fn found(data: &Json) -> u64 {
    let groups = data["list"]["groups"]["nodes"].as_array().map_or(0, Vec::len);
    data["list"]["totalCount"].as_u64().unwrap_or(groups as u64)
}

/// Returns the median time of several runs, after one that is not measured.
fn median(times: usize, mut run: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    run()?;
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times.max(1) {
        let started = Instant::now();
        run()?;
        taken.push(started.elapsed());
    }
    taken.sort_unstable();
    Ok(taken[taken.len() / 2])
}

/// Returns a row of the table. The ratio is that of the speeds: above 1 the service is faster.
fn row(name: &str, count: u64, service: Duration, by_hand: Option<Duration>) -> Vec<String> {
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let ratio = by_hand.map_or_else(String::new, |by_hand| format!("{:.2}", by_hand.as_secs_f64() / service.as_secs_f64()));
    vec![name.to_owned(), count.to_string(), ms(service), by_hand.map_or_else(String::new, ms), ratio]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_by_hand_are_valid_and_the_text_is_that_of_searched_columns() {
        let facets = facets_by_hand(SQL_FILTER);
        assert_eq!(facets.matches("UNION ALL").count(), FACETS.len());
        assert!(text_size(catalog()).contains("SUM(LENGTH(CAST(expected_effect AS TEXT)))"));
    }
}
