//! Caches and subscriptions have the result of a mutation immediately. Mutations over a socket.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{Author, PAYLOAD, area};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn a_cached_response_is_not_served_after_a_mutation(app: &TestApp) {
        let author = Author::publisher(app).await;
        let query = "{ bodyArea(by: {slug: \"elbow\"}) { name } bodyAreas { totalCount } }";
        for number in 1..=5 {
            let before = app.data(query).await;
            assert_eq!(app.data(query).await, before);
            let name = format!("Elbow {number}");
            author.save("BodyArea", &area("elbow", &name), "", PAYLOAD).await;
            assert_eq!(app.data(query).await["bodyArea"]["name"], name.as_str());
        }
    }
}

on_both_databases! {
    async fn a_subscription_sends_a_mutation_at_once(app: &TestApp) {
        let author = Author::publisher(app).await;
        let request = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
        let response = request.json(&json!({"query": "subscription { library { revision } }"})).send().await.unwrap();
        let mut events = response.bytes_stream();
        let mut next = async || {
            loop {
                let text = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
                if text.contains("revision") {
                    return text;
                }
            }
        };
        assert!(next().await.contains("{\"revision\":1}"));
        let mut waited = Duration::ZERO;
        for number in 2..=6 {
            author.save("BodyArea", &area("elbow", &format!("Elbow {number}")), "", PAYLOAD).await;
            let published = Instant::now();
            assert!(next().await.contains(&format!("{{\"revision\":{number}}}")));
            waited += published.elapsed();
        }
        // The latest revision is read every half second, so without a notification it would be two seconds.
        assert!(waited < Duration::from_secs(1), "{waited:?}");
    }
}

#[actix_web::test]
async fn a_mutation_runs_over_a_socket() {
    let app = TestApp::sqlite().await;
    let author = Author::publisher(&app).await;
    let mut request = format!("{}/graphql", app.address.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let query = format!("mutation ($area: BodyAreaDocument!) {{ saveBodyArea(document: $area) {{ {PAYLOAD} }} }}");
    for message in [
        json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", author.key)}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": {"area": area("elbow", "Elbow")}}}),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
    }
    let mut received = Vec::new();
    while received.len() < 3 {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            received.push(serde_json::from_str::<Json>(&text).unwrap());
        }
    }
    let types: Vec<&Json> = received.iter().map(|message| &message["type"]).collect();
    assert_eq!(types, ["connection_ack", "next", "complete"]);
    assert_eq!(received[1]["payload"]["data"]["saveBodyArea"]["revision"], 2);
}
