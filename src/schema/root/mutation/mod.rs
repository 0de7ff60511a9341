//! The mutations of content: `saveX`, `patchX`, `renameX`, `restoreX` and `deleteX` for each content type with content
//! documents of its own, and `apply` for several changes.
//!
//! The fields and their types are derived from the declarations ([`declare`]). [`plan`] reads the arguments and plans
//! the selection of the payload. [`publish`] publishes the changes, as an import does, and writes the payload. The
//! record in the payload is planned and read like that of any other root field.

mod declare;
mod plan;
mod publish;

use super::{Root, RootAction};
use crate::{
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

pub use declare::MAX_CHANGES;
pub use plan::MutationPlan;
pub use publish::MutationResult;

/// The mutations of content.
pub struct Mutations;

impl Root for Mutations {
    fn declare(&self, schema: &mut Schema, catalog: &'static Catalog) {
        declare::types(schema, catalog);
    }

    fn fields(&self, catalog: &'static Catalog, kind: OperationKind) -> Vec<Field> {
        if kind == OperationKind::Mutation { declare::fields(catalog) } else { Vec::new() }
    }

    fn plan<'q>(&self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Option<Result<RootAction, Failed>> {
        let operation = declare::MutationKind::named(planner.catalog, selected.name)?;
        Some(MutationPlan::new(planner, operation, selected).map(|plan| RootAction::Publish(Box::new(plan))))
    }
}
