//! API keys as text: `dg_<id>_<secret>`.
//!
//! The id is public, and is what a key is listed and revoked by. The secret is 256 random bits, so a plain hash of the whole is
//! as hard to turn around as the secret is to guess, and nothing slower is needed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use subtle::ConstantTimeEq as _;

/// What every key begins with, by which it is told from a token, and found by those who search for leaked secrets.
pub const PREFIX: &str = "dg_";

/// Bytes of the public id: enough that two keys hardly ever get the same.
const ID_BYTES: usize = 6;

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;

/// A new key. Its text is there to be shown once; it has no `Debug`, so that it gets into no log.
pub struct NewKey {
    /// The public id.
    pub id: String,
    /// The whole key, with its secret.
    pub text: String,
}

impl NewKey {
    /// Makes a key of random bytes; `None` when the operating system gives none.
    pub(super) fn random() -> Option<Self> {
        let random = SystemRandom::new();
        let (mut id, mut secret) = ([0; ID_BYTES], [0; SECRET_BYTES]);
        random.fill(&mut id).ok()?;
        random.fill(&mut secret).ok()?;
        let id = hex::encode(id);
        let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
        Some(Self { id, text })
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> String {
        hash(&self.text)
    }
}

/// The public id in a key; `None` when the text has not the form of one.
pub(super) fn id_in(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
    (is_id(id) && secret.len() == SECRET_BYTES).then_some(id)
}

/// Whether a text has the form of a public id.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 2 * ID_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether this key is the one of the stored hash. How long that takes says nothing about where they differ.
pub(super) fn fits(text: &str, stored: &str) -> bool {
    hash(text).as_bytes().ct_eq(stored.as_bytes()).into()
}

fn hash(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_id_and_fits_its_own_hash_alone() {
        let (one, other) = (NewKey::random().unwrap(), NewKey::random().unwrap());
        assert_eq!(id_in(&one.text), Some(one.id.as_str()));
        assert_eq!(one.text.len(), "dg_".len() + 12 + "_".len() + 43);
        assert_ne!(one.text, other.text);
        assert!(fits(&one.text, &one.hash()) && !fits(&one.text, &other.hash()));
        assert!(!one.hash().contains(&one.text[16..]));
    }

    #[test]
    fn what_is_stored_is_the_sha_256() {
        // NIST's example for the three letters "abc".
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        let key = NewKey::random().unwrap().text;
        let short = &key[..key.len() - 1];
        for text in ["", "dg_", "dg__", "dg_0123456789ab_", short, &key[3..], &key.to_uppercase(), &format!("{key}A")] {
            assert_eq!(id_in(text), None, "{text}");
        }
    }
}
