//! GraphQL over HTTP: <https://graphql.github.io/graphql-over-http/draft/>.

use reqwest::{Method, Response};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, story};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

/// Status, content type and body.
async fn seen(response: Response) -> (u16, String, Json) {
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), content_type, response.json().await.unwrap())
}

async fn post(app: &TestApp, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, String, Json) {
    let request = app.client().post(format!("{}/graphql", app.address)).header("content-type", content_type).body(body);
    seen(request.send().await.unwrap()).await
}

async fn get(app: &TestApp, accept: &str, parameters: &[(&str, &str)]) -> (u16, String, Json) {
    let address = reqwest::Url::parse_with_params(&format!("{}/graphql", app.address), parameters).unwrap();
    seen(app.client().get(address).header("accept", accept).send().await.unwrap()).await
}

fn refused(status: u16, code: &str, message: &str) -> (u16, String, Json) {
    (status, JSON.to_owned(), json!({"errors": [{"message": message, "extensions": {"code": code}}]}))
}

story! {
    async fn a_request_is_posted_as_json(app: &TestApp) {
        let answer = (200, JSON.to_owned(), json!({"data": {"__typename": "Query"}}));
        let body = r#"{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": {"any": 1}}"#;
        for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
            assert_eq!(post(app, content_type, body).await, answer, "{content_type}");
        }
        let wrong = refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as JSON, with Content-Type: application/json.");
        for content_type in ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "application/json-patch+json"] {
            assert_eq!(post(app, content_type, body).await, wrong, "{content_type}");
        }
    }
}

story! {
    async fn a_body_that_is_no_request_is_told(app: &TestApp) {
        let shape = r#"A request is an object with a text "query", and perhaps "variables" and "operationName"."#;
        for (body, message) in [
            ("", "The body is not JSON."),
            (r#"{"query":"#, "The body is not JSON."),
            ("{ __typename }", "The body is not JSON."),
            (r#"[{"query": "{ __typename }"}]"#, "The body is not a JSON object."),
            ("null", "The body is not a JSON object."),
            (r#""{ __typename }""#, "The body is not a JSON object."),
            ("{}", shape),
            (r#"{"query": 5}"#, shape),
            (r#"{"query": null}"#, shape),
            (r#"{"query": "{ __typename }", "operationName": 5}"#, shape),
            (r#"{"query": "{ __typename }", "variables": []}"#, r#""variables" is not an object."#),
            (r#"{"query": "{ __typename }", "variables": "{}"}"#, r#""variables" is not an object."#),
        ] {
            assert_eq!(post(app, "application/json", body).await, refused(400, "BAD_REQUEST", message), "{body}");
        }
        assert_eq!(post(app, "application/json", vec![0xff, 0xfe]).await, refused(400, "BAD_REQUEST", "The body is not JSON."));
    }
}

story! {
    async fn a_body_that_is_too_large_is_refused(app: &TestApp) {
        let body = |size: usize| format!(r#"{{"query": "{{ __typename }}{}"}}"#, " ".repeat(size));
        assert_eq!(post(app, "application/json", body(1_000_000)).await.0, 200);
        assert_eq!(post(app, "application/json", body(1_100_000)).await, refused(413, "PAYLOAD_TOO_LARGE", "The body is longer than 1 MiB."));
    }
}

story! {
    async fn a_request_may_be_an_address(app: &TestApp) {
        let query = "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }";
        let answer = get(app, "*/*", &[("query", query), ("variables", r#"{"slug": "microneedling"}"#)]).await;
        assert_eq!(answer, (200, JSON.to_owned(), json!({"data": {"procedure": {"name": "Microneedling"}}})));
        let plain = get(app, "*/*", &[("query", "{ __typename }"), ("variables", ""), ("operationName", "")]).await;
        assert_eq!(plain, (200, JSON.to_owned(), json!({"data": {"__typename": "Query"}})));
        assert_eq!(get(app, "*/*", &[]).await, refused(400, "BAD_REQUEST", r#"There is no parameter "query"."#));
        assert_eq!(get(app, "*/*", &[("query", query), ("variables", "x")]).await, refused(400, "BAD_REQUEST", r#"The parameter "variables" is not JSON."#));
        assert_eq!(get(app, "*/*", &[("query", query), ("variables", "[]")]).await, refused(400, "BAD_REQUEST", r#""variables" is not an object."#));
    }
}

story! {
    async fn one_of_several_operations_is_run_by_its_name(app: &TestApp) {
        let query = "query A { a: __typename } query B($n: Int = 1) { procedures(first: $n) { nodes { slug } } }";
        let run = |name: Json| app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": query, "operationName": name})).send();
        let body = |response: Response| async { response.json::<Json>().await.unwrap() };
        assert_eq!(body(run(json!("A")).await.unwrap()).await, json!({"data": {"a": "Query"}}));
        assert_eq!(body(run(json!("B")).await.unwrap()).await, json!({"data": {"procedures": {"nodes": [{"slug": "botulinum-toxin"}]}}}));
        for (name, message) in [(json!("C"), "The document has no operation of the name that is asked for."), (Json::Null, "The document has several operations; say which one with operationName.")] {
            let errors = body(run(name).await.unwrap()).await;
            assert_eq!(errors, json!({"errors": [{"message": message, "extensions": {"code": "VALIDATION"}}]}));
        }
        let one = get(app, "*/*", &[("query", query), ("operationName", "A")]).await;
        assert_eq!(one.2, json!({"data": {"a": "Query"}}));
    }
}

story! {
    async fn other_methods_are_not_allowed(app: &TestApp) {
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let response = app.client().request(method, format!("{}/graphql", app.address)).body("{}").send().await.unwrap();
            assert_eq!(response.headers()["allow"], "GET, POST");
            assert_eq!(seen(response).await, refused(405, "METHOD_NOT_ALLOWED", "Ask by POST or by GET."));
        }
    }
}

story! {
    async fn the_status_follows_the_media_type_that_is_accepted(app: &TestApp) {
        let modern = "application/graphql-response+json, application/json;q=0.9";
        let invalid = [("query", "{ nothing }")];
        let failing = [("query", "{ procedures(first: 1000) { totalCount } }")];
        let fine = [("query", "{ __typename }")];
        for (accept, parameters, status, content_type) in [
            (modern, invalid, 400, GRAPHQL), (modern, failing, 200, GRAPHQL), (modern, fine, 200, GRAPHQL),
            ("application/json", invalid, 200, JSON), ("application/json", failing, 200, JSON), ("application/json", fine, 200, JSON),
        ] {
            let (found, media, body) = get(app, accept, &parameters).await;
            assert_eq!((found, media.as_str()), (status, content_type), "{accept}: {body}");
            assert_eq!(body.get("data").is_some(), parameters != invalid, "a request that was not run has no data: {body}");
        }
    }
}

story! {
    async fn a_failure_on_our_side_is_no_mistake_of_the_caller(app: &TestApp) {
        use sea_orm::ConnectionTrait as _;
        app.store.writer().execute_unprepared("ALTER TABLE revision RENAME TO elsewhere").await.unwrap();
        let (status, _, body) = get(app, "application/graphql-response+json", &[("query", "{ library { revision } }")]).await;
        assert_eq!((status, &body["data"], &body["errors"][0]["extensions"]["code"]), (200, &Json::Null, &json!("INTERNAL")), "{body}");
        assert!(body.as_object().unwrap().contains_key("data"), "it was run, so there is data, and it is null: {body}");
    }
}
