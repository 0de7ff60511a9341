//! The list of API keys.

use super::{declare::KEY, object};
use crate::{
    access::{Role, is_key_id, keys},
    engine::{
        plan::{
            arguments::{
                input,
                page::{self, DEFAULT_PAGE_SIZE},
            },
            cost::{CONNECTION, OBJECT_POINTS},
            planner::{Failed, Planner},
            selection::Selected,
        },
        problem::{EngineError, Problem},
        run::json::JsonWriter,
    },
    graphql::value::Value,
    schema::root::{RootPlan, Running, members::SelectedMembers},
    store::Snapshot,
};

/// The plan of `keys`.
pub struct KeyList {
    first: usize,
    after: Option<String>,
    list_item: usize,
    key_item: usize,
    key: SelectedMembers,
}

impl KeyList {
    /// Plans the field.
    ///
    /// # Errors
    /// If an argument or a directive is invalid. The error is added to those of the planner.
    pub fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<Self, Failed> {
        let field = selected.field;
        let first = planner.argument(field, "first")?;
        let first = planner.record_error(field, page::size("first", Some(&first)))?.unwrap_or(DEFAULT_PAGE_SIZE);
        let after = planner.argument(field, "after")?;
        let after = planner.record_error(field, key_id(&after))?;
        planner.cost.add_allocated(after.as_ref().map_or(0, String::len));
        let list_item = planner.cost.item(&planner.path, CONNECTION);
        planner.repeated(first as u64, first as u64, 0, |planner| {
            let key_item = planner.cost.item(&planner.path, OBJECT_POINTS);
            let key = SelectedMembers::new(planner, &selected.sets, KEY)?;
            Ok(Self { first, after, list_item, key_item, key })
        })
    }

    async fn write(&self, snapshot: &mut Snapshot, writer: &mut JsonWriter) -> Result<(), EngineError> {
        writer.written[self.list_item] += 1;
        let keys = keys::page(snapshot, self.after.as_deref(), self.first).await?;
        writer.brackets(keys.iter(), |writer, key| {
            writer.written[self.key_item] += 1;
            self.key.write(&object(key), writer)
        })
    }
}

impl RootPlan for KeyList {
    fn required_role(&self) -> Option<Role> {
        Some(Role::Admin)
    }

    fn reads_content(&self) -> bool {
        false
    }

    fn run<'a>(&'a self, snapshot: &'a mut Snapshot, writer: &'a mut JsonWriter) -> Running<'a> {
        Box::pin(self.write(snapshot, writer))
    }
}

/// Reads the id of a key; `None` for null.
fn key_id(value: &Value) -> Result<Option<String>, Problem> {
    if *value == Value::Null {
        return Ok(None);
    }
    let id = input::id_text(value, "after")?;
    if !is_key_id(id) {
        let message = "after is not the id of a key. Use the values of the field `id` unchanged.";
        return Err(Problem::new(Problem::BAD_ID, message));
    }
    Ok(Some(id.to_owned()))
}
