//! An issuer of tokens for tests: generated key pairs, their public key sets, and signed tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, KeyPair as _,
    },
};
use serde_json::{Value as Json, json};

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "dermagraph";

/// An issuer with one key.
pub struct Issuer {
    id: &'static str,
    algorithm: &'static str,
    pair: Pair,
}

enum Pair {
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Issuer {
    pub fn p256(id: &'static str) -> Self {
        Self { id, algorithm: "ES256", pair: curve(&ECDSA_P256_SHA256_FIXED_SIGNING) }
    }

    pub fn p384(id: &'static str) -> Self {
        Self { id, algorithm: "ES384", pair: curve(&ECDSA_P384_SHA384_FIXED_SIGNING) }
    }

    pub fn ed25519(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Pair::Edwards(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap());
        Self { id, algorithm: "EdDSA", pair }
    }

    /// The public key as bytes.
    pub fn public_key(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Curve(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Edwards(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The key set: the signing key, a key for encryption, and a key of an unknown kind.
    pub fn jwks(&self) -> Json {
        let public = self.public_key();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut key = match &self.pair {
            Pair::Curve(_) => {
                let (x, y) = public[1..].split_at(public.len() / 2);
                json!({"kty": "EC", "crv": if x.len() == 32 { "P-256" } else { "P-384" }, "x": text(x), "y": text(y)})
            }
            Pair::Edwards(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(&public)}),
        };
        key["kid"] = json!(self.id);
        let mut encrypting = key.clone();
        encrypting["use"] = json!("enc");
        json!({"keys": [key, encrypting, {"kty": "later", "kid": "later"}]})
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Json) -> String {
        self.token_with(&json!({"alg": self.algorithm, "kid": self.id, "typ": "JWT"}), claims)
    }

    /// A token with this header.
    pub fn token_with(&self, header: &Json, claims: &Json) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = match &self.pair {
            Pair::Curve(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap(),
            Pair::Edwards(pair) => pair.sign(message.as_bytes()),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn curve(algorithm: &'static EcdsaSigningAlgorithm) -> Pair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    Pair::Curve(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
}

/// Signs a message with a shared secret.
pub fn hs256(secret: &[u8], message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()))
}

/// Encodes one part of a token.
pub fn encoded(part: &Json) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// The current time in seconds, as in the claims of tokens.
pub fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}
