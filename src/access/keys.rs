//! The keys that there are: making, listing and revoking them.
//!
//! The service itself only looks keys up ([`super::lookup`]); these are for its operator, who may use them while it runs.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    Set, sea_query::Expr,
};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::{
    Role,
    key::{NewKey, id_in, is_id},
};
use crate::{
    entity::api_key::{ActiveModel, Column, Entity, Model},
    store::{
        Store,
        transaction::{begin_reading, begin_writing},
    },
};

/// Longest name of a key, in characters: a line of a table.
const MAX_NAME: usize = 100;

/// A key as it is listed, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedKey {
    /// The public id.
    pub id: String,
    /// What it was made for.
    pub name: String,
    /// Name of its role.
    pub role: String,
    /// When it was made, as RFC 3339 writes it.
    pub created_at: String,
    /// From when on it is refused; `None` when it never expires.
    pub expires_at: Option<String>,
    /// When it was revoked; `None` when it was not.
    pub revoked_at: Option<String>,
    /// Whether it is good.
    pub state: KeyState,
}

/// Whether a key is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is accepted.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl KeyState {
    /// The state of a stored key at this moment. A key whose time cannot be read is taken as expired.
    pub(super) fn of(key: &Model, now: OffsetDateTime) -> Self {
        let expires = key.expires_at.as_deref().map(|text| OffsetDateTime::parse(text, &Rfc3339));
        match expires {
            _ if key.revoked_at.is_some() => Self::Revoked,
            Some(expires) if expires.is_ok_and(|expires| now < expires) => Self::Active,
            Some(_) => Self::Expired,
            None => Self::Active,
        }
    }
}

/// Why a key could not be made, listed or revoked. No sentence repeats what may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name cannot be shown in a list.
    #[error("the name of a key is 1 to {MAX_NAME} characters in one line")]
    Name,
    /// It would be of no use.
    #[error("the key would expire before it is used; give a time that is yet to come")]
    Past,
    /// It would expire after the year 9999, in which the calendar of RFC 3339 ends.
    #[error("the key would expire too late; leave the time out and it never does")]
    Never,
    /// The operating system gives no random bytes.
    #[error("the system gives no random bytes to make a key of")]
    Random,
    /// The id is none.
    #[error("that is not the id of a key, which has 12 characters; `dermagraph key list` shows them")]
    NotAnId,
    /// No key has the id.
    #[error("there is no key {0}; `dermagraph key list` shows those that there are")]
    Unknown(String),
    /// It was revoked before.
    #[error("the key {id} was revoked already, at {at}")]
    AlreadyRevoked {
        /// Its id.
        id: String,
        /// When.
        at: String,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// Makes a key. This is the only time that its text is there.
///
/// # Errors
/// When the name is not fit for a list, the time is over already, or the database refuses.
pub async fn create(store: &Store, name: &str, role: Role, expires_at: Option<OffsetDateTime>) -> Result<NewKey, KeyError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(KeyError::Name);
    }
    let now = OffsetDateTime::now_utc();
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(KeyError::Past);
    }
    let key = NewKey::random().ok_or(KeyError::Random)?;
    let row = ActiveModel {
        id: Set(key.id.clone()),
        name: Set(name.to_owned()),
        role: Set(role.name().to_owned()),
        hash: Set(key.hash()),
        created_at: Set(written(now)?),
        expires_at: Set(expires_at.map(written).transpose()?),
        revoked_at: Set(None),
    };
    let transaction = begin_writing(store.writer()).await?;
    row.insert(&transaction).await?;
    transaction.commit().await?;
    Ok(key)
}

/// Every key there is or was, in the order in which they were made.
///
/// # Errors
/// When the database refuses.
pub async fn list(store: &Store) -> Result<Vec<ListedKey>, KeyError> {
    let now = OffsetDateTime::now_utc();
    let transaction = begin_reading(store.writer()).await?;
    let keys = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(&transaction).await?;
    transaction.rollback().await?;
    let listed = |key: Model| ListedKey {
        state: KeyState::of(&key, now),
        id: key.id,
        name: key.name,
        role: key.role,
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
    };
    Ok(keys.into_iter().map(listed).collect())
}

/// Revokes a key, by its id or by its whole text, as one has it who found it where it should not be. Services that run notice
/// within [`super::lookup::FRESH`]. Gives its id.
///
/// # Errors
/// When there is no such key, it was revoked already, or the database refuses.
pub async fn revoke(store: &Store, key: &str) -> Result<String, KeyError> {
    let id = id_in(key).unwrap_or(key);
    if !is_id(id) {
        return Err(KeyError::NotAnId);
    }
    let now = written(OffsetDateTime::now_utc())?;
    let revoking = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(Column::Id.eq(id).and(Column::RevokedAt.is_null()));
    let transaction = begin_writing(store.writer()).await?;
    let revoked = revoking.exec(&transaction).await?.rows_affected > 0;
    let found = if revoked { None } else { Entity::find_by_id(id).one(&transaction).await? };
    transaction.commit().await?;
    match found {
        _ if revoked => Ok(id.to_owned()),
        Some(Model { revoked_at, .. }) => {
            Err(KeyError::AlreadyRevoked { id: id.to_owned(), at: revoked_at.unwrap_or_default() })
        }
        None => Err(KeyError::Unknown(id.to_owned())),
    }
}

/// A moment as it is stored: RFC 3339 text in UTC, to the second.
fn written(moment: OffsetDateTime) -> Result<String, KeyError> {
    let moment = moment.checked_to_offset(UtcOffset::UTC).and_then(|moment| moment.replace_nanosecond(0).ok());
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).ok_or(KeyError::Never)
}
