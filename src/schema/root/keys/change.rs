//! The mutations of API keys.

use std::panic::resume_unwind;

use serde_json::{Value as Json, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::JoinError;
use tracing::Instrument as _;

use super::{
    declare::{ALREADY_REVOKED, CREATE_KEY, CREATE_PAYLOAD, INVALID, NOT_FOUND, REVOKE_PAYLOAD},
    object,
};
use crate::{
    access::{Author, CreatedKey, KeyError, ListedKey, Role, keys},
    engine::{
        plan::{
            arguments::input,
            planner::{Failed, Planner},
            selection::Selected,
        },
        problem::{EngineError, Problem},
        run::json::JsonWriter,
    },
    graphql::value::Value,
    schema::{
        price,
        root::{MutationResult, members::SelectedMembers},
    },
    store::{Store, StoreError},
};

/// The target of the log lines about changes of keys.
const LOG: &str = "dermagraph::keys";

/// The plan of `createKey` or `revokeKey`.
pub struct KeyMutation {
    change: KeyChange,
    cost_item: usize,
    payload: SelectedMembers,
}

#[derive(Clone)]
enum KeyChange {
    Create {
        name: String,
        role: Role,
        /// `None` if the key does not expire.
        expires_at: Option<OffsetDateTime>,
    },
    /// Contains the id of the key, or the whole key.
    Revoke(String),
}

impl KeyMutation {
    /// Plans a mutation.
    ///
    /// # Errors
    /// If an argument or a directive is invalid. The error is added to those of the planner.
    pub fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let field = selected.field;
        let (change, payload) = if selected.name == CREATE_KEY {
            let (name, role) = (planner.argument(field, "name")?, planner.argument(field, "role")?);
            let expires_at = planner.argument(field, "expiresAt")?;
            (KeyChange::create(&name, &role, &expires_at), CREATE_PAYLOAD)
        } else {
            let id = planner.argument(field, "id")?;
            (input::id_text(&id, "id").map(|id| KeyChange::Revoke(id.to_owned())), REVOKE_PAYLOAD)
        };
        let change = planner.record_error(field, change)?;
        planner.cost.add_allocated(change.allocated_bytes());
        let cost_item = planner.cost.item(&planner.path, price::POINTS_PER_CHANGE);
        let payload = SelectedMembers::new(planner, &selected.sets, payload)?;
        Ok(Self { change, cost_item, payload })
    }

    /// Creates or revokes the key, even if the returned future is dropped because the client disconnects.
    ///
    /// # Errors
    /// If the database cannot be read or written. Then nothing is changed, unless the connection broke during the commit
    /// ([`StoreError::CommitUnknown`]).
    pub async fn run(&self, store: &Store, author: &Author) -> Result<MutationResult, EngineError> {
        self.change.clone().complete(store.clone(), author.clone()).await.or_else(refused).map(MutationResult::of_report)
    }

    /// Writes the payload.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub fn write(&self, result: &MutationResult, writer: &mut JsonWriter) -> Result<(), EngineError> {
        writer.written[self.cost_item] += 1;
        self.payload.write(result.report(), writer)
    }
}

impl KeyChange {
    fn create(name: &Value, role: &Value, expires_at: &Value) -> Result<Self, Problem> {
        let name = input::text(name, "name")?.to_owned();
        let Value::Enum(role) = role else { return Err(input::unknown("role")) };
        let role = Role::named(&role.to_lowercase()).ok_or_else(|| input::unknown("role"))?;
        let expires_at = if *expires_at == Value::Null { None } else { Some(moment(expires_at, "expiresAt")?) };
        Ok(Self::Create { name, role, expires_at })
    }

    /// Makes the change in a task of its own, and returns the payload. The task is not cancelled if the returned future is
    /// dropped, so a change in the database is always logged, and a revocation always has an effect at once.
    async fn complete(self, store: Store, author: Author) -> Result<Json, KeyError> {
        let task = tokio::spawn(async move { self.make(&store, &author).await }.in_current_span());
        match task.await.map_err(JoinError::try_into_panic) {
            Ok(changed) => changed,
            Err(Ok(panic)) => resume_unwind(panic),
            Err(Err(_)) => Err(KeyError::Database(StoreError::Closed)),
        }
    }

    /// Makes and logs the change, and returns the payload.
    async fn make(self, store: &Store, author: &Author) -> Result<Json, KeyError> {
        let (done, key, payload) = match self {
            Self::Create { name, role, expires_at } => {
                let CreatedKey { listed, text } = keys::create(store, &name, role, expires_at).await?;
                let payload = json!({"key": object(&listed), "secret": text, "errors": []});
                ("created", listed, payload)
            }
            Self::Revoke(id) => {
                let key = keys::revoke(store, &id).await?;
                let payload = json!({"key": object(&key), "errors": []});
                ("revoked", key, payload)
            }
        };
        let ListedKey { id, name, role, .. } = key;
        tracing::info!(target: LOG, author = author.id, key = id, key_name = name, role, "an API key was {done}");
        Ok(payload)
    }

    /// Returns the size of the memory that it allocates, in bytes.
    fn allocated_bytes(&self) -> usize {
        match self {
            Self::Create { name: text, .. } | Self::Revoke(text) => text.len(),
        }
    }
}

fn moment(value: &Value, at: &str) -> Result<OffsetDateTime, Problem> {
    OffsetDateTime::parse(input::text(value, at)?, &Rfc3339)
        .map_err(|_| Problem::argument(at, "the text is not a date and time such as 2027-01-31T12:00:00Z"))
}

/// Returns the payload of a change that was refused, with the reason in `errors`.
///
/// # Errors
/// If the database cannot be read or written, or the operating system returned no random bytes.
fn refused(failure: KeyError) -> Result<Json, EngineError> {
    let (code, path) = match failure {
        KeyError::Name => (INVALID, "name"),
        KeyError::ExpiryInPast | KeyError::ExpiryTooLate => (INVALID, "expiresAt"),
        KeyError::NotAnId | KeyError::Unknown(_) => (NOT_FOUND, "id"),
        KeyError::AlreadyRevoked { .. } => (ALREADY_REVOKED, "id"),
        KeyError::Database(failure) => return Err(failure.into()),
        KeyError::Random => return Err(EngineError::Failed(failure.to_string())),
    };
    let message = failure.to_string();
    let (first, rest) = message.split_at(1);
    let message = format!("{}{rest}.", first.to_uppercase());
    Ok(json!({"errors": [{"code": code, "path": path, "message": message}]}))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::{task::yield_now, time::timeout};

    use super::*;
    use crate::{access::KeyState, store::DatabaseUrl};

    #[tokio::test]
    async fn a_revocation_is_completed_and_counted_if_the_client_disconnects() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("test.db"))).await.expect("a database");
        let key = keys::create(&store, "leaked", Role::Reader, None).await.expect("a key");
        let author = Author { id: "key:0123456789ab".to_owned(), name: "Administration".to_owned() };
        let revocation = KeyChange::Revoke(key.text).complete(store.clone(), author);
        assert!(revocation.now_or_never().is_none(), "it is dropped before it is ready");
        let counted = async {
            while store.key_revocations() == 0 {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(10), counted).await.expect("the revocation is counted");
        assert_eq!(keys::list(&store).await.expect("the keys")[0].state, KeyState::Revoked);
    }
}
