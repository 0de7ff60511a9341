//! Plans what a search tells of what it found: matches, marked texts, synonyms.

use super::{NUMBER_BYTES, Planned, Planner, quoted};
use crate::{
    engine::plan::{
        ExpansionFieldPlan, ExpansionPlan, HighlightFieldPlan, HighlightPlan, MatchFieldPlan, MatchPlan, SpanFieldPlan,
        SpanPlan, cost::OBJECT, response_key, selection::Sets,
    },
    graphql::schema::TYPE_NAME,
};

/// Assumed bytes of a name or a word.
const WORD_BYTES: u64 = 12;
/// Assumed bytes of a text with marked words.
const TEXT_BYTES: u64 = 200;
/// Assumed number of marked texts of a record for each word of the search.
pub(super) const TEXTS_A_WORD: u64 = 3;
/// Assumed number of marks in a text.
const SPANS: u64 = 3;

impl<'q> Planner<'q> {
    /// Plans the fields of a match.
    pub(super) fn matches(&mut self, sets: Sets<'_, 'q>) -> Planned<MatchPlan> {
        /// Type of the objects.
        const NAME: &str = "SearchMatch";
        let cost_item = self.cost.item(&self.path, OBJECT);
        let mut fields = Vec::new();
        for selected in self.collect(sets, NAME)? {
            let what = match selected.name {
                "field" => MatchFieldPlan::Field,
                "term" => MatchFieldPlan::Term,
                "how" => MatchFieldPlan::How,
                TYPE_NAME => MatchFieldPlan::Constant(quoted(NAME)),
                _ => return Err(self.unknown(&selected)),
            };
            self.cost.output(selected.key, WORD_BYTES);
            fields.push((response_key(selected.key), what));
        }
        Ok(MatchPlan { cost_item, fields })
    }

    /// Plans the fields of a text with marked words.
    pub(super) fn highlight(&mut self, sets: Sets<'_, 'q>) -> Planned<HighlightPlan> {
        /// Type of the objects.
        const NAME: &str = "SearchHighlight";
        let cost_item = self.cost.item(&self.path, OBJECT);
        let mut fields = Vec::new();
        for selected in self.collect(sets, NAME)? {
            let (what, bytes) = match selected.name {
                "field" => (HighlightFieldPlan::Field, WORD_BYTES),
                "text" => (HighlightFieldPlan::Text, TEXT_BYTES),
                "spans" => {
                    let each = |planner: &mut Self| planner.span(&selected.sets);
                    let plan = self.within(selected.key, |planner| planner.repeated(SPANS, SPANS, 0, each))?;
                    (HighlightFieldPlan::Spans(plan), 0)
                }
                TYPE_NAME => (HighlightFieldPlan::Constant(quoted(NAME)), WORD_BYTES),
                _ => return Err(self.unknown(&selected)),
            };
            self.cost.output(selected.key, bytes);
            fields.push((response_key(selected.key), what));
        }
        Ok(HighlightPlan { cost_item, fields })
    }

    fn span(&mut self, sets: Sets<'_, 'q>) -> Planned<SpanPlan> {
        /// Type of the objects.
        const NAME: &str = "TextSpan";
        let cost_item = self.cost.item(&self.path, OBJECT);
        let mut fields = Vec::new();
        for selected in self.collect(sets, NAME)? {
            let what = match selected.name {
                "start" => SpanFieldPlan::Start,
                "length" => SpanFieldPlan::Length,
                TYPE_NAME => SpanFieldPlan::Constant(quoted(NAME)),
                _ => return Err(self.unknown(&selected)),
            };
            self.cost.output(selected.key, NUMBER_BYTES);
            fields.push((response_key(selected.key), what));
        }
        Ok(SpanPlan { cost_item, fields })
    }

    /// Plans the fields of a synonym that a search used.
    pub(super) fn expansion(&mut self, sets: Sets<'_, 'q>) -> Planned<ExpansionPlan> {
        /// Type of the objects.
        const NAME: &str = "SearchExpansion";
        let cost_item = self.cost.item(&self.path, OBJECT);
        let mut fields = Vec::new();
        for selected in self.collect(sets, NAME)? {
            let what = match selected.name {
                "words" => ExpansionFieldPlan::Words,
                "meaning" => ExpansionFieldPlan::Meaning,
                TYPE_NAME => ExpansionFieldPlan::Constant(quoted(NAME)),
                _ => return Err(self.unknown(&selected)),
            };
            self.cost.output(selected.key, WORD_BYTES);
            fields.push((response_key(selected.key), what));
        }
        Ok(ExpansionPlan { cost_item, fields })
    }
}
