//! Authoring over GraphQL: the behaviour of the service towards clients that save and delete records.

mod access;
mod apply;
mod blame;
mod conflicts;
mod dry_runs;
mod entries;
mod history;
mod live;
mod naming;
mod patching;
mod random;
mod restoring;
mod retries;
mod reviews;
mod saving;
mod sequences;
mod starter;
mod together;

use dermagraph::access::{Role, keys};
use serde_json::{Value as Json, json};

use crate::support::TestApp;

/// The selection of a payload that the tests use.
const PAYLOAD: &str = "revision changed replayed changes { type slug action fields { field before after } } \
                       errors { code path message }";

/// A client with an API key.
struct Author<'a> {
    app: &'a TestApp,
    key: String,
}

impl<'a> Author<'a> {
    async fn new(app: &'a TestApp, role: Role) -> Self {
        let key = keys::create(&app.store, "Clinic portal", role, None).await.unwrap().text;
        Self { app, key }
    }

    async fn publisher(app: &'a TestApp) -> Self {
        Self::new(app, Role::Publisher).await
    }

    /// Sends a request, and returns the status and the whole body of the response.
    async fn send(&self, query: &str, variables: Json) -> (u16, Json) {
        let request = self.app.client().post(format!("{}/graphql", self.app.address)).bearer_auth(&self.key);
        let response = request.json(&json!({"query": query, "variables": variables})).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Runs a mutation, and returns its payload.
    async fn run(&self, query: &str, variables: Json) -> Json {
        let (_, mut body) = self.send(query, variables).await;
        assert_eq!(body.get("errors"), None, "{query}");
        let data = body["data"].take();
        data.as_object().unwrap().values().next().unwrap().clone()
    }

    /// Saves a document. `arguments` has further arguments as text, such as `, dryRun: true`.
    async fn save(&self, ty: &str, document: &Json, arguments: &str, selection: &str) -> Json {
        let query =
            format!("mutation ($document: {ty}Document!) {{ save{ty}(document: $document{arguments}) {{ {selection} }} }}");
        self.run(&query, json!({"document": document})).await
    }

    /// Deletes a record.
    async fn delete(&self, ty: &str, slug: &str, arguments: &str) -> Json {
        let query = format!("mutation ($slug: String!) {{ delete{ty}(by: {{slug: $slug}}{arguments}) {{ {PAYLOAD} }} }}");
        self.run(&query, json!({"slug": slug})).await
    }
}

/// Returns a document of a new body area.
fn area(slug: &str, name: &str) -> Json {
    json!({"slug": slug, "name": name, "notice": "Educational."})
}

/// Returns a document of a new condition.
fn condition(slug: &str, name: &str) -> Json {
    json!({"slug": slug, "name": name, "kind": "SCAR", "description": "A scar.", "notice": "Educational.",
        "sources": ["what-is-microneedling"]})
}

/// Returns the number of the latest revision.
async fn revision(app: &TestApp) -> i64 {
    app.data("{ library { revision } }").await["library"]["revision"].as_i64().unwrap()
}
