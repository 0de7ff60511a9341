//! GraphQL over HTTP: <https://graphql.github.io/graphql-over-http/draft/>. Requests and their responses.

use reqwest::{Method, Response};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases};

/// The older media type of responses.
pub const JSON: &str = "application/json; charset=utf-8";
/// The media type of responses that GraphQL over HTTP defines.
pub const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

/// Status, content type and body.
pub type Received = (u16, String, Json);

/// Returns the status, content type and body of a response.
pub async fn received(response: Response) -> Received {
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), content_type, response.json().await.unwrap())
}

/// Posts a body unchanged.
pub async fn post(app: &TestApp, content_type: &str, body: impl Into<reqwest::Body>) -> Received {
    let request = app.client().post(format!("{}/graphql", app.address)).header("content-type", content_type).body(body);
    received(request.send().await.unwrap()).await
}

/// Sends a query by GET, with these parameters.
pub async fn get(app: &TestApp, accept: &str, parameters: &[(&str, &str)]) -> Received {
    let address = reqwest::Url::parse_with_params(&format!("{}/graphql", app.address), parameters).unwrap();
    received(app.client().get(address).header("accept", accept).send().await.unwrap()).await
}

/// Returns a response with one error, in the older media type.
pub fn refused(status: u16, code: &str, message: &str) -> Received {
    (status, JSON.to_owned(), json!({"errors": [{"message": message, "extensions": {"code": code}}]}))
}

/// Returns the response to the smallest query.
pub fn fine() -> Received {
    (200, JSON.to_owned(), json!({"data": {"__typename": "Query"}}))
}

on_both_databases! {
    async fn a_request_is_posted_as_json(app: &TestApp) {
        let body = r#"{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": {"any": 1}, "other": 2}"#;
        for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", "application/json; version=1"] {
            assert_eq!(post(app, content_type, body).await, fine(), "{content_type}");
        }
        let wrong = refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as JSON, with Content-Type: application/json.");
        for content_type in ["", "text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "application/json-patch+json"] {
            assert_eq!(post(app, content_type, body).await, wrong, "{content_type}");
        }
        let other = post(app, "application/json; charset=utf-16", body).await;
        assert_eq!(other, refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request in UTF-8."));
        let without = app.client().post(format!("{}/graphql", app.address)).body(body).send().await.unwrap();
        assert_eq!(without.headers()["accept-post"], "application/json");
        assert_eq!(received(without).await, wrong);
    }
}

