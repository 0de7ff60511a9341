//! API keys as text: `dg_<id>_<secret>`.
//!
//! The id is public; keys are listed and revoked by it. The secret has 256 random bits, so reversing a plain hash of the key
//! is as hard as guessing the secret. A slow password hash is not needed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use subtle::ConstantTimeEq as _;

/// Prefix of every key. It distinguishes keys from tokens, and scanners for leaked secrets can search for it.
pub const PREFIX: &str = "dg_";

/// Bytes of the public id: enough to make a collision of two keys very unlikely.
const ID_BYTES: usize = 6;

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;

/// Random text of a new key. It does not implement `Debug`, so that it is never logged.
pub struct NewKey {
    /// The public id.
    pub id: String,
    /// The whole key, with its secret.
    pub text: String,
}

impl NewKey {
    /// Creates a key from random bytes; `None` if the operating system returns none.
    pub(super) fn random() -> Option<Self> {
        let random = SystemRandom::new();
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        random.fill(&mut id).ok()?;
        random.fill(&mut secret).ok()?;
        let id = hex::encode(id);
        let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
        Some(Self { id, text })
    }

    /// Returns the hash that is stored.
    pub(super) fn hash(&self) -> String {
        hash(&self.text)
    }
}

/// Returns the public id in the text of a key; `None` if the text does not have the format of a key.
pub(super) fn id_in(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
    (is_id(id) && secret.len() == SECRET_BYTES).then_some(id)
}

/// Reports whether a text has the format of a public id.
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() == 2 * ID_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reports whether a key matches a stored hash, in constant time.
pub(super) fn matches_hash(text: &str, stored: &str) -> bool {
    hash(text).as_bytes().ct_eq(stored.as_bytes()).into()
}

fn hash(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_contains_its_id_and_matches_only_its_own_hash() {
        let (one, other) = (NewKey::random().unwrap(), NewKey::random().unwrap());
        assert_eq!(id_in(&one.text), Some(one.id.as_str()));
        assert_eq!(one.text.len(), "dg_".len() + 12 + "_".len() + 43);
        assert_ne!(one.text, other.text);
        assert!(matches_hash(&one.text, &one.hash()) && !matches_hash(&one.text, &other.hash()));
        assert!(!one.hash().contains(&one.text[16..]));
    }

    #[test]
    fn the_stored_hash_is_the_sha_256() {
        // The example of NIST for the text "abc".
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_text_that_is_not_a_key_has_no_id() {
        let key = NewKey::random().unwrap().text;
        let short = &key[..key.len() - 1];
        for text in ["", "dg_", "dg__", "dg_0123456789ab_", short, &key[3..], &key.to_uppercase(), &format!("{key}A")] {
            assert_eq!(id_in(text), None, "{text}");
        }
    }
}
