//! Key sets that change: in a file, and at an address.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value as Json, json};

use super::{Issuer, claims, somebody, tokens_from, tokens_of};
use crate::access::{AccessProblem, Role, problem::BAD_TOKEN, token::JwksSource};

/// A server on this machine that answers every request with the key set, or with an error.
struct Server {
    url: String,
    answer: Arc<Mutex<Option<Json>>>,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: Option<Json>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys?of=hunter2", listener.local_addr().unwrap());
        let server = Self { url, answer: Arc::new(Mutex::new(answer)), asked: Arc::default() };
        let (answer, asked) = (Arc::clone(&server.answer), Arc::clone(&server.asked));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                // The head of the request ends with an empty line.
                let lines = BufReader::new(connection.try_clone().unwrap()).lines();
                let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).count();
                assert!(head > 0);
                asked.fetch_add(1, Ordering::SeqCst);
                let (status, body) = match &*answer.lock().unwrap() {
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

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_has_changed() {
    let (old, new) = (Issuer::p256("one"), Issuer::ed25519("another-key"));
    let (tokens, folder) = tokens_of(&old.jwks()).await;
    let path = folder.path().join("jwks.json");
    let (old_token, new_token) = (old.token(&claims(&json!({}))), new.token(&claims(&json!({}))));
    assert_eq!(tokens.caller(&new_token).await, Err(BAD_TOKEN));
    std::fs::write(&path, new.jwks().to_string()).unwrap();
    assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)));
    assert_eq!(tokens.caller(&old_token).await, Err(BAD_TOKEN));
    // What cannot be used does not take the place of what can.
    for broken in ["", "{}", r#"{"keys": []}"#] {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)), "{broken}");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let source = path.to_str().unwrap();
    let refused = async || tokens_from(source).await.err().unwrap();
    assert!(refused().await.starts_with(&format!("--jwt-jwks: the key set {source} cannot be used: ")));
    std::fs::write(&path, "-----BEGIN PUBLIC KEY-----").unwrap();
    assert!(refused().await.ends_with("it is no JSON Web Key Set"));
    std::fs::write(&path, r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#).unwrap();
    assert!(refused().await.ends_with("it has no public key that tokens can be checked with"));
}

#[tokio::test]
async fn an_address_is_asked_again_for_a_key_that_is_not_known_but_not_each_time() {
    let (old, new) = (Issuer::p256("one"), Issuer::p256("two"));
    let server = Server::start(Some(old.jwks()));
    let mut tokens = tokens_from(&server.url).await.unwrap();
    let (old_token, new_token) = (old.token(&claims(&json!({}))), new.token(&claims(&json!({}))));
    assert_eq!(tokens.caller(&old_token).await, Ok(somebody(Role::Editor)));
    *server.answer.lock().unwrap() = Some(new.jwks());
    for _ in 0..10 {
        assert_eq!(tokens.caller(&new_token).await, Err(BAD_TOKEN));
    }
    assert_eq!(server.asked(), 1, "the minute is not over");
    tokens.keys.pause = Duration::ZERO;
    assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)));
    assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)));
    assert_eq!(server.asked(), 2);
    // The last good set stays while the address fails.
    *server.answer.lock().unwrap() = None;
    assert_eq!(tokens.caller(&old_token).await, Err(BAD_TOKEN));
    assert_eq!(server.asked(), 3);
    assert_eq!(tokens.caller(&new_token).await, Ok(somebody(Role::Editor)));
}

#[tokio::test]
async fn an_address_that_does_not_answer_yet_stops_nothing_but_tokens() {
    let issuer = Issuer::p256("one");
    let server = Server::start(None);
    let tokens = tokens_from(&server.url).await.unwrap();
    let refused = tokens.caller(&issuer.token(&claims(&json!({})))).await.unwrap_err();
    assert_eq!(refused.code, AccessProblem::UNAVAILABLE);
}

#[test]
fn a_source_is_a_file_or_an_address_and_keeps_its_secrets() {
    let shown = |text: &str| text.parse::<JwksSource>().map(|source| source.to_string());
    assert_eq!(shown("keys/jwks.json"), Ok("keys/jwks.json".to_owned()));
    assert_eq!(shown("https://issuer.example/keys?code=hunter2"), Ok("https://issuer.example/keys".to_owned()));
    for text in ["https://u:hunter2@issuer.example/", "ftp://issuer.example/hunter2", "https://hunter2 /", "http://"] {
        assert!(!shown(text).unwrap_err().contains("hunter2"), "{text}");
    }
}