on_both_databases! {
    async fn a_body_that_is_not_a_request_is_an_error(app: &TestApp) {
        for (body, message) in [
            ("", "The body is empty."),
            (r#"{"query":"#, "The body is not JSON."),
            ("{ __typename }", "The body is not JSON."),
            ("null", "A request must be a JSON object."),
            (r#""{ __typename }""#, "A request must be a JSON object."),
            ("{}", r#"The request has no document. Send "query", or the id of a persisted or trusted document."#),
            (r#"{"query": 5}"#, r#"The parameter "query" is not a string."#),
            (r#"{"query": null}"#, r#"The request has no document. Send "query", or the id of a persisted or trusted document."#),
            (r#"{"query": "{ __typename }", "operationName": 5}"#, r#"The parameter "operationName" is not a string."#),
            (r#"{"query": "{ __typename }", "variables": []}"#, r#"The parameter "variables" is not an object."#),
            (r#"{"query": "{ __typename }", "variables": "{}"}"#, r#"The parameter "variables" is not an object."#),
            (r#"{"query": "{ __typename }", "extensions": 1}"#, r#"The parameter "extensions" is not an object."#),
            (r#"{"query": "{ __typename }", "extensions": {"cost": "yes"}}"#, r#""extensions.cost" must be true or false."#),
        ] {
            assert_eq!(post(app, "application/json", body).await, refused(400, "BAD_REQUEST", message), "{body}");
        }
        assert_eq!(post(app, "application/json", vec![0xff, 0xfe]).await, refused(400, "BAD_REQUEST", "The body is not JSON."));
    }
}

on_both_databases! {
    async fn a_document_may_be_requested_by_its_id(app: &TestApp) {
        let hash = "3c0e23c7e4b9a2a4cb5fd2d2c4f6fb2d1a2f64b4a25ab3c8e9bbab5e2f8b7f11";
        let persisted = r#""extensions.persistedQuery" must be {"version": 1, "sha256Hash": "..."} with 64 hexadecimal digits, or the id of a trusted document."#;
        let id = r#"The parameter "documentId" must be "sha256:" and 64 hexadecimal digits in lower case, or an id of letters, digits and "-._~"."#;
        let different = r#""documentId" and "extensions.persistedQuery" name different documents."#;
        for (request, message) in [
            (json!({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": hash}}}), persisted),
            (json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a/b"}}}), persisted),
            (json!({"extensions": {"persistedQuery": {"version": 1}}}), persisted),
            (json!({"extensions": {"persistedQuery": "x"}}), persisted),
            (json!({"documentId": ""}), id),
            (json!({"documentId": "sha256:abc"}), id),
            (json!({"documentId": "a b"}), id),
            (json!({"documentId": "x".repeat(257)}), id),
            (json!({"documentId": 1}), r#"The parameter "documentId" is not a string."#),
            (json!({"documentId": "page", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}), different),
        ] {
            assert_eq!(post(app, "application/json", request.to_string()).await, refused(400, "BAD_REQUEST", message), "{request}");
        }
    }
}

on_both_databases! {
    async fn a_request_may_be_sent_by_get(app: &TestApp) {
        let query = "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }";
        let response = get(app, "*/*", &[("query", query), ("variables", r#"{"slug": "microneedling"}"#)]).await;
        assert_eq!(response, (200, JSON.to_owned(), json!({"data": {"procedure": {"name": "Microneedling"}}})));
        let plain = [("query", "{ __typename }"), ("variables", ""), ("operationName", ""), ("extensions", ""), ("documentId", ""), ("other", "1"), ("other", "2")];
        assert_eq!(get(app, "*/*", &plain).await, fine());
        for (parameters, message) in [
            (&[][..], r#"The request has no document. Send "query", or the id of a persisted or trusted document."#),
            (&[("query", query), ("variables", "x")], r#"The parameter "variables" is not JSON."#),
            (&[("query", query), ("variables", "[]")], r#"The parameter "variables" is not an object."#),
            (&[("query", query), ("extensions", "1")], r#"The parameter "extensions" is not an object."#),
            (&[("query", query), ("query", query)], r#"The parameter "query" occurs twice."#),
            (&[("query", query), ("variables", ""), ("variables", "{}")], r#"The parameter "variables" occurs twice."#),
        ] {
            assert_eq!(get(app, "*/*", parameters).await, refused(400, "BAD_REQUEST", message), "{parameters:?}");
        }
    }
}

on_both_databases! {
    async fn one_of_several_operations_is_run_by_its_name(app: &TestApp) {
        let query = "query A { a: __typename } query B($n: Int = 1) { procedures(first: $n) { nodes { slug } } }";
        let run = |name: Json| app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query, "operationName": name})).send();
        let body = |response: Response| async { response.json::<Json>().await.unwrap() };
        assert_eq!(body(run(json!("A")).await.unwrap()).await, json!({"data": {"a": "Query"}}));
        assert_eq!(body(run(json!("B")).await.unwrap()).await, json!({"data": {"procedures": {"nodes": [{"slug": "botulinum-toxin"}]}}}));
        for (name, message) in [(json!("C"), "The document has no operation with this operationName."), (Json::Null, "The document has several operations; operationName is required.")] {
            let errors = body(run(name).await.unwrap()).await;
            assert_eq!(errors, json!({"errors": [{"message": message, "extensions": {"code": "VALIDATION"}}]}));
        }
        let one = get(app, "*/*", &[("query", query), ("operationName", "A")]).await;
        assert_eq!(one.2, json!({"data": {"a": "Query"}}));
    }
}

on_both_databases! {
    async fn other_methods_are_not_allowed(app: &TestApp) {
        let address = format!("{}/graphql", app.address);
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let response = app.client().request(method, &address).body("{}").send().await.unwrap();
            assert_eq!(response.headers()["allow"], "GET, POST");
            assert_eq!(received(response).await, refused(405, "METHOD_NOT_ALLOWED", "Use GET or POST."));
        }
        let head = app.client().head(format!("{address}?query={{__typename}}")).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["allow"]), (405, &"GET, POST".parse().unwrap()));
        let options = app.client().request(Method::OPTIONS, &address).send().await.unwrap();
        assert_eq!((options.status().as_u16(), &options.headers()["allow"]), (204, &"GET, POST".parse().unwrap()));
    }
}

on_both_databases! {
    async fn programs_get_json_at_unknown_urls(app: &TestApp) {
        let nothing = "There is nothing at this URL.";
        for path in ["/graphql/", "/graphiql", "/metrics", "/health"] {
            let response = app.client().get(format!("{}{path}", app.address)).header("accept", "application/json").send().await.unwrap();
            assert_eq!(received(response).await, refused(404, "NOT_FOUND", nothing), "{path}");
        }
        let page = app.client().get(format!("{}/elsewhere", app.address)).header("accept", "text/html").send().await.unwrap();
        assert_eq!((page.status().as_u16(), &page.headers()["content-type"]), (404, &"text/html; charset=utf-8".parse().unwrap()));
        let text = page.text().await.unwrap();
        assert!(text.contains(nothing) && text.contains(r#"href="./playground""#), "{text}");
        let deeper = app.client().get(format!("{}/some/where/else", app.address)).header("accept", crate::visits::BROWSER).send().await.unwrap();
        let text = deeper.text().await.unwrap();
        assert!(text.contains(r#"href="./../../playground""#) && text.contains(r#"href="./../../reference""#), "{text}");
    }
}

on_both_databases! {
    async fn a_failure_of_the_service_is_not_an_error_of_the_client(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        app.store.writer().execute_unprepared("ALTER TABLE revision RENAME TO elsewhere").await.unwrap();
        let (status, _, body) = get(app, "application/graphql-response+json", &[("query", "{ library { revision } }")]).await;
        assert_eq!((status, &body["data"], &body["errors"][0]["extensions"]["code"]), (200, &Json::Null, &json!("INTERNAL")), "{body}");
        assert!(body.as_object().unwrap().contains_key("data"), "it was run, so there is data, and it is null: {body}");
    }
}
