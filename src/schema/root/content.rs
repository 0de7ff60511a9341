//! The root fields of the content types, `node`, `nodes` and `search`. The engine plans and runs them.

use super::{Root, RootAction, RootPlan, Running};
use crate::{
    engine::{
        catalog::Catalog,
        plan::{
            planner::{Failed, Planner},
            root::{ContentField, ContentPlan},
            selection::Selected,
        },
        register,
        run::json::JsonWriter,
    },
    graphql::{
        schema::{Field, Schema},
        tree::OperationKind,
    },
    store::Snapshot,
};

/// The root fields.
pub struct Content;

impl Root for Content {
    fn declare(&self, schema: &mut Schema, catalog: &'static Catalog) {
        register::types(schema, catalog);
    }

    fn fields(&self, catalog: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        if kind == OperationKind::Query { register::roots(catalog) } else { Vec::new() }
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        let field = ContentField::named(planner.catalog, selected.name)?;
        Some(field.plan(planner, selected).map(|plan| RootAction::Read(Box::new(plan))))
    }
}

impl RootPlan for ContentPlan {
    fn run<'a>(&'a self, snapshot: &'a mut Snapshot, writer: &'a mut JsonWriter) -> Running<'a> {
        Box::pin(Self::run(self, snapshot, writer))
    }
}
