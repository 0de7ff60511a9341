//! The estimated sizes of documents, plans and responses match the allocated memory; a field without a plan is an internal
//! error.

use std::{fmt::Write as _, sync::Arc};

use allocation_counter::measure;
use serde_json::{Map, Value as Json, json};

use super::{
    documents::prepared::{Prepared, hash_of_text},
    operations::{
        operation::{OperationPlan, chosen},
        response::Response,
        run::RunOptions,
    },
    types,
};
use crate::{
    engine::plan::statistics::Statistics,
    graphql::{
        document::{Field, Selection},
        schema::Field as Definition,
        value::Variables,
        variables,
    },
    store::{DatabaseUrl, Store, reading::statement::Dialect},
};

/// Maximum ratio of the estimated size to the allocated memory, and of the allocated memory to the estimated size.
const FACTOR: f64 = 1.5;

fn repeated(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect::<Vec<_>>().join(" ")
}

/// Documents of many shapes, with values of their variables.
fn documents() -> Vec<(&'static str, String, Json)> {
    let deep = "{ procedures { nodes { outcomes { nodes { condition { outcomes { nodes { procedure { name } } } } } } } } }";
    let fragments = repeated(100, |at| format!("fragment F{at} on Procedure {{ name slug description }}"));
    let spreads = repeated(100, |at| format!("...F{at}"));
    let filter = repeated(200, |at| format!("{{name: {{contains: \"{at}\"}}}}"));
    let slugs = repeated(900, |at| format!("\"microneedling-{at}\""));
    let many = repeated(40, |at| format!("query Q{at} {{ procedures {{ nodes {{ name }} }} }}"));
    let fields = "id slug name description aliases locale notice revision invasiveness";
    vec![
        ("small", "{ procedure(by: {slug: \"a\"}) { name } }".to_owned(), json!({})),
        ("one field often", format!("{{ procedures {{ nodes {{ {} }} }} }}", "name ".repeat(9900)), json!({})),
        ("aliases", format!("{{ procedures {{ nodes {{ {} }} }} }}", repeated(990, |at| format!("a{at}: name"))), json!({})),
        (
            "long aliases",
            format!("{{ procedures {{ nodes {{ {} }} }} }}", repeated(990, |at| format!("a{at}{}: name", "x".repeat(100)))),
            json!({}),
        ),
        ("revision often", format!("subscription {{ library {{ {} }} }}", "revision ".repeat(9900)), json!({})),
        ("a list", format!("{{ procedures {{ nodes {{ {fields} outcomes {{ nodes {{ slug grade }} }} }} }} }}"), json!({})),
        ("deep", deep.to_owned(), json!({})),
        (
            "objects",
            format!(
                "{{ procedures {{ nodes {{ {} }} }} }}",
                repeated(300, |at| format!("o{at}: outcomes {{ nodes {{ slug }} }}"))
            ),
            json!({}),
        ),
        ("fragments", format!("{{ procedures {{ nodes {{ {spreads} }} }} }} {fragments}"), json!({})),
        ("a filter", format!("{{ procedures(where: {{or: [{filter}]}}) {{ totalCount }} }}"), json!({})),
        ("values", format!("{{ procedures(where: {{slug: {{in: [{slugs}]}}}}) {{ totalCount }} }}"), json!({})),
        (
            "a text",
            format!("{{ procedures(where: {{name: {{contains: \"{}\"}}}}) {{ totalCount }} }}", "x".repeat(50_000)),
            json!({}),
        ),
        ("a search", "{ procedures(search: {text: \"botox\"}) { totalCount } }".to_owned(), json!({})),
        (
            "a search of many words",
            format!("{{ search(text: \"{}\") {{ nodes {{ id }} }} }}", "microneedling ".repeat(12)),
            json!({}),
        ),
        ("a slug", format!("{{ procedure(by: {{slug: \"{}\"}}) {{ name }} }}", "x".repeat(50_000)), json!({})),
        (
            "a slug in a variable",
            "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }".to_owned(),
            json!({"slug": "x".repeat(50_000)}),
        ),
        ("ids", format!("{{ nodes(ids: [{}]) {{ id }} }}", repeated(100, |at| format!("\"Procedure:{at}\""))), json!({})),
        (
            "malformed ids",
            format!("{{ nodes(ids: [{}]) {{ id }} }}", repeated(100, |at| format!("\"{at}{}\"", "x".repeat(2_000)))),
            json!({}),
        ),
        ("a malformed cursor", format!("{{ procedures(after: \"{}\") {{ totalCount }} }}", "x".repeat(50_000)), json!({})),
        (
            "introspection with a long variable",
            "query ($name: String!) { __type(name: $name) { name } }".to_owned(),
            json!({"name": "x".repeat(50_000)}),
        ),
        ("a comment", format!("{{ procedures {{ totalCount }} }} # {}", "x".repeat(100_000)), json!({})),
        ("operations", many, json!({})),
        (
            "a variable",
            "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }".to_owned(),
            json!({"slug": "microneedling"}),
        ),
    ]
}

