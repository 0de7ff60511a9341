//! Lists at the root: filters, searches, orders and pages.

use std::{cmp::Reverse, fmt::Write as _};

use proptest::{
    prelude::*,
    strategy::Union,
    test_runner::{TestCaseError, TestCaseResult},
};
use serde_json::{Value as Json, json};

use super::{
    filter::{Where, Wheres},
    generate::libraries,
    library::{Library, Row},
    order::{Order, orders},
    page::{Page, SELECTION, Size, sizes, walks},
    runner::{Generated, property},
    search::{Scores, Search, found_rows, searches},
    shape::{CONTENTS, Type},
};
use crate::support::TestApp;

/// Root fields in one request.
const AT_ONCE: usize = 8;

/// A query for a list.
#[derive(Clone, Debug)]
pub struct Question {
    pub of: Type,
    pub filter: Option<Where>,
    pub search: Option<Search>,
    pub order: Order,
    /// The page size with which the whole list is read.
    size: usize,
    /// Pages between any two cursors.
    between: Vec<(Size, Option<prop::sample::Index>, Option<prop::sample::Index>)>,
}

impl Question {
    /// Returns the arguments `where`, `search` and `orderBy`.
    pub fn arguments(&self, library: &Library) -> String {
        format!("{} {}", arguments(self.filter.as_ref(), &self.order), self.search_argument(library))
    }

    /// Returns the argument `search`; an empty text without a search.
    pub fn search_argument(&self, library: &Library) -> String {
        self.search.as_ref().map(|search| search.argument(library, self.of)).unwrap_or_default()
    }

    /// Returns the records that the search finds, with their scores; `None` without a search.
    pub async fn scores(&self, generated: &Generated<'_>) -> Result<Option<Scores>, TestCaseError> {
        match &self.search {
            Some(search) => search.scores(generated, self.of).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the expected rows of a list. `rows` are all its rows in its default order.
    pub fn listed<'l>(&self, library: &'l Library, rows: Vec<&'l Row>, scores: Option<&Scores>) -> Vec<&'l Row> {
        let mut rows = found_rows(rows, scores);
        if let Some(scores) = scores.filter(|_| self.order.0.is_empty()) {
            rows.sort_by_key(|row| Reverse(scores[&row.id]));
        }
        listed(library, self.of, rows, self.filter.as_ref(), &self.order)
    }

    /// Returns the pages to request of a list with this number of entries.
    pub fn pages(&self, count: usize) -> Vec<Page> {
        let mut pages = walks(count, self.size);
        for (size, after, before) in &self.between {
            let at =
                |index: &Option<prop::sample::Index>| index.as_ref().filter(|_| count > 0).map(|index| index.index(count));
            pages.push(Page { size: *size, after: at(after), before: at(before) });
        }
        pages
    }
}

/// Returns the arguments `where` and `orderBy`, without empty ones.
pub fn arguments(filter: Option<&Where>, order: &Order) -> String {
    let mut arguments = String::new();
    if let Some(filter) = filter {
        let _ = write!(arguments, " where: {filter}");
    }
    if !order.0.is_empty() {
        let _ = write!(arguments, " orderBy: {order}");
    }
    arguments
}

/// Returns arguments in parentheses; an empty text if there are none, because GraphQL does not allow empty parentheses.
pub fn parenthesised(arguments: &str) -> String {
    if arguments.trim().is_empty() { String::new() } else { format!("({arguments})") }
}

/// Generates queries for types; a type that is listed twice is twice as likely.
pub fn questions(types: &'static [Type]) -> impl Strategy<Value = Question> {
    let mut wheres = Wheres::default();
    let index = || proptest::option::of(any::<prop::sample::Index>());
    let of_type = types.iter().map(|of| {
        let filter = proptest::option::weighted(0.8, wheres.of(*of, 3));
        let between = prop::collection::vec((sizes(), index(), index()), 3);
        let search = proptest::option::weighted(0.5, searches());
        (filter, search, orders(*of), 1..6_usize, between)
            .prop_map(|(filter, search, order, size, between)| Question { of: *of, filter, search, order, size, between })
            .boxed()
    });
    Union::new(of_type.collect::<Vec<_>>())
}

/// Returns the rows of a list that match a filter, in an order. `rows` are in the default order of the list.
pub fn listed<'l>(
    library: &'l Library,
    of: Type,
    rows: impl IntoIterator<Item = &'l Row>,
    filter: Option<&Where>,
    order: &Order,
) -> Vec<&'l Row> {
    let takes = |row: &&Row| filter.is_none_or(|filter| filter.holds(library, of, row));
    let mut rows: Vec<&Row> = rows.into_iter().filter(takes).collect();
    order.sort(library, of, &mut rows);
    rows
}

