//! Looks up the API keys of requests, with a cache in front of the database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{
    AccessProblem, Identity, KeyState, Principal, Role,
    key::{id_in, matches_hash},
    problem::{INVALID_KEY, UNAVAILABLE},
};
use crate::{
    entity::api_key::Model,
    log_throttle::{FAILURE_INTERVAL, LogThrottle},
    store::{Store, StoreError},
};

/// How long a key is cached, and so the longest time that a key is still accepted after another process has revoked it.
pub const KEY_CACHE_AGE: Duration = Duration::from_secs(5);

/// Maximum keys in the cache. Only existing keys are cached, and few services have as many.
const MAX_CACHED_KEYS: usize = 1024;

/// The API keys of a database, with a cache.
pub(super) struct KeyLookup {
    store: Store,
    cache: Mutex<KeyCache>,
    failures: LogThrottle,
}

impl KeyLookup {
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone(), cache: Mutex::default(), failures: LogThrottle::new(FAILURE_INTERVAL) }
    }

    /// Returns the principal of a key.
    pub async fn authenticate(&self, text: &str) -> Result<Principal, AccessProblem> {
        let Some(id) = id_in(text) else { return Err(INVALID_KEY) };
        let found = self.find(id).await.map_err(|failure| {
            if let Some(suppressed) = self.failures.permit() {
                tracing::error!(error = &failure as &dyn std::error::Error, suppressed, "an API key cannot be looked up");
            }
            UNAVAILABLE
        })?;
        found.and_then(|key| accepted(key, text, OffsetDateTime::now_utc())).ok_or(INVALID_KEY)
    }

    async fn find(&self, id: &str) -> Result<Option<Model>, StoreError> {
        // The clock and the number of revocations are read before the database. So no key is used for longer than
        // [`KEY_CACHE_AGE`] after it was read, and none after this process has revoked it.
        let now = ReadTime { at: Instant::now(), revocations: self.store.key_revocations() };
        let cache = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = cache().get(id, now) {
            return Ok(Some(key));
        }
        let found = self.store.snapshot().await?.api_key(id).await?;
        if let Some(key) = &found {
            cache().insert(key.clone(), now);
        }
        Ok(found)
    }
}

/// Returns the principal if the text is the stored key and the key is valid.
fn accepted(key: Model, text: &str, now: OffsetDateTime) -> Option<Principal> {
    let is_valid = matches_hash(text, &key.hash) && KeyState::of(&key, now) == KeyState::Active;
    let role = Role::named(&key.role).filter(|_| is_valid)?;
    Some(Principal { identity: Identity::Key { id: key.id, name: key.name }, role: Some(role) })
}

/// When a key was read: the time, and the number of revocations by this process before.
#[derive(Clone, Copy)]
struct ReadTime {
    at: Instant,
    revocations: u64,
}

impl ReadTime {
    /// Reports whether a key that was read at this time may still be used.
    fn is_recent(self, now: Self) -> bool {
        self.revocations == now.revocations && now.at.saturating_duration_since(self.at) < KEY_CACHE_AGE
    }
}

/// Keys that were looked up recently. Unknown ids are not cached, so that clients cannot fill the cache with them.
#[derive(Default)]
struct KeyCache(HashMap<String, (ReadTime, Model)>);

impl KeyCache {
    fn get(&self, id: &str, now: ReadTime) -> Option<Model> {
        let (read, key) = self.0.get(id)?;
        read.is_recent(now).then(|| key.clone())
    }

    fn insert(&mut self, key: Model, now: ReadTime) {
        if self.0.len() >= MAX_CACHED_KEYS {
            self.0.retain(|_, (read, _)| read.is_recent(now));
        }
        if self.0.len() < MAX_CACHED_KEYS {
            self.0.insert(key.id.clone(), (now, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::access::key::NewKey;

    fn stored(key: &NewKey) -> Model {
        Model {
            id: key.id.clone(),
            name: "a reader app".to_owned(),
            role: "reader".to_owned(),
            hash: key.hash(),
            created_at: "2026-01-01T00:00:00Z".to_owned(),
            expires_at: Some("2027-01-01T00:00:00Z".to_owned()),
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_is_valid_until_it_expires_or_is_revoked() {
        let (key, other) = (NewKey::random().unwrap(), NewKey::random().unwrap());
        let (before, after) = (datetime!(2026-12-31 23:59:59 UTC), datetime!(2027-01-01 00:00 UTC));
        let principal = accepted(stored(&key), &key.text, before).unwrap();
        assert_eq!(principal.identity, Identity::Key { id: key.id.clone(), name: "a reader app".to_owned() });
        assert_eq!(principal.role, Some(Role::Reader));
        assert_eq!(accepted(stored(&key), &key.text, after), None);
        assert_eq!(accepted(stored(&key), &other.text, before), None);
        let changes: [fn(&mut Model); 3] = [
            |key| key.revoked_at = Some("2026-06-01T00:00:00Z".to_owned()),
            |key| key.expires_at = Some("next year".to_owned()),
            |key| key.role = "emperor".to_owned(),
        ];
        for change in changes {
            let mut invalid = stored(&key);
            change(&mut invalid);
            assert_eq!(accepted(invalid, &key.text, before), None);
        }
    }

    #[test]
    fn keys_are_cached_for_a_limited_time_and_in_limited_number() {
        let (mut cache, start, key) = (KeyCache::default(), Instant::now(), NewKey::random().unwrap());
        let after = |time| ReadTime { at: start + time, revocations: 0 };
        cache.insert(stored(&key), after(Duration::ZERO));
        let last = KEY_CACHE_AGE.saturating_sub(Duration::from_millis(1));
        assert_eq!(cache.get(&key.id, after(last)), Some(stored(&key)));
        assert_eq!(cache.get(&key.id, after(KEY_CACHE_AGE)), None);
        for _ in 0..2 * MAX_CACHED_KEYS {
            cache.insert(stored(&NewKey::random().unwrap()), after(last));
        }
        assert_eq!(cache.0.len(), MAX_CACHED_KEYS);
        cache.insert(stored(&key), after(2 * KEY_CACHE_AGE));
        assert_eq!(cache.0.len(), 1);
    }

    #[test]
    fn a_key_that_was_read_before_a_revocation_is_not_used() {
        let (mut cache, at, key) = (KeyCache::default(), Instant::now(), NewKey::random().unwrap());
        // The key was read before the revocation, and is inserted after it.
        cache.insert(stored(&key), ReadTime { at, revocations: 0 });
        assert_eq!(cache.get(&key.id, ReadTime { at, revocations: 1 }), None);
        cache.insert(stored(&key), ReadTime { at, revocations: 1 });
        assert_eq!(cache.get(&key.id, ReadTime { at, revocations: 1 }), Some(stored(&key)));
    }
}
