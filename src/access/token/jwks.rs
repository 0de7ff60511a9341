//! JSON Web Key Sets (RFC 7517): the public keys of an issuer.

use std::sync::Arc;

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse},
};

/// A public key that verifies signatures.
pub struct VerifyingKey {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl VerifyingKey {
    /// Returns the key itself.
    pub fn public_key(&self) -> &DecodingKey {
        &self.key
    }

    /// Reports whether the key may verify tokens that name this key id and this algorithm.
    fn matches(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm) && (id.is_none() || id == self.id.as_deref())
    }
}

/// Reads a key set. Keys for other uses and of unknown kinds are skipped, as the standard requires.
pub fn read(text: &[u8]) -> Result<Vec<VerifyingKey>, &'static str> {
    let set: JwkSet = serde_json::from_slice(text).map_err(|_| "it is not a JSON Web Key Set")?;
    let keys: Vec<VerifyingKey> = set.keys.iter().filter_map(verifying_key).collect();
    if keys.is_empty() { Err("it has no public key that can verify tokens") } else { Ok(keys) }
}

/// Returns the key for a token with this key id and algorithm. If the token names no key id, the key is used only if no
/// other key matches the algorithm.
pub fn choose<'a>(keys: &'a [Arc<VerifyingKey>], id: Option<&str>, algorithm: Algorithm) -> Option<&'a Arc<VerifyingKey>> {
    let mut matching = keys.iter().filter(|key| key.matches(id, algorithm));
    let first = matching.next()?;
    (id.is_some() || matching.next().is_none()).then_some(first)
}

fn verifying_key(jwk: &Jwk) -> Option<VerifyingKey> {
    let is_for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let operations = jwk.common.key_operations.as_ref();
    let verifies = operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    if !is_for_signatures || !verifies {
        return None;
    }
    let algorithms: Vec<Algorithm> = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms().to_vec(),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => vec![Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        // A shared secret does not belong in a set of public keys.
        _ => return None,
    };
    // A key may be bound to one algorithm.
    let is_allowed =
        |algorithm: &Algorithm| jwk.common.key_algorithm.is_none_or(|bound| bound == KeyAlgorithm::from(*algorithm));
    let algorithms: Vec<Algorithm> = algorithms.into_iter().filter(is_allowed).collect();
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (!algorithms.is_empty()).then(|| VerifyingKey { id: jwk.common.key_id.clone(), algorithms, key })
}
