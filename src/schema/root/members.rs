//! Plans and writes selections on JSON values in memory: the report of a publication in the payload of a mutation, and API
//! keys.

use serde_json::Value as Json;

use crate::{
    engine::{
        plan::{
            ResponseKey,
            planner::{Failed, Planner},
            response_key,
            selection::{Selected, Sets},
        },
        problem::EngineError,
        run::json::JsonWriter,
    },
    graphql::schema::TYPE_NAME,
};

/// Assumed bytes of a value.
const VALUE_BYTES: u64 = 40;

/// The selected members of an object.
pub struct SelectedMembers(Vec<(ResponseKey, SelectedMember)>);

/// How a member is written.
pub enum SelectedMember {
    /// The name of the type.
    TypeName(String),
    /// The value of the member with this name, unchanged.
    Value(&'static str),
    /// The selected members of a nested value. The member with this name is an object or a list of objects.
    Within(&'static str, SelectedMembers),
}

impl SelectedMember {
    /// Plans a selected field. `ty` is the name of the type that has the field.
    ///
    /// # Errors
    /// If a directive in the selection is invalid. The error is added to those of the planner.
    pub fn new<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, ty: &str) -> Result<Self, Failed> {
        planner.cost.output(selected.key, VALUE_BYTES);
        if selected.name == TYPE_NAME {
            return Ok(Self::TypeName(ty.to_owned()));
        }
        if selected.sets.iter().all(|set| set.is_empty()) {
            return Ok(Self::Value(selected.name));
        }
        let members = planner.within(selected.key, |planner| {
            SelectedMembers::new(planner, &selected.sets, selected.field.definition.ty.name())
        })?;
        Ok(Self::Within(selected.name, members))
    }

    /// Reports whether it is the value of a member with this name, or has one at any depth.
    pub fn selects(&self, name: &str) -> bool {
        match self {
            Self::TypeName(_) => false,
            Self::Value(member) => *member == name,
            Self::Within(_, SelectedMembers(members)) => members.iter().any(|(_, member)| member.selects(name)),
        }
    }

    /// Writes the member of an object.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub fn write(&self, object: &Json, writer: &mut JsonWriter) -> Result<(), EngineError> {
        match self {
            Self::TypeName(name) => {
                writer.text(name);
                Ok(())
            }
            Self::Value(name) => writer.value(&object[*name]),
            Self::Within(name, members) => match &object[*name] {
                Json::Array(items) => writer.brackets(items.iter(), |writer, item| members.write(item, writer)),
                value => members.write(value, writer),
            },
        }
    }
}

impl SelectedMembers {
    /// Plans the selection on an object. `ty` is the name of its type.
    ///
    /// # Errors
    /// If a directive in the selection is invalid. The error is added to those of the planner.
    pub fn new<'q>(planner: &mut Planner<'q>, sets: Sets<'_, 'q>, ty: &str) -> Result<Self, Failed> {
        let mut members = Vec::new();
        for selected in planner.collect(sets, ty)? {
            members.push((response_key(selected.key), SelectedMember::new(planner, &selected, ty)?));
        }
        Ok(Self(members))
    }

    /// Writes the selected members of an object; null if it is null.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub fn write(&self, object: &Json, writer: &mut JsonWriter) -> Result<(), EngineError> {
        if object.is_null() {
            return writer.raw("null");
        }
        writer.braces(&self.0, |writer, member| member.write(object, writer))
    }
}
