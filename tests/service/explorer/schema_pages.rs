//! The pages of the reference: their search and their examples.

use dermagraph::schema;
use serde_json::{Value as Json, json};

use crate::{
    site::{open, page},
    support::{TestApp, on_both_databases},
    visits::BROWSER,
};

/// The addresses of what a search of the reference finds, below `reference/`.
fn found(page: &str) -> Vec<&str> {
    let entries = page.split("<dt><a href=\"./reference/").skip(1);
    entries.map(|rest| rest.split('"').next().unwrap()).collect()
}

on_both_databases! {
    async fn a_search_of_the_reference_finds_fields_arguments_values_and_descriptions(app: &TestApp) {
        for (text, first) in [
            ("evidenceLevel", "TreatmentOutcome#evidenceLevel"),
            ("  EVIDENCElevel ", "TreatmentOutcome#evidenceLevel"),
            ("TreatmentOutcome.evidenceLevel", "TreatmentOutcome#evidenceLevel"),
            ("procedures", "Query.procedures"),
            ("VERY_RARE", "Frequency#VERY_RARE"),
            ("enumerations names", "Query.enumerations#names"),
            ("Certainty", "Certainty"),
        ] {
            let result = page(app, &format!("/reference?search={text}")).await;
            let found = found(&result);
            assert_eq!(found.first(), Some(&first), "{text}: {found:?}");
            assert!(result.contains(&format!("value=\"{}\"", text.trim())) && result.contains("noindex"), "{result}");
        }
        let described = page(app, "/reference?search=redness").await;
        assert!(!found(&described).is_empty(), "a word of a description");
        for address in found(&described).into_iter().chain(["Query.enumerations#names"]) {
            let (name, row) = address.split_once('#').unwrap_or((address, "main"));
            assert!(page(app, &format!("/reference/{name}")).await.contains(&format!(" id=\"{row}\"")), "{address}");
        }
        let many = page(app, "/reference?search=first").await;
        assert_eq!(found(&many).len(), 50);
        assert!(many.contains("The best 50 are shown, and "), "{many}");
        let none = page(app, "/reference?search=evidencelevle").await;
        assert!(none.contains("Try one word, or a part of a name.") && found(&none).is_empty(), "{none}");
        assert_eq!(page(app, "/reference?search=+").await, page(app, "/reference").await);
        for refused in ["x".repeat(101), "a%00".to_owned(), "a+".repeat(13)] {
            let response = open(app, &format!("/reference?search={refused}"), &[("accept", BROWSER)]).await;
            assert_eq!(response.status(), 400, "{refused}");
            let message = "Search for at most 100 characters and 12 words, without control characters.";
            assert!(response.text().await.unwrap().contains(message), "{refused}");
        }
        assert_eq!(open(app, "/reference?search=a&search=b", &[("accept", BROWSER)]).await.status(), 400);
    }
}

/// The part of a page in Markdown between two texts.
fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(part, _)| part)
}

on_both_databases! {
    async fn each_root_field_of_queries_has_an_example_with_its_response(app: &TestApp) {
        let introspected = schema::introspected();
        let types = introspected["types"].as_array().unwrap();
        let fields = |name: &str| types.iter().find(|one| one["name"] == *name).unwrap()["fields"].as_array().unwrap().clone();
        for field in fields("Query") {
            let name = field["name"].as_str().unwrap();
            if field["description"].as_str().unwrap().contains("Requires the role") {
                assert!(!page(app, &format!("/reference/Query.{name}")).await.contains("The response of this service"), "{name}");
                continue;
            }
            let text = open(app, &format!("/reference/Query.{name}.md"), &[]).await.text().await.unwrap();
            let example = between(&text, "\n## Example\n\n", "\n[All of").unwrap_or_else(|| panic!("{name} has no example"));
            let document = between(example, "```graphql\n", "\n```").unwrap();
            assert!(document.starts_with("query") && document.contains(name), "{document}");
            let variables: Json = between(example, "Variables:\n\n```json\n", "\n```").map_or(json!({}), |text| serde_json::from_str(text).unwrap());
            let shown: Json = serde_json::from_str(between(example, "The response:\n\n```json\n", "\n```").unwrap()).unwrap();
            let sent = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": document, "variables": variables}));
            let response: Json = sent.send().await.unwrap().json().await.unwrap();
            assert_eq!((&response["data"], &response["errors"]), (&shown, &Json::Null), "{name}");
            assert!(shown.as_object().unwrap().values().all(|value| !value.is_null()), "{name}: {shown}");
            assert!(page(app, &format!("/reference/Query.{name}")).await.contains("The response of this service"), "{name}");
        }
        let others = ["Mutation", "Subscription"].into_iter().flat_map(|root| fields(root).into_iter().map(move |field| (root, field)));
        for (root, field) in others {
            let path = format!("/reference/{root}.{}", field["name"].as_str().unwrap());
            assert!(!page(app, &path).await.contains("The response of this service"), "{path} has the example of a query");
        }
        for name in ["TreatmentOutcome", "Source", "EvidenceItemConnection", "Revision"] {
            assert!(page(app, &format!("/reference/{name}")).await.contains("The response of this service"), "{name}");
        }
    }
}

#[actix_web::test]
async fn an_example_without_a_record_for_it_is_left_out() {
    let app = TestApp::sqlite_with(&[]).await;
    assert!(!page(&app, "/reference/Query.device").await.contains("The response of this service"));
    assert!(page(&app, "/reference/Query.devices").await.contains("The response of this service"));
}
