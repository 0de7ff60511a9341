//! Writes the details of a search as JSON: matches, texts with marked words, synonyms.

use super::{
    json::{JsonWriter, Written},
    level::Level,
};
use crate::engine::{
    plan::{
        ExpansionFieldPlan, ExpansionPlan, Fetch, HighlightFieldPlan, HighlightPlan, MatchFieldPlan, MatchPlan,
        SearchDetailField, SearchDetailPlan, SpanFieldPlan, SpanPlan, search::MATCH_KINDS,
    },
    problem::EngineError,
};

impl JsonWriter {
    /// Writes what matched in an entry.
    pub fn matches(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &MatchPlan) -> Written {
        let matches = level.matches.get(&record(fetch, level, row)?).map(Vec::as_slice).unwrap_or_default();
        self.details(matches, plan, |writer, found, field| {
            match field {
                MatchFieldPlan::Field => writer.text(&found.field),
                MatchFieldPlan::Term => writer.text(&found.term),
                MatchFieldPlan::How => writer.text(MATCH_KINDS[found.how.min(MATCH_KINDS.len() - 1)].0),
            }
            Ok(())
        })
    }

    /// Writes the texts of an entry with marked words.
    pub fn highlights(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &HighlightPlan) -> Written {
        let highlights = level.highlights.get(&record(fetch, level, row)?).map(Vec::as_slice).unwrap_or_default();
        self.details(highlights, plan, |writer, highlight, field| {
            match field {
                HighlightFieldPlan::Field => writer.text(&highlight.field),
                HighlightFieldPlan::Text => writer.text(&highlight.text),
                HighlightFieldPlan::Spans(plan) => return writer.spans(&highlight.spans, plan),
            }
            Ok(())
        })
    }

    fn spans(&mut self, spans: &[(usize, usize)], plan: &SpanPlan) -> Written {
        self.details(spans, plan, |writer, (start, length), field| {
            let number = match field {
                SpanFieldPlan::Start => start,
                SpanFieldPlan::Length => length,
            };
            writer.int(i64::try_from(*number).unwrap_or(i64::MAX));
            Ok(())
        })
    }

    /// Writes the synonyms that a search used.
    pub fn expansions(&mut self, level: &Level, plan: &ExpansionPlan) -> Written {
        self.details(&level.expansions, plan, |writer, (words, meaning), field| {
            writer.text(match field {
                ExpansionFieldPlan::Words => words,
                ExpansionFieldPlan::Meaning => meaning,
            });
            Ok(())
        })
    }

    /// Writes a list of objects. `write` writes the value of a field.
    fn details<T, F>(
        &mut self,
        found: &[T],
        plan: &SearchDetailPlan<F>,
        write: impl Fn(&mut Self, &T, &F) -> Written,
    ) -> Written {
        self.brackets(found.iter(), |writer, one| {
            writer.written[plan.cost_item] += 1;
            writer.braces(&plan.fields, |writer, field| match field {
                SearchDetailField::Constant(text) => writer.raw(text),
                SearchDetailField::Value(field) => write(writer, one, field),
            })
        })
    }
}

/// Returns the id of the record in a row of a connection.
///
/// # Errors
/// If the row has no id.
pub fn record(fetch: &Fetch, level: &Level, row: usize) -> Result<i64, EngineError> {
    let id = level.rows.int(row, fetch.id_column()?);
    id.ok_or_else(|| EngineError::Corrupt(format!("a row of {} has no id", fetch.table)))
}
