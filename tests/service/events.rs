//! GraphQL over server-sent events: <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>.

use std::net::TcpListener;

use dermagraph::{access::AccessConfig, app::Config, http::socket::SocketConfig};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases};

const QUERY: &str = "query ($slug: String!) { procedure(by: {slug: $slug}) { name } }";
const RESPONSE: &str =
    "event: next\ndata: {\"data\":{\"procedure\":{\"name\":\"Microneedling\"}}}\n\nevent: complete\ndata: \n\n";

async fn post(app: &TestApp, body: &Json) -> reqwest::Response {
    let request = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
    request.json(body).send().await.unwrap()
}

on_both_databases! {
    async fn a_query_runs_over_server_sent_events(app: &TestApp) {
        let variables = json!({"slug": "microneedling"});
        let posted = post(app, &json!({"query": QUERY, "variables": variables})).await;
        let parameters = [("query", QUERY), ("variables", &variables.to_string())];
        let address = reqwest::Url::parse_with_params(&format!("{}/graphql", app.address), parameters).unwrap();
        let got = app.client().get(address).header("accept", "text/event-stream").send().await.unwrap();
        for response in [posted, got] {
            assert_eq!(response.status(), 200);
            for (name, value) in [
                ("content-type", "text/event-stream; charset=utf-8"),
                ("cache-control", "no-cache"),
                ("content-encoding", "identity"),
                ("x-accel-buffering", "no"),
            ] {
                assert_eq!(response.headers()[name], value, "{name}");
            }
            assert_eq!(response.text().await.unwrap(), RESPONSE);
        }
    }
}

on_both_databases! {
    async fn an_invalid_document_is_reported_as_an_event(app: &TestApp) {
        let response = post(app, &json!({"query": "{ nothing }"})).await;
        assert_eq!(response.status(), 200);
        let text = response.text().await.unwrap();
        let event = text.strip_suffix("event: complete\ndata: \n\n").unwrap();
        let body: Json = serde_json::from_str(event.strip_prefix("event: next\ndata: ").unwrap()).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "VALIDATION", "{body}");
        assert_eq!(body.get("data"), None);
    }
}

#[actix_web::test]
async fn a_malformed_request_gets_an_http_error_and_no_stream() {
    let app = TestApp::sqlite().await;
    let response = post(&app, &json!([])).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (400, &"application/json; charset=utf-8".parse().unwrap())
    );
    assert_eq!(response.json::<Json>().await.unwrap()["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[actix_web::test]
async fn a_stream_above_the_limit_is_counted_and_not_charged() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = format!("http://{}/metrics", listener.local_addr().unwrap());
    let sockets = SocketConfig { max_sockets: 1, ..SocketConfig::default() };
    let access = AccessConfig { rate_limit: 1000, ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { metrics: Some(listener), sockets, access, ..Config::default() }).await;
    let open = post(&app, &json!({"query": "subscription { library { revision } }"})).await;
    assert_eq!(open.status(), 200);
    for _ in 0..10 {
        let query = "{ procedures(first: 100) { nodes { outcomes(first: 9) { nodes { id } } } } }";
        let refused = post(&app, &json!({"query": query})).await;
        assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (503, true));
        assert_eq!(refused.json::<Json>().await.unwrap()["errors"][0]["extensions"]["code"], "TOO_MANY_SOCKETS");
    }
    let counted = app.client().get(metrics).send().await.unwrap().text().await.unwrap();
    let line = r#"dermagraph_refused_total{code="TOO_MANY_SOCKETS"} 10"#;
    assert!(counted.lines().any(|one| one == line), "{counted}");
    drop(open);
}
