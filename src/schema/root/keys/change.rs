//! The mutations of API keys.

use serde_json::{Value as Json, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    declare::{ALREADY_REVOKED, CREATE_KEY, CREATE_PAYLOAD, INVALID, NOT_FOUND, REVOKE_PAYLOAD},
    object,
};
use crate::{
    access::{KeyError, Role, keys},
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

/// The plan of `createKey` or `revokeKey`.
pub struct KeyMutation {
    change: KeyChange,
    cost_item: usize,
    payload: SelectedMembers,
}

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

    /// Creates or revokes the key.
    ///
    /// # Errors
    /// If the database cannot be read or written. Then nothing is changed, unless the connection broke during the commit
    /// ([`StoreError::CommitUnknown`]).
    pub async fn run(&self, store: &Store) -> Result<MutationResult, EngineError> {
        let changed = match &self.change {
            KeyChange::Create { name, role, expires_at } => {
                let created = keys::create(store, name, *role, *expires_at).await;
                created.map(|created| json!({"key": object(&created.listed), "secret": created.text, "errors": []}))
            }
            KeyChange::Revoke(id) => {
                let revoked = keys::revoke(store, id).await;
                revoked.map(|key| json!({"key": object(&key), "errors": []}))
            }
        };
        changed.or_else(refused).map(MutationResult::of_report)
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
        KeyError::Database(failure) => return Err(StoreError::from(failure).into()),
        KeyError::Random => return Err(EngineError::Corrupt(failure.to_string())),
    };
    let message = failure.to_string();
    let (first, rest) = message.split_at(1);
    let message = format!("{}{rest}.", first.to_uppercase());
    Ok(json!({"errors": [{"code": code, "path": path, "message": message}]}))
}
