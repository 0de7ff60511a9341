//! Declares the root fields of API keys and their types.

use crate::{
    access::KEY_CACHE_AGE,
    engine::{
        plan::arguments::page::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE},
        register::{self, input},
    },
    graphql::{
        schema::{Field, Schema},
        tree::OperationKind,
    },
};

/// Name of the field with the keys.
pub const KEYS: &str = "keys";

/// Name of the mutation that creates a key.
pub const CREATE_KEY: &str = "createKey";

/// Name of the mutation that revokes a key.
pub const REVOKE_KEY: &str = "revokeKey";

/// Name of the type of a key.
pub const KEY: &str = "ApiKey";

/// Name of the payload of [`CREATE_KEY`].
pub const CREATE_PAYLOAD: &str = "CreateKeyPayload";

/// Name of the payload of [`REVOKE_KEY`].
pub const REVOKE_PAYLOAD: &str = "RevokeKeyPayload";

/// The error code for a value that breaks a rule.
pub const INVALID: &str = "INVALID";

/// The error code if no key has the id.
pub const NOT_FOUND: &str = "NOT_FOUND";

/// The error code if the key was already revoked.
pub const ALREADY_REVOKED: &str = "ALREADY_REVOKED";

/// The codes of errors in payloads.
const CODES: &[(&str, &str)] = &[
    (INVALID, "The name or the expiry time breaks a rule."),
    (NOT_FOUND, "No key has the id."),
    (ALREADY_REVOKED, "The key was already revoked."),
];

/// The names of the roles in upper case.
const ROLES: &[(&str, &str)] = &[
    ("READER", "May read, where reading requires a role."),
    ("EDITOR", "May also run mutations with `dryRun: true`, and read the authors and messages of revisions."),
    ("PUBLISHER", "May also publish changes of the content."),
    ("ADMIN", "May also list, create and revoke API keys, and see how an operation is read from the database."),
];

/// The names of the states in upper case.
const STATES: &[(&str, &str)] = &[
    ("ACTIVE", "The key is accepted."),
    ("EXPIRED", "The key has expired, so it is refused."),
    ("REVOKED", "The key was revoked, so it is refused."),
    (
        "INVALID",
        "Its stored role does not exist in this version of the service, or its expiry time is malformed, so it is refused.",
    ),
];

/// Returns the root fields for a kind of operation.
pub fn fields(kind: OperationKind) -> Vec<Field> {
    match kind {
        OperationKind::Query => vec![list()],
        OperationKind::Mutation => vec![create(), revoke()],
        OperationKind::Subscription => Vec::new(),
    }
}

fn list() -> Field {
    let about = "API keys, newest first, including expired and revoked ones, without their secrets. Requires the role `admin`. \
                 Null only if an error of this field is reported.";
    let first = format!("Maximum number of keys, 0 to {MAX_PAGE_SIZE}. Default {DEFAULT_PAGE_SIZE}.");
    let after = "Only keys that follow the key with this id in the list. None if no key has the id.";
    let arguments = vec![input("first", "Int", &first), input("after", "ID", after)];
    register::field(KEYS, format!("[{KEY}!]"), about).with(arguments)
}

fn create() -> Field {
    let about = "Creates an API key. Requires the role `admin`. The service stores no secrets, so it cannot repeat a response, and \
                 this mutation has no idempotency key. If the response does not arrive, look for the new key in `keys`, revoke \
                 it, and create another one. Null only if an error of this field is reported.";
    let arguments = vec![
        input("name", "String!", "Name of the key, such as the program that will use it: 1 to 100 characters, in one line."),
        input("role", "Role!", "Role of the key."),
        input("expiresAt", "DateTime", "When it expires; null if it does not expire."),
    ];
    register::field(CREATE_KEY, CREATE_PAYLOAD, about).with(arguments)
}

fn revoke() -> Field {
    let about = format!(
        "Revokes an API key permanently. Requires the role `admin`. The process that runs the mutation refuses the key at once, \
         and other processes within {} seconds. You can revoke the key that you use, and the last key of an admin; then the \
         command `dermagraph key create` creates another one. Null only if an error of this field is reported.",
        KEY_CACHE_AGE.as_secs()
    );
    let id = "Id of the key; or the whole key, for a key that has leaked. Send a whole key as the value of a variable, not in \
              the document, because the service caches documents.";
    register::field(REVOKE_KEY, REVOKE_PAYLOAD, &about).with(vec![input("id", "ID!", id)])
}

/// Declares the types.
pub fn types(schema: &mut Schema) {
    let about = "What a client may do. Each role includes those before it. This list may grow.";
    register::enumeration(schema, "Role", about, ROLES, &[]);
    register::enumeration(schema, "KeyState", "Whether an API key is accepted.", STATES, &[]);
    let fields = vec![
        register::field("id", "ID!", "Id of the key. It is not secret."),
        register::field("name", "String!", "Name that was chosen for the key."),
        register::field(
            "role",
            "Role",
            "Role of the key. Null if the stored role does not exist in this version of the service.",
        ),
        register::field("createdAt", "DateTime!", "When it was created."),
        register::field("expiresAt", "DateTime", "When it expires; null if it does not expire."),
        register::field("revokedAt", "DateTime", "When it was revoked; null if it was not."),
        register::field("state", "KeyState!", "Whether it is accepted."),
    ];
    register::object(schema, KEY, "An API key, without its secret.", fields, &[]);
    register::enumeration(
        schema,
        "ApiKeyErrorCode",
        "Why a change of an API key is refused. This list may grow.",
        CODES,
        &[],
    );
    let fields = vec![
        register::field("code", "ApiKeyErrorCode!", "What is wrong, as a code for programs."),
        register::field("path", "String!", "The argument that is wrong."),
        register::field("message", "String!", "What is wrong, in a sentence for people."),
    ];
    register::object(schema, "ApiKeyError", "Why a change of an API key is refused.", fields, &[]);
    payloads(schema);
}

fn payloads(schema: &mut Schema) {
    let errors = || register::field("errors", "[ApiKeyError!]!", "Why nothing was changed. Empty if there are no errors.");
    let secret = "The whole key, to send as a bearer token. Store it now, because the service cannot show it again. Null if there \
                  are errors.";
    let fields = vec![
        register::field("key", KEY, "The new key. Null if there are errors."),
        register::field("secret", "String", secret),
        errors(),
    ];
    register::object(schema, CREATE_PAYLOAD, "The result of `createKey`.", fields, &[]);
    let fields = vec![register::field("key", KEY, "The revoked key. Null if there are errors."), errors()];
    register::object(schema, REVOKE_PAYLOAD, "The result of `revokeKey`.", fields, &[]);
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::access::{KeyState, Role};

    const KEY_STATES: [KeyState; 4] = [KeyState::Active, KeyState::Expired, KeyState::Revoked, KeyState::Invalid];

    #[test]
    fn the_enumerations_have_the_roles_and_states_of_keys() {
        let names = |values: &[(&str, &str)]| values.iter().map(|(name, _)| name.to_lowercase()).collect::<Vec<_>>();
        assert_eq!(names(ROLES), Role::value_variants().iter().map(|role| role.name()).collect::<Vec<_>>());
        assert_eq!(names(STATES), KEY_STATES.map(KeyState::name));
    }
}
