//! Fields and their selections (<https://spec.graphql.org/draft/#sec-Validation.Fields>).

use super::Checker;
use crate::graphql::{
    document::{Field, Selection},
    error::quoted,
    schema::{Type, TypeKind},
    suggest, tree,
};

impl<'d> Checker<'d> {
    /// Checks selections on a type. Returns those without errors.
    pub(super) fn selections(&mut self, parent: &'static Type, selections: &'d [tree::Selection<'d>]) -> Vec<Selection> {
        let mut checked = Vec::with_capacity(selections.len());
        checked.extend(selections.iter().filter_map(|selection| match selection {
            tree::Selection::Field(field) => self.field(parent, field).map(Selection::Field),
            tree::Selection::Spread { name, directives } => self.spread(parent, *name, directives),
            tree::Selection::Inline { position, on, directives, selections } => {
                self.inline(parent, *position, *on, directives, selections)
            }
        }));
        checked
    }

    fn field(&mut self, parent: &'static Type, field: &'d tree::Field<'d>) -> Option<Field> {
        let position = field.key().position;
        let Some(definition) = self.schema.field(parent, field.name.text) else {
            self.unknown_field(parent, field);
            return None;
        };
        let owner = || format!("Field \"{}\"", definition.name);
        let described = || format!("field \"{}.{}\"", parent.name, definition.name);
        let arguments = self.arguments(&definition.arguments, &field.arguments, field.name.position, owner, described);
        let conditions = self.directives(&field.directives, "FIELD");
        let ty = self.schema.of(&definition.ty);
        let selections = self.selections_of_field(ty, &definition.ty.to_string(), field);
        let alias = field.alias.filter(|alias| alias.text != definition.name).map(|alias| alias.text.into());
        Some(Field { alias, definition, position, arguments: arguments.into(), conditions, selections })
    }

    fn selections_of_field(&mut self, ty: &'static Type, shown: &str, field: &'d tree::Field<'d>) -> Vec<Selection> {
        let (name, position) = (field.name.text, field.name.position);
        match (ty.fields().is_some(), field.selections.is_empty()) {
            (true, true) => self.error(position, || {
                format!(
                    "Field \"{name}\" of type \"{shown}\" must have a selection of subfields. Did you mean \"{name} {{ ... }}\"?"
                )
            }),
            (false, false) => self.error(position, || {
                format!("Field \"{name}\" must not have a selection since type \"{shown}\" has no subfields.")
            }),
            (true, false) => return self.selections(ty, &field.selections),
            (false, true) => {}
        }
        Vec::new()
    }

    /// Adds the error of an unknown field (<https://spec.graphql.org/draft/#sec-Field-Selections>).
    fn unknown_field(&mut self, parent: &'static Type, field: &tree::Field<'d>) {
        let (schema, name) = (self.schema, field.name.text);
        self.error(field.key().position, || {
            let has_it = |object: &&str| schema.named(object).is_some_and(|object| schema.field(object, name).is_some());
            let near = match &parent.kind {
                TypeKind::Interface { possible, .. } => {
                    let objects: Vec<&str> = possible.iter().map(String::as_str).filter(has_it).collect();
                    suggest::list("to use an inline fragment on", &objects)
                }
                _ => String::new(),
            };
            let near = if near.is_empty() {
                let fields = parent.fields().into_iter().flat_map(|fields| fields.keys());
                suggest::did_you_mean("", name, fields.map(String::as_str))
            } else {
                near
            };
            format!("Cannot query field {} on type \"{}\".{near}", quoted(name), parent.name)
        });
    }
}
