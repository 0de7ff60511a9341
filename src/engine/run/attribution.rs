//! Writes credits.

use super::json::JsonWriter;
use crate::{
    engine::{
        plan::attribution::{AttributionField, AttributionPlan, RecordAttribution},
        problem::EngineError,
    },
    store::reading::statement::Rows,
};

impl JsonWriter {
    /// Writes the credit of the library.
    ///
    /// # Errors
    /// If the response becomes too long.
    pub fn library_attribution(&mut self, plan: &AttributionPlan, revision: i64) -> Result<(), EngineError> {
        self.attribution(plan, &plan.credit.of_library(), None, revision)
    }

    /// Writes the credit of the record in a row.
    pub(super) fn record_attribution(&mut self, at: &RecordAttribution, rows: &Rows, row: usize) -> Result<(), EngineError> {
        let revision = rows.int(row, at.revision).unwrap_or_default();
        let text = at.plan.credit.of_record(rows.text(row, at.label).unwrap_or_default(), revision);
        let path = at.pages.zip(rows.text(row, at.slug)).map(|(pages, slug)| format!("{pages}/{slug}"));
        self.attribution(&at.plan, &text, path.as_deref(), revision)
    }

    fn attribution(
        &mut self,
        plan: &AttributionPlan,
        text: &str,
        path: Option<&str>,
        revision: i64,
    ) -> Result<(), EngineError> {
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| {
            match (field, path) {
                (AttributionField::Constant(constant), _) => writer.text(constant),
                (AttributionField::Text, _) => writer.text(text),
                (AttributionField::Path, Some(path)) => writer.text(path),
                (AttributionField::Path, None) => writer.raw("null")?,
                (AttributionField::Revision, _) => writer.int(revision),
            }
            Ok(())
        })
    }
}
