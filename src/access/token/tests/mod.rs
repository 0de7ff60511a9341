//! Valid and invalid tokens, signed with generated keys.

mod issuer;
mod refreshing;

use serde_json::{Value as Json, json};

use super::{Tokens, role_in};
use crate::access::{Identity, Principal, Role, config::TokenConfig, problem::INVALID_TOKEN};
use issuer::{AUDIENCE, ISSUER, Issuer, encoded, now};

/// Verifies tokens with this key set, which is in a file in the returned folder.
async fn tokens_of(jwks: &Json) -> (Tokens, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, jwks.to_string()).unwrap();
    (tokens_from(path.to_str().unwrap()).await.unwrap(), folder)
}

async fn tokens_from(source: &str) -> Result<Tokens, String> {
    let jwks = source.parse().unwrap();
    let config =
        TokenConfig { issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned(), jwks, role_claim: "role".to_owned() };
    Tokens::open(config).await.map_err(|failure| failure.to_string())
}

fn principal(role: Role) -> Principal {
    Principal { identity: Identity::Token { subject: "somebody".to_owned() }, role: Some(role) }
}

/// Valid claims with changes; null removes a claim.
fn claims(changes: &Json) -> Json {
    let mut claims =
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": now() + 60, "nbf": now(), "role": "editor"});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

#[tokio::test]
async fn a_valid_token_identifies_the_principal() {
    for issuer in [Issuer::p256("one"), Issuer::p384("one"), Issuer::ed25519("one")] {
        let (tokens, _folder) = tokens_of(&issuer.jwks()).await;
        assert_eq!(tokens.authenticate(&issuer.token(&claims(&json!({})))).await, Ok(principal(Role::Editor)));
        let several = claims(
            &json!({"aud": ["another", AUDIENCE], "role": ["reader", "admin"], "exp": now() - 20, "nbf": now() + 20}),
        );
        assert_eq!(
            tokens.authenticate(&issuer.token(&several)).await,
            Ok(principal(Role::Admin)),
            "clocks may differ a little"
        );
        let without_role = claims(&json!({"role": null, "nbf": null}));
        assert_eq!(tokens.authenticate(&issuer.token(&without_role)).await, Ok(principal(Role::Reader)));
    }
}

#[tokio::test]
async fn rsa_signatures_of_each_kind_are_checked() {
    let signed: Json = serde_json::from_str(include_str!("rsa.json")).unwrap();
    let (tokens, _folder) = tokens_of(&signed["jwks"]).await;
    assert_eq!(signed["tokens"].as_object().unwrap().len(), 6);
    for (algorithm, token) in signed["tokens"].as_object().unwrap() {
        let token = token.as_str().unwrap();
        assert_eq!(tokens.authenticate(token).await, Ok(principal(Role::Reader)), "{algorithm}");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (head, _) = message.split_once('.').unwrap();
        let forged = format!("{head}.{}.{signature}", encoded(&claims(&json!({"role": "admin"}))));
        assert_eq!(tokens.authenticate(&forged).await, Err(INVALID_TOKEN), "{algorithm}");
    }
    // A key that is bound to one algorithm is not used with another.
    let mut bound = signed["jwks"].clone();
    bound["keys"][0]["alg"] = json!("PS256");
    let (tokens, _folder) = tokens_of(&bound).await;
    for (algorithm, token) in signed["tokens"].as_object().unwrap() {
        assert_eq!(tokens.authenticate(token.as_str().unwrap()).await.is_ok(), algorithm == "PS256", "{algorithm}");
    }
}

#[tokio::test]
async fn invalid_claims_are_refused() {
    let issuer = Issuer::p256("one");
    let (tokens, _folder) = tokens_of(&issuer.jwks()).await;
    let invalid = [
        json!({"exp": now() - 31 - 1}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"nbf": now() + 31 + 5}),
        json!({"nbf": "yesterday"}),
        json!({"iss": "https://issuer.example.org"}),
        json!({"iss": null}),
        json!({"aud": "another"}),
        json!({"aud": ["another", "dermagraph-test"]}),
        json!({"aud": null}),
        json!({"sub": null}),
        json!({"sub": 7}),
        json!({"iss": [ISSUER]}),
        json!({"iss": ["https://evil.example", ISSUER]}),
        json!({"iss": {"0": ISSUER}}),
        json!({"sub": ""}),
        json!({"sub": "  "}),
        json!({"sub": ["somebody"]}),
        json!({"sub": "some\nbody"}),
        json!({"sub": "x".repeat(256)}),
        json!({"aud": {"dermagraph": true}}),
        json!({"aud": 5}),
        json!({"exp": [now() + 60]}),
        json!({"exp": 1e300}),
        json!({"nbf": -1e300}),
    ];
    for changes in invalid {
        assert_eq!(tokens.authenticate(&issuer.token(&claims(&changes))).await, Err(INVALID_TOKEN), "{changes}");
    }
}

