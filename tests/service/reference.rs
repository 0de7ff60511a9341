//! The cost of fields in the reference is the cost that the service charges.

use serde_json::{Value as Json, json};

use crate::{
    site::open,
    support::{TestApp, on_both_databases},
};

/// The rows of the fields in the Markdown of a type: name, type, and the formula of the cost; empty if there is none.
async fn rows(app: &TestApp, name: &str) -> Vec<(String, String, String)> {
    let text = open(app, &format!("/reference/{name}.md"), &[]).await.text().await.unwrap();
    let fields = text.split("\n## Fields\n\n").nth(1).unwrap_or_else(|| panic!("{text}")).split("\n## ").next().unwrap();
    let row = |line: &str| {
        let (code, rest) = line.strip_prefix("- `").unwrap().split_once('`').unwrap();
        let (field, of) = code.rsplit_once(": ").unwrap();
        let formula = rest.split_once(" Cost: ").map_or("", |(_, formula)| formula.trim_end_matches('.'));
        (field.split('(').next().unwrap().to_owned(), of.to_owned(), formula.to_owned())
    };
    fields.lines().map(row).collect()
}

/// The maximum cost of the field with the alias `it`, without what is inside it, and with what is inside.
async fn charged(app: &TestApp, query: &str) -> (u64, u64) {
    let request = app.client().post(format!("{}/graphql", app.address));
    charged_for(request, query).await
}

/// Like [`charged`], for a request that may have an API key.
async fn charged_for(request: reqwest::RequestBuilder, query: &str) -> (u64, u64) {
    let body = json!({"query": query, "extensions": {"cost": true}});
    let sent = request.json(&body).send().await.unwrap();
    let response: Json = sent.json().await.unwrap();
    assert_eq!(response["errors"], Json::Null, "{query}");
    let items = response["extensions"]["cost"]["fields"].as_array().unwrap().iter();
    let items: Vec<(&str, u64)> =
        items.map(|item| (item["path"].as_str().unwrap(), item["requested"].as_u64().unwrap())).collect();
    let at = |path: &str| path.split('.').position(|key| key == "it").map(|at| path.split('.').count() - at - 1);
    let own = items.iter().filter(|(path, _)| at(path) == Some(0)).map(|(_, points)| points).sum();
    (own, items.iter().filter(|(path, _)| at(path).is_some()).map(|(_, points)| points).sum())
}

/// Returns the cost of a field by its formula, with `first: 3` or two changes, and without objects in its entries.
fn documented(formula: &str) -> u64 {
    let numbers = formula.replace("`first`", "3").replace("words", "0").replace("changes", "2");
    let numbers = numbers.replace(" + fields", "").replace("fields", "0");
    let sum = numbers.split(" + ").map(|part| {
        let factors = part.split(" × ").map(|factor| factor.trim_matches(['(', ')']).parse::<u64>());
        factors.map(|factor| factor.unwrap_or_else(|_| panic!("{formula} is {numbers}"))).product::<u64>()
    });
    sum.sum()
}

fn selection(of: &str) -> &'static str {
    if of.contains("Connection") { "(first: 3) { nodes { __typename } }" } else { "{ __typename }" }
}

