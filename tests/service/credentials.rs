//! The credentials of sockets and event streams: they are revoked, they expire, or they cannot be verified at the moment.

use std::time::Duration;

use dermagraph::{
    access::{AccessConfig, CreatedKey, KEY_CACHE_AGE, Role, keys},
    app::Config,
    library::DocumentFile,
    store::CONNECTIONS,
};
use reqwest::Response;
use serde_json::{Value as Json, json};
use tokio::time::{sleep, timeout};

#[path = "../../src/access/token/tests/issuer.rs"]
#[expect(dead_code, reason = "the unit tests use all of it")]
mod issuer;

use issuer::{AUDIENCE, ISSUER, Issuer, now};

use crate::{
    sockets::{Socket, Sockets, close_frame},
    support::{TestApp, on_both_databases, publish, starter_documents},
};

const SUBSCRIPTION: &str = "subscription { library { revision } }";

/// Starts another service on the database of a service. Its clients need the role `reader`.
async fn service(app: &TestApp, access: AccessConfig) -> TestApp {
    let access = AccessConfig { require_role: Some(Role::Reader), ..access };
    TestApp::set(&app.url, None, Config { access, ..Config::default() }).await
}

async fn key(app: &TestApp) -> CreatedKey {
    keys::create(&app.store, "test", Role::Reader, None).await.unwrap()
}

/// Returns the starter library with another name of microneedling.
fn renamed(name: &str) -> Vec<DocumentFile> {
    let mut documents = starter_documents();
    let document = documents.iter_mut().find(|file| file.name.ends_with("procedures/microneedling.yaml")).unwrap();
    document.text = document.text.replace("name: Microneedling\n", &format!("name: {name}\n"));
    documents
}

fn init(credential: &str) -> Json {
    json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {credential}")}})
}

fn next(id: &str, revision: u64) -> Json {
    json!({"id": id, "type": "next", "payload": {"data": {"library": {"revision": revision}}}})
}

/// Opens a socket with a subscription, whose first response has arrived.
async fn socket(app: &TestApp, credential: &str) -> Socket {
    let mut socket = Sockets::at(app).socket().await;
    socket.send_json(init(credential)).await;
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    socket.subscribe("1", SUBSCRIPTION, json!({})).await;
    assert_eq!(socket.receive().await, next("1", 1));
    socket
}

/// The event stream of a subscription.
struct Events(Response);

impl Events {
    /// Opens an event stream, whose first event has arrived.
    async fn open(app: &TestApp, credential: &str) -> Self {
        let request = app.client().post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
        let request = request.bearer_auth(credential).json(&json!({"query": SUBSCRIPTION}));
        let mut events = Self(request.send().await.unwrap());
        events.until(r#""revision":1"#).await;
        events
    }

    /// Reads until this text has arrived. Returns what was read.
    async fn until(&mut self, text: &str) -> String {
        let mut read = String::new();
        while !read.contains(text) {
            let bytes = self.0.chunk().await.unwrap().unwrap_or_else(|| panic!("the stream ended after {read:?}"));
            read.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        read
    }

    /// Reads to the end of the stream, which must follow soon.
    async fn rest(self) -> String {
        timeout(Duration::from_secs(10), self.0.text()).await.expect("the stream ends").unwrap()
    }
}

on_both_databases! {
    async fn a_subscription_ends_with_its_credential(app: &TestApp) {
        let (issuer, folder) = (Issuer::p256("one"), tempfile::tempdir().unwrap());
        let file = folder.path().join("jwks.json");
        std::fs::write(&file, issuer.jwks().to_string()).unwrap();
        let access = AccessConfig {
            jwt_issuer: Some(ISSUER.to_owned()),
            jwt_audience: Some(AUDIENCE.to_owned()),
            jwt_jwks: Some(file.to_str().unwrap().to_owned()),
            ..AccessConfig::default()
        };
        let app = service(app, access).await;
        let key = key(&app).await;
        // Clocks may differ by 30 seconds, so the token is valid for six more seconds.
        let token = issuer.token(&json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "test", "exp": now() - 24}));
        let (mut sockets, mut streams) = (Vec::new(), Vec::new());
        for credential in [&key.text, &token] {
            sockets.push(socket(&app, credential).await);
            streams.push(Events::open(&app, credential).await);
        }
        keys::revoke(&app.store, &key.listed.id).await.unwrap();
        sleep(Duration::from_secs(8)).await;
        publish(&app, &renamed("Micro-needling")).await;
        for socket in sockets {
            assert_eq!(socket.close_frame().await, close_frame(4403, "Forbidden"));
        }
        for stream in streams {
            let rest = stream.rest().await;
            assert!(rest.contains("UNAUTHENTICATED") && !rest.contains(r#""revision":2"#), "{rest}");
        }
    }
}

on_both_databases! {
    async fn a_subscription_continues_after_its_credential_could_not_be_verified(app: &TestApp) {
        let app = service(app, AccessConfig::default()).await;
        let key = key(&app).await.text;
        let (mut open, mut events) = (socket(&app, &key).await, Events::open(&app, &key).await);
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS.get() {
            held.push(app.store.snapshot().await.unwrap());
        }
        // After this time, the service reads the key again, for which it has no connection.
        sleep(KEY_CACHE_AGE).await;
        publish(&app, &renamed("Micro-needling")).await;
        let open_socket = async {
            open.subscribe("2", SUBSCRIPTION, json!({})).await;
            let mut messages = [open.receive().await, open.receive().await];
            messages.sort_by_key(|message| message["id"].to_string());
            messages
        };
        let new_socket = async {
            let mut new = Sockets::at(&app).socket().await;
            new.send_json(init(&key)).await;
            new.close_frame().await
        };
        let ([event, refusal], closed, text) = tokio::join!(open_socket, new_socket, events.until("UNAVAILABLE"));
        let payload = &event["payload"];
        assert_eq!((&event["id"], &event["type"], payload.get("data")), (&json!("1"), &json!("next"), None), "{event}");
        assert_eq!(payload["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{event}");
        assert_eq!((&refusal["id"], &refusal["type"]), (&json!("2"), &json!("error")), "{refusal}");
        assert_eq!(refusal["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{refusal}");
        assert_eq!(closed, close_frame(1013, "Try again later"));
        assert!(!text.contains(r#""revision":2"#), "{text}");
        drop(held);
        // The missed revision follows without another publication.
        assert_eq!(open.receive().await, next("1", 2));
        let text = events.until(r#""revision":2"#).await;
        assert!(!text.contains("UNAVAILABLE"), "the error is sent once for each revision: {text}");
        publish(&app, &renamed("Needling of the skin")).await;
        assert_eq!(open.receive().await, next("1", 3));
        events.until(r#""revision":3"#).await;
    }
}

on_both_databases! {
    async fn invalid_credentials_close_a_socket_also_if_the_budget_of_the_address_is_empty(app: &TestApp) {
        // The handshake and `connection_init` cost one point each.
        let app = service(app, AccessConfig { rate_limit: 2, ..AccessConfig::default() }).await;
        let mut socket = Sockets::at(&app).socket().await;
        socket.send_json(init("dg_wrong")).await;
        assert_eq!(socket.close_frame().await, close_frame(4403, "Forbidden"));
    }
}
