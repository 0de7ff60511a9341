//! Plans the details of a search: matches, texts with marked words, synonyms.

use super::{NUMBER_BYTES, Planned, Planner, quoted};
use crate::{
    engine::plan::{
        ExpansionFieldPlan, ExpansionPlan, HighlightFieldPlan, HighlightPlan, MatchFieldPlan, MatchPlan, SearchDetailField,
        SearchDetailPlan, SpanFieldPlan, SpanPlan,
        cost::OBJECT_POINTS,
        response_key,
        selection::{Selected, Sets},
    },
    graphql::schema::TYPE_NAME,
};

/// Assumed bytes of a name or a word.
const WORD_BYTES: u64 = 12;
/// Assumed bytes of a text with marked words.
const TEXT_BYTES: u64 = 200;
/// Assumed number of marked texts of a record for each word of the search.
pub(super) const TEXTS_PER_WORD: u64 = 3;
/// Assumed number of spans in a text.
const SPANS: u64 = 3;

impl<'q> Planner<'q> {
    /// Plans the fields of a match.
    pub(super) fn matches(&mut self, sets: Sets<'_, 'q>) -> Planned<MatchPlan> {
        self.search_detail("SearchMatch", sets, |_, selected| {
            Ok(match selected.name {
                "field" => Some((MatchFieldPlan::Field, WORD_BYTES)),
                "term" => Some((MatchFieldPlan::Term, WORD_BYTES)),
                "how" => Some((MatchFieldPlan::How, WORD_BYTES)),
                _ => None,
            })
        })
    }

    /// Plans the fields of a text with marked words.
    pub(super) fn highlight(&mut self, sets: Sets<'_, 'q>) -> Planned<HighlightPlan> {
        self.search_detail("SearchHighlight", sets, |planner, selected| {
            Ok(match selected.name {
                "field" => Some((HighlightFieldPlan::Field, WORD_BYTES)),
                "text" => Some((HighlightFieldPlan::Text, TEXT_BYTES)),
                "spans" => {
                    let each = |planner: &mut Self| planner.span(&selected.sets);
                    let plan = planner.within(selected.key, |planner| planner.repeated(SPANS, SPANS, 0, each))?;
                    Some((HighlightFieldPlan::Spans(plan), 0))
                }
                _ => None,
            })
        })
    }

    fn span(&mut self, sets: Sets<'_, 'q>) -> Planned<SpanPlan> {
        self.search_detail("TextSpan", sets, |_, selected| {
            Ok(match selected.name {
                "start" => Some((SpanFieldPlan::Start, NUMBER_BYTES)),
                "length" => Some((SpanFieldPlan::Length, NUMBER_BYTES)),
                _ => None,
            })
        })
    }

    /// Plans the fields of a synonym that a search used.
    pub(super) fn expansion(&mut self, sets: Sets<'_, 'q>) -> Planned<ExpansionPlan> {
        self.search_detail("SearchExpansion", sets, |_, selected| {
            Ok(match selected.name {
                "words" => Some((ExpansionFieldPlan::Words, WORD_BYTES)),
                "meaning" => Some((ExpansionFieldPlan::Meaning, WORD_BYTES)),
                _ => None,
            })
        })
    }

    /// Plans the fields of an object of the type of this name. `plan` returns how a field is written, and its assumed bytes;
    /// `None` if the type does not have the field.
    fn search_detail<F>(
        &mut self,
        name: &str,
        sets: Sets<'_, 'q>,
        plan: impl Fn(&mut Self, &Selected<'q>) -> Planned<Option<(F, u64)>>,
    ) -> Planned<SearchDetailPlan<F>> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let mut fields = Vec::new();
        for selected in self.collect(sets, name)? {
            let field = if selected.name == TYPE_NAME {
                self.cost.output(selected.key, WORD_BYTES);
                SearchDetailField::Constant(quoted(name))
            } else {
                let (field, bytes) = plan(self, &selected)?.ok_or_else(|| self.unknown(&selected))?;
                self.cost.output(selected.key, bytes);
                SearchDetailField::Value(field)
            };
            fields.push((response_key(selected.key), field));
        }
        Ok(SearchDetailPlan { cost_item, fields })
    }
}
