//! The root fields `revisions` and `revision`: the history of the library.

use super::{Root, RootAction};
use crate::{
    engine::{
        catalog::{Catalog, Target},
        declare::{ServiceRecord as _, history},
        plan::{
            planner::{Failed, Planner},
            root::ContentPlan,
            selection::Selected,
        },
        register,
    },
    graphql::{
        schema::{Field, Schema},
        tree::OperationKind,
        value::Value,
    },
};

/// Name of the field with all revisions.
const REVISIONS: &str = "revisions";

/// Name of the field with one revision.
const REVISION: &str = "revision";

/// Name of the argument of [`REVISION`].
const NUMBER: &str = "number";

/// The root fields.
pub struct History;

impl Root for History {
    fn declare(&self, _: &mut Schema, _: &'static Catalog) {}

    fn fields(&self, _: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        if kind != OperationKind::Query {
            return Vec::new();
        }
        let about = "All revisions, newest first, in pages. Null only if an error of this field is reported.";
        let all = register::field(REVISIONS, "RevisionConnection", about).with(register::page_arguments());
        let number = register::input(NUMBER, "Int!", "Number of the revision.");
        let one = register::field(REVISION, "Revision", "One revision. Null if there is none with this number.");
        vec![one.with(vec![number]), all]
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        let target = planner.catalog.object_named(history::Revision::NAME)?.as_target()?;
        let plan = match selected.name {
            REVISIONS => ContentPlan::latest_first(planner, target, selected),
            REVISION => one(planner, target, selected),
            _ => return None,
        };
        Some(plan.map(|plan| RootAction::Read(Box::new(plan))))
    }
}

fn one<'q>(planner: &mut Planner<'q>, target: Target, selected: &Selected<'q>) -> Result<ContentPlan, Failed> {
    // The type of the argument is `Int!`.
    let Value::Int(number) = planner.argument(selected.field, NUMBER)? else { return Err(planner.unknown(selected)) };
    ContentPlan::of_key(planner, target, number.into(), selected)
}