/// Returns the cursors of the edges of a connection.
pub fn cursors(connection: &Json) -> Vec<String> {
    let edges = connection["edges"].as_array().map(Vec::as_slice).unwrap_or_default();
    edges.iter().map(|edge| edge["cursor"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Queries root fields under aliases, a few in each request, and compares each with the expected value.
pub async fn expect_all(generated: &Generated<'_>, fields: Vec<(String, Json)>) -> TestCaseResult {
    for fields in fields.chunks(AT_ONCE) {
        let aliased = fields.iter().enumerate().map(|(at, (field, _))| format!("f{at}: {field}"));
        let found = generated.data(&format!("{{ {} }}", aliased.collect::<Vec<_>>().join("\n  "))).await?;
        for (at, (field, expected)) in fields.iter().enumerate() {
            let found = &found[format!("f{at}")];
            if found != expected {
                return Err(generated.failure(&format!("{{ {field} }}"), &expected.to_string(), &found.to_string()));
            }
        }
    }
    Ok(())
}

async fn walk(app: &TestApp, (library, questions): &(Library, Vec<Question>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for question in questions {
        let (of, arguments) = (question.of, question.arguments(library));
        let scores = question.scores(&generated).await?;
        let rows = question.listed(library, library.all(of), scores.as_ref());
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let all = Page::of(Size::First(100));
        let query = format!("{{ all: {}({}{arguments}) {SELECTION} }}", of.plural(), all.size);
        let found = generated.data(&query).await?;
        let cursors = cursors(&found["all"]);
        if cursors.len() != ids.len() || found["all"] != all.expected(of, &ids, &cursors) {
            return Err(generated.failure(&query, &format!("{ids:?}"), &found.to_string()));
        }
        let field = |page: &Page| {
            let arguments = parenthesised(&format!("{}{arguments}", page.arguments(&cursors)));
            format!("{}{arguments} {SELECTION}", of.plural())
        };
        let pages = question.pages(ids.len());
        let pages = pages.iter().map(|page| (field(page), page.expected(of, &ids, &cursors)));
        expect_all(&generated, pages.collect()).await?;
    }
    Ok(())
}

async fn partition(app: &TestApp, (library, questions): &(Library, Vec<Question>)) -> TestCaseResult {
    let generated = Generated::insert(app, library).await;
    for question in questions {
        let (of, filter) = (question.of, question.filter.clone().unwrap_or_default());
        let (scores, search) = (question.scores(&generated).await?, question.search_argument(library));
        let list = |key: &str, filter: &Where| {
            format!("{key}: {}(first: 100, where: {filter} {search}) {{ nodes {{ id }} }}", of.plural())
        };
        let query = format!("{{ {} {} }}", list("taken", &filter), list("left", &filter.clone().not()));
        let found = generated.data(&query).await?;
        let ids = |key: &str| found[key]["nodes"].as_array().cloned().unwrap_or_default();
        let mut both = [ids("taken"), ids("left")].concat();
        both.sort_by_key(|node| node["id"].as_str().and_then(|id| id.split_once(':')?.1.parse::<i64>().ok()));
        let all = found_rows(library.rows(of).iter().collect(), scores.as_ref());
        let all: Vec<Json> = all.iter().map(|row| json!({"id": format!("{}:{}", of.name(), row.id)})).collect();
        if both != all {
            return Err(generated.failure(&query, "every row once in the one or the other", &found.to_string()));
        }
    }
    Ok(())
}

fn cases() -> impl Strategy<Value = (Library, Vec<Question>)> {
    (libraries(), prop::collection::vec(questions(&CONTENTS), 1..5))
}

property!(a_list_is_that_of_the_model_and_pages_walk_all_of_it, 16, cases(), walk);
property!(each_row_matches_either_a_filter_or_its_negation, 12, cases(), partition);
