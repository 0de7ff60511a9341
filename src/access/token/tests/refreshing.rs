//! Key sets that change, in a file and at a URL.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use serde_json::{Value as Json, json};

use super::{Issuer, claims, principal, tokens_from, tokens_of};
use crate::access::{AccessProblem, Role, problem::INVALID_TOKEN, token::JwksSource};

/// A local server that responds to every request with the key set, or with an error.
struct Server {
    url: String,
    response: Arc<Mutex<Option<Json>>>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn start(response: Option<Json>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys?of=hunter2", listener.local_addr().unwrap());
        let server = Self { url, response: Arc::new(Mutex::new(response)), requests: Arc::default() };
        let (response, requests) = (Arc::clone(&server.response), Arc::clone(&server.requests));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                // The head of the request ends with an empty line.
                let lines = BufReader::new(connection.try_clone().unwrap()).lines();
                let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).count();
                assert!(head > 0);
                requests.fetch_add(1, Ordering::SeqCst);
                let (status, body) = match &*response.lock().unwrap() {
                    Some(set) => ("200 OK", set.to_string()),
                    None => ("503 Service Unavailable", String::new()),
                };
                let length = body.len();
                write!(connection, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                    .unwrap();
            }
        });
        server
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_has_changed() {
    let (old, new) = (Issuer::p256("one"), Issuer::ed25519("another-key"));
    let (tokens, folder) = tokens_of(&old.jwks()).await;
    let path = folder.path().join("jwks.json");
    let (old_token, new_token) = (old.token(&claims(&json!({}))), new.token(&claims(&json!({}))));
    assert_eq!(tokens.authenticate(&new_token).await, Err(INVALID_TOKEN));
    std::fs::write(&path, new.jwks().to_string()).unwrap();
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
    assert_eq!(tokens.authenticate(&old_token).await, Err(INVALID_TOKEN));
    // An invalid key set does not replace a valid one.
    for broken in ["", "{}", r#"{"keys": []}"#] {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)), "{broken}");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let source = path.to_str().unwrap();
    let refused = async || tokens_from(source).await.err().unwrap();
    assert!(refused().await.starts_with(&format!("--jwt-jwks: the key set {source} cannot be used: ")));
    std::fs::write(&path, "-----BEGIN PUBLIC KEY-----").unwrap();
    assert!(refused().await.ends_with("it is not a JSON Web Key Set"));
    std::fs::write(&path, r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#).unwrap();
    assert!(refused().await.ends_with("it has no public key that can verify tokens"));
}

#[tokio::test]
async fn a_url_is_fetched_again_for_an_unknown_key_but_not_each_time() {
    let (old, new) = (Issuer::p256("one"), Issuer::p256("two"));
    let server = Server::start(Some(old.jwks()));
    let mut tokens = tokens_from(&server.url).await.unwrap();
    let (old_token, new_token) = (old.token(&claims(&json!({}))), new.token(&claims(&json!({}))));
    assert_eq!(tokens.authenticate(&old_token).await, Ok(principal(Role::Editor)));
    *server.response.lock().unwrap() = Some(new.jwks());
    for _ in 0..10 {
        assert_eq!(tokens.authenticate(&new_token).await, Err(INVALID_TOKEN));
    }
    assert_eq!(server.requests(), 1, "the pause is not over");
    tokens.keys.pause = Duration::ZERO;
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
    assert_eq!(server.requests(), 2);
    // The last valid set stays in use while the URL fails.
    *server.response.lock().unwrap() = None;
    assert_eq!(tokens.authenticate(&old_token).await, Err(INVALID_TOKEN));
    assert_eq!(server.requests(), 3);
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
}

#[tokio::test]
async fn a_fetch_is_completed_although_its_request_is_cancelled() {
    let (old, new) = (Issuer::p256("one"), Issuer::p256("two"));
    let server = Server::start(Some(old.jwks()));
    let mut tokens = tokens_from(&server.url).await.unwrap();
    let new_token = new.token(&claims(&json!({})));
    tokens.keys.pause = Duration::ZERO;
    {
        // The server responds when this lock is released.
        let mut response = server.response.lock().unwrap();
        *response = Some(new.jwks());
        let request = tokens.authenticate(&new_token);
        assert!(request.now_or_never().is_none(), "it waits for the fetch, and is cancelled");
    }
    tokens.keys.pause = Duration::from_hours(1);
    assert_eq!(tokens.authenticate(&new_token).await, Ok(principal(Role::Editor)));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_url_that_does_not_respond_at_the_start_only_makes_tokens_unavailable() {
    let issuer = Issuer::p256("one");
    let server = Server::start(None);
    let tokens = tokens_from(&server.url).await.unwrap();
    let refused = tokens.authenticate(&issuer.token(&claims(&json!({})))).await.unwrap_err();
    assert_eq!(refused.code, AccessProblem::UNAVAILABLE);
}

#[test]
fn a_source_is_a_file_or_a_url_and_never_shows_its_secrets() {
    let shown = |text: &str| text.parse::<JwksSource>().map(|source| source.to_string());
    assert_eq!(shown("keys/jwks.json"), Ok("keys/jwks.json".to_owned()));
    assert_eq!(shown("https://issuer.example/keys?code=hunter2"), Ok("https://issuer.example/keys".to_owned()));
    for text in ["https://u:hunter2@issuer.example/", "ftp://issuer.example/hunter2", "https://hunter2 /", "http://"] {
        assert!(!shown(text).unwrap_err().contains("hunter2"), "{text}");
    }
}
