//! The root fields of API keys: `keys`, `createKey` and `revokeKey`. They require the role `admin`.
//!
//! The mutations call the same functions as `dermagraph key` ([`crate::access::keys`]). They change no content, so they
//! publish no revision, and are not in the history.

mod change;
mod declare;
mod list;

use serde_json::{Value as Json, json};

use super::{Root, RootAction};
use crate::{
    access::{ListedKey, Role},
    engine::{
        catalog::Catalog,
        plan::{
            planner::{Failed, Planner},
            selection::Selected,
        },
    },
    graphql::{
        schema::{Field, Schema},
        tree::OperationKind,
    },
};

pub use change::KeyMutation;
use list::KeyList;

/// The root fields.
pub struct Keys;

impl Root for Keys {
    fn declare(&self, schema: &mut Schema, _: &'static Catalog) {
        declare::types(schema);
    }

    fn fields(&self, _: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        declare::fields(kind)
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        match selected.name {
            declare::KEYS => Some(KeyList::new(planner, selected).map(|plan| RootAction::Read(Box::new(plan)))),
            declare::CREATE_KEY | declare::REVOKE_KEY => {
                Some(KeyMutation::new(planner, selected).map(|plan| RootAction::ChangeKey(Box::new(plan))))
            }
            _ => None,
        }
    }
}

/// Returns a key as an object of the type `ApiKey`.
fn object(key: &ListedKey) -> Json {
    let mut object = json!(key);
    object["role"] = json!(Role::named(&key.role).map(|role| role.name().to_uppercase()));
    object["state"] = json!(key.state.name().to_uppercase());
    object
}
