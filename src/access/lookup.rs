//! Looking keys up for requests, hardly ever in the database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{
    AccessProblem, Caller, KeyState, Role, Who,
    key::{fits, id_in},
    problem::BAD_KEY,
};
use crate::{
    entity::api_key::Model,
    store::{Store, StoreError},
};

/// How long a key is remembered, and so how long a revoked one is accepted at most.
pub const FRESH: Duration = Duration::from_secs(5);

/// How many keys are remembered at most. Only keys that exist are, so this is far more than most services have.
const REMEMBERED: usize = 1024;

/// The keys of a database, as requests need them.
pub(super) struct Keys {
    store: Store,
    memory: Mutex<Memory>,
}

impl Keys {
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone(), memory: Mutex::default() }
    }

    /// Whose key this is.
    pub async fn caller(&self, text: &str) -> Result<Caller, AccessProblem> {
        let Some(id) = id_in(text) else { return Err(BAD_KEY) };
        let found = self.find(id).await.map_err(|failure| {
            tracing::error!(error = &failure as &dyn std::error::Error, "an API key cannot be looked up");
            AccessProblem::unavailable()
        })?;
        found.and_then(|key| accepted(key, text, OffsetDateTime::now_utc())).ok_or(BAD_KEY)
    }

    async fn find(&self, id: &str) -> Result<Option<Model>, StoreError> {
        // Taken before the database is asked: what is read is at most as old as this says.
        let now = Instant::now();
        let memory = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = memory().recall(id, now) {
            return Ok(Some(key));
        }
        let found = self.store.snapshot().await?.api_key(id).await?;
        if let Some(key) = &found {
            memory().remember(key.clone(), now);
        }
        Ok(found)
    }
}

/// The caller, if the stored key is good and the text is that key. One that cannot be understood is not good.
fn accepted(key: Model, text: &str, now: OffsetDateTime) -> Option<Caller> {
    let good = fits(text, &key.hash) && KeyState::of(&key, now) == KeyState::Active;
    let role = Role::named(&key.role).filter(|_| good)?;
    Some(Caller { who: Who::Key { id: key.id, name: key.name }, role: Some(role) })
}

/// Keys that were looked up in the last moments. Ids that do not exist are not kept, so that nobody can fill it.
#[derive(Default)]
struct Memory(HashMap<String, (Instant, Model)>);

impl Memory {
    fn recall(&self, id: &str, now: Instant) -> Option<Model> {
        let (read, key) = self.0.get(id)?;
        (now.saturating_duration_since(*read) < FRESH).then(|| key.clone())
    }

    fn remember(&mut self, key: Model, now: Instant) {
        if self.0.len() >= REMEMBERED {
            self.0.retain(|_, (read, _)| now.saturating_duration_since(*read) < FRESH);
        }
        if self.0.len() < REMEMBERED {
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
    fn a_key_is_good_until_it_expires_or_is_revoked() {
        let (key, other) = (NewKey::random().unwrap(), NewKey::random().unwrap());
        let (before, after) = (datetime!(2026-12-31 23:59:59 UTC), datetime!(2027-01-01 00:00 UTC));
        let caller = accepted(stored(&key), &key.text, before).unwrap();
        assert_eq!(caller.who, Who::Key { id: key.id.clone(), name: "a reader app".to_owned() });
        assert_eq!(caller.role, Some(Role::Reader));
        assert_eq!(accepted(stored(&key), &key.text, after), None);
        assert_eq!(accepted(stored(&key), &other.text, before), None);
        let changes: [fn(&mut Model); 3] = [
            |key| key.revoked_at = Some("2026-06-01T00:00:00Z".to_owned()),
            |key| key.expires_at = Some("next year".to_owned()),
            |key| key.role = "emperor".to_owned(),
        ];
        for change in changes {
            let mut bad = stored(&key);
            change(&mut bad);
            assert_eq!(accepted(bad, &key.text, before), None);
        }
    }

    #[test]
    fn a_key_is_remembered_for_a_moment_and_their_number_is_bounded() {
        let (mut memory, start, key) = (Memory::default(), Instant::now(), NewKey::random().unwrap());
        memory.remember(stored(&key), start);
        let last = FRESH.saturating_sub(Duration::from_millis(1));
        assert_eq!(memory.recall(&key.id, start + last), Some(stored(&key)));
        assert_eq!(memory.recall(&key.id, start + FRESH), None);
        for _ in 0..2 * REMEMBERED {
            memory.remember(stored(&NewKey::random().unwrap()), start + last);
        }
        assert_eq!(memory.0.len(), REMEMBERED);
        memory.remember(stored(&key), start + 2 * FRESH);
        assert_eq!(memory.0.len(), 1);
    }
}