#[tokio::test]
async fn a_token_cannot_choose_how_it_is_verified() {
    let issuer = Issuer::p256("one");
    let (tokens, _folder) = tokens_of(&issuer.jwks()).await;
    let payload = encoded(&claims(&json!({"role": "admin"})));
    for algorithm in ["none", "None", ""] {
        let head = encoded(&json!({"alg": algorithm, "kid": "one"}));
        for signature in ["", "AA"] {
            let token = format!("{head}.{payload}.{signature}");
            assert_eq!(tokens.authenticate(&token).await, Err(INVALID_TOKEN), "{algorithm}");
        }
    }
    // Signed with the public key, in the encodings that a faulty verifier might use as a shared secret.
    let public = issuer.public_key();
    for secret in [public.clone(), public[1..].to_vec(), issuer.jwks().to_string().into_bytes()] {
        let message = format!("{}.{payload}", encoded(&json!({"alg": "HS256", "kid": "one"})));
        let forged = format!("{message}.{}", issuer::hs256(&secret, &message));
        assert_eq!(tokens.authenticate(&forged).await, Err(INVALID_TOKEN));
    }
    // A shared secret in the set is never used.
    let secret = json!({"kty": "oct", "kid": "secret", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"});
    let set = json!({"keys": [issuer.jwks()["keys"][0], secret]});
    let (tokens, _folder) = tokens_of(&set).await;
    let message = format!("{}.{payload}", encoded(&json!({"alg": "HS256", "kid": "secret"})));
    let forged = format!("{message}.{}", issuer::hs256(b"secretsecretsecretsecret", &message));
    assert_eq!(tokens.authenticate(&forged).await, Err(INVALID_TOKEN));
}

#[tokio::test]
async fn other_keys_and_broken_tokens_are_refused() {
    let (issuer, stranger) = (Issuer::p256("one"), Issuer::p256("one"));
    let (tokens, _folder) = tokens_of(&issuer.jwks()).await;
    let valid = issuer.token(&claims(&json!({})));
    let (message, _) = valid.rsplit_once('.').unwrap();
    let long = issuer.token(&claims(&json!({"padding": "x".repeat(10_000)})));
    let invalid = [
        stranger.token(&claims(&json!({}))),
        issuer.token_with(&json!({"alg": "ES256", "kid": "two"}), &claims(&json!({}))),
        issuer.token_with(&json!({"alg": "RS256", "kid": "one"}), &claims(&json!({}))),
        issuer.token_with(&json!({"alg": "ES256", "kid": "one", "crit": ["b64"], "b64": false}), &claims(&json!({}))),
        issuer.token_with(&json!({"alg": "ES256", "jwk": stranger.jwks()["keys"][0], "kid": "two"}), &claims(&json!({}))),
        message.to_owned(),
        format!("{message}."),
        format!("{valid}."),
        format!("{valid}A"),
        "a.b.c".to_owned(),
        "..".to_owned(),
        String::new(),
        long,
    ];
    for token in invalid {
        assert_eq!(tokens.authenticate(&token).await, Err(INVALID_TOKEN), "{token}");
    }
    // If the token names no key, the only key that matches is used.
    let unnamed = issuer.token_with(&json!({"alg": "ES256"}), &claims(&json!({})));
    assert_eq!(tokens.authenticate(&unnamed).await, Ok(principal(Role::Editor)));
    let two = json!({"keys": [issuer.jwks()["keys"][0], Issuer::p256("two").jwks()["keys"][0]]});
    let (tokens, _folder) = tokens_of(&two).await;
    assert_eq!(tokens.authenticate(&unnamed).await, Err(INVALID_TOKEN));
}

#[test]
fn the_role_claim_is_a_name_or_a_path_and_its_highest_role_counts() {
    let claims = json!({
        "role": "editor",
        "roles": ["reader", "publisher", "gardener", 7],
        "realm": {"access": {"roles": ["admin"]}},
        "https://example.org/role": "publisher",
        "unknown": "Admin",
        "none": [],
    });
    let claims = claims.as_object().unwrap();
    let found = [
        ("role", Role::Editor),
        ("roles", Role::Publisher),
        ("realm.access.roles", Role::Admin),
        ("https://example.org/role", Role::Publisher),
        ("unknown", Role::Reader),
        ("none", Role::Reader),
        ("realm", Role::Reader),
        ("missing.entirely", Role::Reader),
    ];
    for (claim, role) in found {
        assert_eq!(role_in(claims, claim), role, "{claim}");
    }
}
