//! Writes what a search tells of what it found as JSON.

use super::{
    json::{JsonWriter, Written},
    level::Level,
};
use crate::engine::plan::{
    ExpansionFieldPlan, ExpansionPlan, Fetch, HighlightFieldPlan, HighlightPlan, MatchFieldPlan, MatchPlan, SpanFieldPlan,
    search::MATCH_KINDS,
};

impl JsonWriter {
    /// Writes what matched in an entry.
    pub fn matches(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &MatchPlan) -> Written {
        let matches = level.matches.get(&record(fetch, level, row)).map(Vec::as_slice).unwrap_or_default();
        self.brackets(matches.iter(), |writer, found| {
            writer.written[plan.cost_item] += 1;
            writer.braces(&plan.fields, |writer, field| {
                match field {
                    MatchFieldPlan::Constant(text) => writer.out.push_str(text),
                    MatchFieldPlan::Field => writer.text(&found.field),
                    MatchFieldPlan::Term => writer.text(&found.term),
                    MatchFieldPlan::How => writer.text(MATCH_KINDS[found.how.min(MATCH_KINDS.len() - 1)].0),
                }
                Ok(())
            })
        })
    }

    /// Writes the texts of an entry with marked words.
    pub fn highlights(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &HighlightPlan) -> Written {
        let highlights = level.highlights.get(&record(fetch, level, row)).map(Vec::as_slice).unwrap_or_default();
        self.brackets(highlights.iter(), |writer, highlight| {
            writer.written[plan.cost_item] += 1;
            writer.braces(&plan.fields, |writer, field| {
                match field {
                    HighlightFieldPlan::Constant(text) => writer.out.push_str(text),
                    HighlightFieldPlan::Field => writer.text(&highlight.field),
                    HighlightFieldPlan::Text => writer.text(&highlight.text),
                    HighlightFieldPlan::Spans(plan) => {
                        return writer.brackets(highlight.spans.iter(), |writer, (start, length)| {
                            writer.written[plan.cost_item] += 1;
                            writer.braces(&plan.fields, |writer, field| {
                                match field {
                                    SpanFieldPlan::Constant(text) => writer.out.push_str(text),
                                    SpanFieldPlan::Start => writer.int(i64::try_from(*start).unwrap_or(i64::MAX)),
                                    SpanFieldPlan::Length => writer.int(i64::try_from(*length).unwrap_or(i64::MAX)),
                                }
                                Ok(())
                            })
                        });
                    }
                }
                Ok(())
            })
        })
    }

    /// Writes the synonyms that a search used.
    pub fn expansions(&mut self, level: &Level, plan: &ExpansionPlan) -> Written {
        self.brackets(level.expansions.iter(), |writer, (words, meaning)| {
            writer.written[plan.cost_item] += 1;
            writer.braces(&plan.fields, |writer, field| {
                match field {
                    ExpansionFieldPlan::Constant(text) => writer.out.push_str(text),
                    ExpansionFieldPlan::Words => writer.text(words),
                    ExpansionFieldPlan::Meaning => writer.text(meaning),
                }
                Ok(())
            })
        })
    }
}

/// Returns the id of the record in a row of a connection.
pub fn record(fetch: &Fetch, level: &Level, row: usize) -> i64 {
    let column = fetch.columns.iter().position(|(name, _)| *name == "id").unwrap_or_default();
    level.rows.int(row, column).unwrap_or_default()
}