fn map(value: &Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

/// Compares a size with the allocated memory, and adds a line to `wrong` if they do not match.
fn compare(name: &str, estimated: u64, allocated: i64, wrong: &mut String) {
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    let ratio = estimated as f64 / allocated as f64;
    println!("{name}: estimated {estimated}, allocated {allocated}, {ratio:.2}");
    if !(1.0 / FACTOR..=FACTOR).contains(&ratio) {
        let _ = writeln!(wrong, "{name}: estimated {estimated}, allocated {allocated}");
    }
}

#[test]
fn the_sizes_of_documents_and_plans_match_the_allocated_memory() {
    types::prepare();
    let mut wrong = String::new();
    for (name, text, variables) in documents() {
        let mut prepared = None;
        let taken = measure(|| prepared = Prepared::new(&text, hash_of_text(&text), |_| Ok(())).ok().map(Arc::new));
        let prepared = prepared.unwrap_or_else(|| panic!("{name} is not valid"));
        compare(&format!("document, {name}"), prepared.allocated_bytes(), taken.bytes_current, &mut wrong);
        let operation = chosen(&prepared.document, name.eq("operations").then_some("Q1")).unwrap();
        let (statistics, mut planned) = (Statistics::default(), None);
        let taken = measure(|| {
            let variables = variables::coerce(&prepared.document, operation, &map(&variables)).unwrap();
            planned = Some(Arc::new(OperationPlan::new(&prepared, operation, variables, Dialect::Sqlite, &statistics)));
        });
        let planned = planned.unwrap();
        compare(&format!("plan, {name}"), planned.allocated_bytes(), taken.bytes_current, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn the_sizes_of_responses_match_the_allocated_memory() {
    for length in [2_000_usize, 5_000, 300_000] {
        let text: String = (0..length).map(|at| char::from(b'a' + u8::try_from(at * at % 23).unwrap())).collect();
        let taken = measure(|| std::mem::forget(Response::new(text.clone(), 0, 0))).bytes_current;
        let response = Response::new(text, 0, 0);
        let mut compressed = 0;
        for form in 0..super::COMPRESSED_FORMS {
            let bytes =
                response.compressed(form, async |body| Ok::<_, ()>(Some(body.as_bytes().slice(..body.len() / 4)))).await;
            compressed += bytes.map_or(0, |bytes| bytes.len());
        }
        let stored = i64::try_from(compressed.min(length / 2)).unwrap();
        let mut wrong = String::new();
        compare(&format!("response of {length}"), response.allocated_bytes(), taken + stored, &mut wrong);
        assert!(wrong.is_empty(), "{wrong}");
    }
}

/// Returns the last field of the selections; if it has selections, the last field of these, and so on.
fn last(selections: &mut [Selection]) -> &mut Field {
    let Some(Selection::Field(field)) = selections.last_mut() else { panic!("there is no field") };
    if field.selections.is_empty() { field } else { last(&mut field.selections) }
}

#[tokio::test]
async fn a_field_without_a_plan_is_an_internal_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("tests.db"))).await.unwrap();
    let stray: &'static Definition = Box::leak(Box::new(Definition::new("stray", "String!", "")));
    for (text, data) in [
        ("{ __typename }", "null"),
        ("{ library { revision } }", "null"),
        ("{ library { counts { procedures } } }", "null"),
        ("{ procedures { totalCount } }", r#"{"procedures":null}"#),
        ("{ procedures { pageInfo { endCursor } } }", r#"{"procedures":null}"#),
        ("{ procedures { edges { cursor } } }", r#"{"procedures":null}"#),
        ("{ procedures { nodes { name } } }", r#"{"procedures":null}"#),
        ("{ procedures { nodes { recovery { speed } } } }", r#"{"procedures":{"nodes":[]}}"#),
    ] {
        let mut prepared = Prepared::new(text, hash_of_text(text), |_| Ok(())).unwrap();
        last(&mut prepared.document.operations[0].selections).definition = stray;
        let prepared = Arc::new(prepared);
        let operation = chosen(&prepared.document, None).unwrap();
        let planned =
            OperationPlan::new(&prepared, operation, Variables::default(), Dialect::Sqlite, &Statistics::default());
        let options = RunOptions { operation: None, reports_cost: None, reports_plan: false, tags: false };
        let body = planned.run(&mut store.snapshot().await.unwrap(), &options).await.body;
        assert!(body.starts_with(&format!("{{\"data\":{data},\"errors\":")), "{text}: {body}");
        assert!(body.contains("\"code\":\"INTERNAL\"") && !body.contains("planned"), "{text}: {body}");
    }
}
