//! The media type of a response, and the status that goes with each media type.

use serde_json::{Value as Json, json};

use crate::{
    http::{GRAPHQL, JSON, get, post, received, refused},
    support::{TestApp, on_both_databases},
};

const MODERN: &str = "application/graphql-response+json, application/json;q=0.9";

on_both_databases! {
    async fn the_status_depends_on_the_accepted_media_type(app: &TestApp) {
        let syntax = [("query", "{")];
        let invalid = [("query", "{ nothing }")];
        let variable = [("query", "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }")];
        let failing = [("query", "{ procedures(first: 1000) { totalCount } }")];
        let fine = [("query", "{ __typename }")];
        for (accept, parameters, status, content_type) in [
            (MODERN, syntax, 400, GRAPHQL), (MODERN, invalid, 400, GRAPHQL), (MODERN, variable, 400, GRAPHQL),
            (MODERN, failing, 200, GRAPHQL), (MODERN, fine, 200, GRAPHQL),
            ("application/json", syntax, 200, JSON), ("application/json", invalid, 200, JSON), ("application/json", variable, 200, JSON),
            ("application/json", failing, 200, JSON), ("application/json", fine, 200, JSON),
        ] {
            let (found, media, body) = get(app, accept, &parameters).await;
            assert_eq!((found, media.as_str()), (status, content_type), "{accept}: {body}");
            assert_eq!(body.get("data").is_some(), parameters == failing || parameters == fine, "what was not run has no data: {body}");
        }
    }
}

on_both_databases! {
    async fn a_request_that_cannot_be_read_is_400_in_either_type(app: &TestApp) {
        for (accept, content_type) in [(MODERN, GRAPHQL), ("application/json", JSON), ("*/*", JSON)] {
            let (status, media, body) = get(app, accept, &[]).await;
            assert_eq!((status, media.as_str(), &body["errors"][0]["extensions"]["code"]), (400, content_type, &json!("BAD_REQUEST")));
        }
    }
}

on_both_databases! {
    async fn a_client_that_accepts_no_supported_media_type_gets_an_error(app: &TestApp) {
        let message = "Accept application/graphql-response+json or application/json.";
        for accept in ["text/html", "image/*;q=0.5", "application/json;q=0", "application/xml, */*;q=0"] {
            assert_eq!(get(app, accept, &[("query", "{ __typename }")]).await, refused(406, "NOT_ACCEPTABLE", message), "{accept}");
        }
        for accept in ["", "*/*", "nonsense", ";;,q", "application/json;q=many", "text/html, application/*;q=0.1"] {
            assert_eq!(get(app, accept, &[("query", "{ __typename }")]).await, crate::http::fine(), "{accept}");
        }
    }
}

on_both_databases! {
    async fn vary_lists_the_headers_that_a_response_depends_on(app: &TestApp) {
        let response = app.client().post(format!("{}/graphql", app.address)).json(&json!({"query": "{ __typename }"})).send().await.unwrap();
        assert_eq!(response.headers()["vary"], "Accept, Accept-Encoding");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        received(response).await;
    }
}

on_both_databases! {
    async fn error_messages_do_not_repeat_the_request(app: &TestApp) {
        let secret = "Bearer-of-a-secret";
        for body in [
            format!(r#"{{"query": "{{ __typename }}", "variables": "{secret}"}}"#),
            format!(r#"{{"documentId": "{secret} ?"}}"#),
            format!(r#"{{"query": "{{ {secret}"}}"#),
            secret.to_owned(),
        ] {
            let (_, _, response): (_, _, Json) = post(app, "application/json", body).await;
            assert!(!response.to_string().contains("secret"), "{response}");
        }
    }
}

on_both_databases! {
    async fn a_subscription_as_a_single_response_is_refused(app: &TestApp) {
        let query = "subscription { library { revision } }";
        let by_address = app.client().get(format!("{}/graphql?query={query}", app.address)).send().await.unwrap();
        let message = "Subscriptions need server-sent events (accept text/event-stream) or a WebSocket.";
        assert_eq!(received(by_address).await, refused(406, "NOT_ACCEPTABLE", message));
        let (status, _, body) = post(app, "application/json", json!({"query": query}).to_string()).await;
        assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (406, &json!("NOT_ACCEPTABLE")));
        let (status, _, body) = post(app, "application/json", json!([{"query": query}, {"query": "{ __typename }"}]).to_string()).await;
        assert_eq!((status, &body[0]["data"], &body[1]["data"]), (200, &Json::Null, &json!({"__typename": "Query"})));
    }
}

on_both_databases! {
    async fn an_unknown_document_is_an_error_that_clients_of_persisted_queries_understand(app: &TestApp) {
        let hash = "ab".repeat(32);
        let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}}).to_string();
        for parameters in [("extensions", extensions.as_str()), ("documentId", &format!("sha256:{hash}"))] {
            for (accept, status) in [(MODERN, 400), ("application/json", 200)] {
                let (found, _, body) = get(app, accept, &[parameters]).await;
                assert_eq!((found, &body["errors"][0]["message"]), (status, &json!("PersistedQueryNotFound")), "{parameters:?}");
            }
        }
    }
}
