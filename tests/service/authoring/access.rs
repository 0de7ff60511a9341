//! Which principals may change content, and by which requests.

use dermagraph::{
    access::{AccessConfig, Role},
    app::Config,
    schema::TrustedDocuments,
};
use serde_json::{Value as Json, json};

use super::{Author, area, revision};
use crate::support::{TestApp, on_both_databases};

const SAVE: &str = "mutation ($document: BodyAreaDocument!, $dry: Boolean!) {
    saveBodyArea(document: $document, dryRun: $dry) { changed } }";

fn variables(dry: bool) -> Json {
    json!({"document": area("elbow", "Elbow"), "dry": dry})
}

fn code(body: &Json) -> &str {
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

on_both_databases! {
    async fn an_editor_may_only_try_and_a_publisher_may_publish(app: &TestApp) {
        let (_, anonymous) = {
            let request = app.client().post(format!("{}/graphql", app.address));
            let response = request.json(&json!({"query": SAVE, "variables": variables(true)})).send().await.unwrap();
            (response.status(), response.json::<Json>().await.unwrap())
        };
        assert_eq!(code(&anonymous), "UNAUTHENTICATED");
        let reader = Author::new(app, Role::Reader).await;
        let (status, body) = reader.send(SAVE, variables(true)).await;
        assert_eq!((status, &body["errors"][0]["message"]), (403, &json!("This requires the role editor; yours is reader.")));
        let editor = Author::new(app, Role::Editor).await;
        let (status, body) = editor.send(SAVE, variables(false)).await;
        assert_eq!((status, &body["errors"][0]["message"]), (403, &json!("This requires the role publisher; yours is editor.")));
        let (status, body) = editor.send(SAVE, variables(true)).await;
        assert_eq!((status, body), (200, json!({"data": {"saveBodyArea": {"changed": true}}})));
        assert_eq!(revision(app).await, 1);
        for (role, expected) in [(Role::Publisher, 2), (Role::Admin, 2)] {
            assert_eq!(Author::new(app, role).await.send(SAVE, variables(false)).await.0, 200);
            assert_eq!(revision(app).await, expected);
        }
    }
}

#[actix_web::test]
async fn a_mutation_by_get_is_refused() {
    let app = TestApp::sqlite().await;
    let author = Author::publisher(&app).await;
    let parameters = [("query", SAVE), ("variables", &variables(false).to_string())];
    let address = reqwest::Url::parse_with_params(&format!("{}/graphql", app.address), parameters).unwrap();
    let response = app.client().get(address).bearer_auth(&author.key).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
    assert_eq!(code(&response.json().await.unwrap()), "METHOD_NOT_ALLOWED");
    assert_eq!(revision(&app).await, 1);
}

#[actix_web::test]
async fn a_mutation_from_a_page_of_another_origin_is_refused() {
    let app = TestApp::sqlite().await;
    let author = Author::publisher(&app).await;
    let request = app.client().post(format!("{}/graphql", app.address)).bearer_auth(&author.key);
    let request = request.header("origin", "https://elsewhere.example");
    let response = request.json(&json!({"query": SAVE, "variables": variables(false)})).send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(code(&response.json().await.unwrap()), "CROSS_SITE");
    assert_eq!(revision(&app).await, 1);
}

#[actix_web::test]
async fn a_mutation_has_a_cost_and_must_be_trusted_where_all_documents_must() {
    let access = AccessConfig { rate_limit_signed_in: 80, ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { access, ..Config::default() }).await;
    let author = Author::publisher(&app).await;
    assert_eq!(author.send(SAVE, variables(false)).await.0, 200);
    let (status, body) = author.send(SAVE, variables(false)).await;
    assert_eq!((status, code(&body)), (429, "RATE_LIMITED"), "{body}");

    let trusted = TrustedDocuments::read(&json!({"one": "{ library { revision } }"}).to_string(), true).unwrap();
    let app = TestApp::sqlite_set(Config { trusted, ..Config::default() }).await;
    let (status, body) = Author::publisher(&app).await.send(SAVE, variables(false)).await;
    assert_eq!((status, code(&body)), (403, "DOCUMENT_NOT_TRUSTED"));
    let trusted = TrustedDocuments::read(&json!({"save": SAVE}).to_string(), true).unwrap();
    let app = TestApp::sqlite_set(Config { trusted, ..Config::default() }).await;
    assert_eq!(Author::publisher(&app).await.send(SAVE, variables(false)).await.0, 200);
}

#[actix_web::test]
async fn invalid_arguments_are_refused_before_anything_is_published() {
    let app = TestApp::sqlite().await;
    let author = Author::publisher(&app).await;
    let long = "x".repeat(501);
    for (arguments, message) in [
        (format!("message: \"{long}\""), "message: the text must have 1 to 500 characters"),
        ("idempotencyKey: \"\"".to_owned(), "idempotencyKey: the text must have 1 to 128 characters"),
    ] {
        let query = format!("mutation {{ deleteBodyArea(by: {{slug: \"face\"}}, {arguments}) {{ revision }} }}");
        let (_, body) = author.send(&query, json!({})).await;
        let error = &body["errors"][0];
        assert_eq!(
            (&error["message"], code(&body), &error["path"]),
            (&json!(message), "BAD_ARGUMENT", &json!(["deleteBodyArea"]))
        );
        assert_eq!(body["data"], json!({"deleteBodyArea": null}));
    }
    assert_eq!(revision(&app).await, 1);
}
