//! Creating, listing and revoking API keys.
//!
//! The commands `dermagraph key ..` and the mutations of keys call these functions. To authenticate a request, the service
//! looks its key up ([`super::lookup`]).

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _, Set, sea_query::Expr,
};
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    Role,
    key::{NewKey, id_in, is_id},
};
use crate::{
    entity::api_key::{ActiveModel, Column, Entity, Model},
    store::{
        Snapshot, Store, StoreError,
        connect::transaction::{begin_changing_key, commit},
    },
};

/// Longest name of a key, in characters: it is shown in one line of a table.
const MAX_NAME: usize = 100;

/// More keys than a service can have.
const ALL_KEYS: usize = u32::MAX as usize;

/// A key as it is listed, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedKey {
    /// The public id.
    pub id: String,
    /// Name that the operator has chosen for the key.
    pub name: String,
    /// Name of its role, as it is stored. The role may not exist in this version of the program.
    pub role: String,
    /// When it was created, as RFC 3339 text.
    pub created_at: String,
    /// When it expires; `None` if never.
    pub expires_at: Option<String>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<String>,
    /// Its state.
    pub state: KeyState,
}

/// A new key. It does not implement `Debug`, so that it is never logged.
pub struct CreatedKey {
    /// The key as it is listed.
    pub listed: ListedKey,
    /// The whole key, with its secret. It is shown once, because the database stores only its hash.
    pub text: String,
}

impl ListedKey {
    /// Returns a stored key as it is listed at a time.
    fn of(key: Model, now: OffsetDateTime) -> Self {
        Self {
            state: KeyState::of(&key, now),
            id: key.id,
            name: key.name,
            role: key.role,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is valid.
    Active,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its role does not exist in this version of the program, or its expiry time is malformed.
    Invalid,
}

impl KeyState {
    /// Returns the name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Invalid => "invalid",
        }
    }

    /// Returns the state of a stored key at a time.
    pub(super) fn of(key: &Model, now: OffsetDateTime) -> Self {
        let expires = key.expires_at.as_deref().map(|text| OffsetDateTime::parse(text, &Rfc3339)).transpose();
        match (expires, Role::named(&key.role)) {
            _ if key.revoked_at.is_some() => Self::Revoked,
            (Err(_), _) | (_, None) => Self::Invalid,
            (Ok(Some(expires)), Some(_)) if expires <= now => Self::Expired,
            (Ok(_), Some(_)) => Self::Active,
        }
    }
}

impl Serialize for KeyState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An error of creating, listing or revoking a key. No message repeats a text that may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, too long or has control characters.
    #[error("the name of a key must have 1 to {MAX_NAME} characters, in one line")]
    Name,
    /// The expiry time is in the past.
    #[error("the key would already be expired; use a time in the future")]
    ExpiryInPast,
    /// The expiry time is after the year 9999, which is the last one in RFC 3339.
    #[error("the expiry time must be before the year 10000; omit it for a key that never expires")]
    ExpiryTooLate,
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes for the key")]
    Random,
    /// The text is not the id of a key.
    #[error("this is not the id of a key, which has 12 characters; list the keys to see all ids")]
    NotAnId,
    /// No key has the id.
    #[error("no key has the id {0}; list the keys to see all ids")]
    Unknown(String),
    /// The key is already revoked.
    #[error("the key {id} was already revoked, at {at}")]
    AlreadyRevoked {
        /// Its id.
        id: String,
        /// When it was revoked.
        at: String,
    },
    /// The database reported an error.
    #[error(transparent)]
    Database(#[from] StoreError),
}

impl From<DbErr> for KeyError {
    fn from(failure: DbErr) -> Self {
        Self::Database(failure.into())
    }
}

/// Creates a key.
///
/// # Errors
/// If the name is invalid, the expiry time is in the past or too late, or the database reports an error.
pub async fn create(
    store: &Store,
    name: &str,
    role: Role,
    expires_at: Option<OffsetDateTime>,
) -> Result<CreatedKey, KeyError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(KeyError::Name);
    }
    let now = OffsetDateTime::now_utc();
    // The stored time has no fraction of a second, so it may be in the past even if the given time is not.
    let expires_at = expires_at.map(OffsetDateTime::truncate_to_second);
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(KeyError::ExpiryInPast);
    }
    let key = NewKey::random().ok_or(KeyError::Random)?;
    let row = ActiveModel {
        id: Set(key.id.clone()),
        name: Set(name.to_owned()),
        role: Set(role.name().to_owned()),
        hash: Set(key.hash()),
        created_at: Set(formatted(now)?),
        expires_at: Set(expires_at.map(formatted).transpose()?),
        revoked_at: Set(None),
    };
    let (_permit, transaction) = begin_changing_key(store.writer()).await?;
    let stored = row.insert(&transaction).await?;
    commit(transaction).await?;
    Ok(CreatedKey { listed: ListedKey::of(stored, now), text: key.text })
}

/// Returns all keys, including expired and revoked ones, oldest first.
///
/// # Errors
/// If the database reports an error.
pub async fn list(store: &Store) -> Result<Vec<ListedKey>, KeyError> {
    let mut keys = page(&mut store.snapshot().await?, None, ALL_KEYS).await?;
    keys.reverse();
    Ok(keys)
}

/// Reads at most `first` keys from a snapshot, including expired and revoked ones, newest first. With `after`, these are the
/// keys that follow the key with this id; none if there is no such key.
///
/// # Errors
/// If the database cannot be read.
pub async fn page(snapshot: &mut Snapshot, after: Option<&str>, first: usize) -> Result<Vec<ListedKey>, StoreError> {
    let now = OffsetDateTime::now_utc();
    Ok(snapshot.api_keys(after, first).await?.into_iter().map(|key| ListedKey::of(key, now)).collect())
}

/// Revokes a key and returns it. `key` is the id of the key or its whole text, so that a leaked key can be revoked without
/// looking for its id. This process refuses the key at once, and other processes within
/// [`super::lookup::KEY_CACHE_AGE`]. The caller must not drop the returned future before it is ready. Otherwise the database
/// may have revoked the key, and this process would still accept it from its cache.
///
/// # Errors
/// If there is no such key, it was already revoked, or the database reports an error.
pub async fn revoke(store: &Store, key: &str) -> Result<ListedKey, KeyError> {
    let id = id_in(key).unwrap_or(key);
    if !is_id(id) {
        return Err(KeyError::NotAnId);
    }
    let now = OffsetDateTime::now_utc();
    let revoking = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(formatted(now)?))
        .filter(Column::Id.eq(id).and(Column::RevokedAt.is_null()));
    let (_permit, transaction) = begin_changing_key(store.writer()).await?;
    let revoked = revoking.exec(&transaction).await?.rows_affected > 0;
    let found = Entity::find_by_id(id).one(&transaction).await?;
    let committed = commit(transaction).await;
    // The key may be revoked even if the commit has failed.
    store.count_key_revocation();
    committed?;
    match found {
        Some(key) if revoked => Ok(ListedKey::of(key, now)),
        Some(Model { revoked_at, .. }) => {
            Err(KeyError::AlreadyRevoked { id: id.to_owned(), at: revoked_at.unwrap_or_default() })
        }
        None => Err(KeyError::Unknown(id.to_owned())),
    }
}

/// Formats a time as it is stored: RFC 3339 text in UTC, to the second.
fn formatted(moment: OffsetDateTime) -> Result<String, KeyError> {
    let moment = moment.checked_to_offset(UtcOffset::UTC).map(OffsetDateTime::truncate_to_second);
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).ok_or(KeyError::ExpiryTooLate)
}
