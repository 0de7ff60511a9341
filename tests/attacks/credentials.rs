//! Invalid credentials and refused requests: both must cost little, and invalid credentials must not use a permit.

use std::fs;

use serde_json::json;

use crate::{
    attack::{Attack, Conduct, made, numbered, same},
    frames::{HANDSHAKE, message},
    lab,
    requests::{post, post_with, unique},
};

/// Connections of a flood.
const FLOOD: usize = 20;
/// A public key that signed no token of these attacks (RFC 7517, appendix A.1).
const KEYS: &str = r#"{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"k","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]}"#;

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_invalid_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json");
    fs::write(&keys, KEYS).unwrap();
    // Flags are `&'static str`, so the path is leaked.
    let keys: &'static str = Box::leak(keys.to_str().unwrap().to_owned().into_boxed_str());
    let issuer = ["--jwt-issuer", "https://login.example", "--jwt-audience", "dermagraph", "--jwt-jwks", keys];
    lab::withstands("credentials", &[bad(&issuer), refused()].into_iter().flatten().collect::<Vec<_>>());
}

fn with(name: &'static str, authorization: impl Fn(usize) -> String + Send + Sync + 'static) -> Attack {
    let body = json!({"query": "{__typename}"}).to_string();
    let request = move |number| {
        let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {}\r\n", authorization(number));
        post_with(&headers, body.as_bytes())
    };
    Attack::new(name, Conduct::requests(FLOOD, made(request)))
}

/// Returns a key in the form of those that the service creates, which the database does not have.
pub fn unknown_key(number: usize) -> String {
    format!("dg_{number:0>12x}_{number:0>42}A")
}

/// Returns a token with this header and an invalid signature. It is nearly as long as a token may be.
fn token(header: &serde_json::Value, number: usize) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let claims = json!({"iss": "https://login.example", "aud": "dermagraph", "sub": format!("{number:x>2000}"), "exp": 4_000_000_000_u64});
    let parts = [header.to_string(), claims.to_string(), "x".repeat(256)];
    parts.map(|part| BASE64.encode(part)).join(".")
}

fn bad(issuer: &[&'static str]) -> Vec<Attack> {
    let rs256 = json!({"alg": "RS256", "kid": "k", "typ": "JWT"});
    vec![
        with("keys that do not exist", unknown_key),
        with("credentials of 60 KB", |number| format!("{number:x>60000}")),
        with("tokens with an invalid signature", move |number| token(&rs256, number)).on(issuer),
        with("tokens with unknown key ids", |number| token(&json!({"alg": "RS256", "kid": format!("{number}")}), number))
            .on(issuer),
        with("tokens of no algorithm", |number| token(&json!({"alg": "none"}), number)).on(issuer),
        Attack::new(
            "invalid keys on sockets",
            Conduct::churn(
                50,
                made(|number| {
                    let payload = json!({"authorization": format!("Bearer {}", unknown_key(number))});
                    [HANDSHAKE.as_bytes(), &message(&json!({"type": "connection_init", "payload": payload}))].concat()
                }),
            ),
        ),
    ]
}

fn refused() -> Vec<Attack> {
    let fields = |document: &str, field: &str| document.replace('?', &format!("{field} ").repeat(9900));
    let introspection = fields("{__schema{?}}", "description");
    let subscription = fields("subscription{library{?}}", "revision");
    let of = |name, text: String| Attack::new(name, Conduct::requests(FLOOD, numbered(unique(&text))));
    vec![
        of("introspection that is refused", introspection).on(&["--rate-limit", "6000", "--introspection-role", "admin"]),
        of("subscriptions that are refused", subscription).on(&["--rate-limit", "6000"]),
        Attack::new(
            "bodies that are not JSON",
            Conduct::requests(
                FLOOD,
                made(|number| {
                    post_with("Content-Type: application/json\r\n", format!("{number}{}", "[".repeat(900_000)).as_bytes())
                }),
            ),
        ),
        Attack::new(
            "a batch that is too long",
            Conduct::requests(FLOOD, same(post(&json!(vec![json!({"query": "{a}"}); 30_000])))),
        ),
    ]
}