on_both_databases! {
    async fn the_formulas_of_the_reference_are_what_the_service_charges(app: &TestApp) {
        let query = "{ __schema { queryType { fields { name type { name } args { name } } } } }";
        let roots = app.data(query).await;
        let roots = roots["__schema"]["queryType"]["fields"].as_array().unwrap();
        let mut compared = 0;
        for root in roots.iter().filter(|root| root["args"].as_array().unwrap().iter().any(|argument| argument["name"] == "where")) {
            let (list, page) = (root["name"].as_str().unwrap(), root["type"]["name"].as_str().unwrap());
            let content = page.strip_suffix("Connection").unwrap();
            for (field, of, formula) in rows(app, content).await {
                if formula.is_empty() {
                    assert!(!of.contains("Connection"), "{content}.{field} has no cost");
                    continue;
                }
                let query = format!("{{ {list}(first: 1) {{ nodes {{ it: {field}{} }} }} }}", selection(&of));
                assert_eq!(charged(app, &query).await.1, documented(&formula), "{content}.{field}: {formula}");
                compared += 1;
            }
            let of_root = open(app, &format!("/reference/Query.{list}.md"), &[]).await.text().await.unwrap();
            let formula = of_root.split("In points: ").nth(1).unwrap().split(".\n").next().unwrap();
            assert_eq!(charged(app, &format!("{{ it: {list}{} }}", selection(page))).await.1, documented(formula), "{list}: {formula}");
        }
        assert!(compared > 80, "{compared} fields");
        for (page, field, query) in [
            ("ProcedureConnection", "nodes", "{ procedures(first: 3) { it: nodes { __typename } } }"),
            ("ProcedureConnection", "aggregate", "{ procedures(first: 0) { it: aggregate { count } } }"),
            ("ProcedureConnection", "groups", "{ procedures(first: 0) { it: groups(by: [CATEGORY], first: 3) { nodes { __typename } } } }"),
            ("ProcedureFacets", "category", "{ procedures(first: 0) { facets { it: category(first: 3) { value } } } }"),
            ("ProcedureGroup", "key", "{ procedures(first: 0) { groups(by: [CATEGORY], first: 1) { nodes { it: key { category } } } } }"),
            ("Procedure", "steps", "{ procedures(first: 1) { nodes { it: steps { title } } } }"),
        ] {
            let formula = rows(app, page).await.into_iter().find(|(name, ..)| name == field).unwrap().2;
            assert_eq!(charged(app, query).await.1, documented(&formula), "{page}.{field}: {formula}");
        }
        let text = open(app, "/reference/Procedure.md", &[]).await.text().await.unwrap();
        assert!(text.contains("With `where`, a plain list costs 1 more for each parent, and 20 more in addition if no index serves the filter."));
        let text = open(app, "/reference/Source.md", &[]).await.text().await.unwrap();
        assert!(!text.contains("With `where`"), "a source has no list of parts");
        let parts = async |arguments: &str| {
            charged(app, &format!("{{ procedures(first: 2) {{ nodes {{ it: contraindications{arguments} {{ __typename }} }} }} }}")).await.1
        };
        let plain = parts("").await;
        assert_eq!(parts("(where: {strength: {eq: ABSOLUTE}})").await, plain + 2);
        assert_eq!(parts("(where: {name: {contains: \"x\"}})").await, plain + 2 * (1 + 20));
        let counted = charged(app, "{ it: procedures(first: 0) { totalCount } }").await.0;
        let uncounted = charged(app, "{ it: procedures(first: 0) { nodes { __typename } } }").await.0;
        let formula = rows(app, "ProcedureConnection").await.into_iter().find(|(name, ..)| name == "totalCount").unwrap().2;
        assert_eq!(counted - uncounted, documented(&formula), "{formula}");
        // Aggregates and reports of mutations are charged with the field around them.
        for uncharged in ["ProcedureAggregate", "RecordChange", "UserError"] {
            assert!(rows(app, uncharged).await.iter().all(|(.., formula)| formula.is_empty()), "{uncharged}");
        }
    }
}

on_both_databases! {
    async fn records_in_payloads_cost_what_the_reference_says_and_reports_cost_nothing(app: &TestApp) {
        let key = dermagraph::access::keys::create(&app.store, "Clinic portal", dermagraph::access::Role::Editor, None).await.unwrap().text;
        let area = |slug: &str| format!("{{saveBodyArea: {{document: {{slug: \"{slug}\", name: \"A\", notice: \"Educational.\"}}}}}}");
        let apply = format!("apply(changes: [{}, {}], dryRun: true)", area("one"), area("two"));
        let rename = "renameProcedure(by: {slug: \"cryotherapy\"}, to: \"freezing\", dryRun: true)";
        for (page, mutation, charged_fields) in [
            ("SaveProcedurePayload", rename, &["record"][..]),
            ("ApplyPayload", apply.as_str(), &["records"]),
            ("DeletePayload", "deleteProcedure(by: {slug: \"cryotherapy\"}, dryRun: true)", &[]),
        ] {
            let rows = rows(app, page).await;
            let with_cost: Vec<&str> = rows.iter().filter(|(.., formula)| !formula.is_empty()).map(|(name, ..)| name.as_str()).collect();
            assert_eq!(with_cost, charged_fields, "{page}");
            for (field, of, formula) in rows {
                let is_object = of.contains("Record") || of.contains("User") || of == "Procedure";
                let query = format!("mutation {{ {mutation} {{ it: {field}{} }} }}", if is_object { " { __typename }" } else { "" });
                let request = app.client().post(format!("{}/graphql", app.address)).bearer_auth(&key);
                let expected = if formula.is_empty() { 0 } else { documented(&formula) };
                assert_eq!(charged_for(request, &query).await.1, expected, "{page}.{field}: {formula}");
            }
        }
    }
}
