//! Fetches: what is read for the levels of a selection.

use std::sync::Arc;

use super::{
    arguments::{order::OrderKey, page::Page},
    grouping::Grouping,
    rows::{between::BetweenMeasures, condition_set::ConditionSet, path::Path, predicate::Filter},
    search::Search,
    searched_texts::SearchedTexts,
};
use crate::{
    engine::{
        catalog::{Catalog, ObjectType, Target},
        problem::EngineError,
        sql::template::Templates,
    },
    store::reading::statement::Read,
};

/// What is read for one level. One SQL statement reads its rows. Further statements read the index of a search, and what
/// the client selects in addition: the count, each list of groups, the texts to highlight, and the entry before the page.
/// The count and several lists of groups may share one statement ([`Self::ignores_if_shared`]).
#[expect(clippy::struct_excessive_bools, reason = "each is set by another field of the selection, in any combination")]
pub struct Fetch {
    /// Type of the rows.
    pub target: &'static ObjectType,
    /// Their table.
    pub table: &'static str,
    /// How they are found.
    pub by: By,
    /// The filter that the rows must match; `None` for all rows.
    pub filter: Option<Filter>,
    /// The search that the rows must match; `None` for all rows.
    pub search: Option<Arc<Search>>,
    /// True if the client selects `matchedOn`: what matched in each row.
    pub matches: bool,
    /// The searched texts of each type of the rows, if the client selects `highlight`.
    pub texts: Vec<SearchedTexts>,
    /// True if the client selects `expansions`: the synonyms that the search used.
    pub expands: bool,
    /// True if the client selects `didYouMean`: similar words for words that match nothing.
    pub suggests: bool,
    /// The sort keys of the rows. Those of a paged list of records include the slug or the id.
    pub sort_keys: Vec<OrderKey>,
    /// The page of each parent's list; `None` for all rows.
    pub page: Option<Page>,
    /// Fingerprint of the type and the order, in every cursor. It distinguishes cursors of this list from those of lists
    /// with another type or order.
    pub fingerprint: u32,
    /// Columns to read, in order.
    pub columns: Vec<(&'static str, Read)>,
    /// Indexes of the columns whose JSON is parsed.
    pub json: Vec<usize>,
    /// The measures of the rows between, if the relation leads through other records; otherwise `None`.
    pub between_measures: Option<BetweenMeasures>,
    /// True if rows are read; false if the client selects only counts, facets or other fields that need no rows.
    pub rows: bool,
    /// True if the sort keys are read, for cursors.
    pub cursors: bool,
    /// True if one row more than the page is read, to find out whether another page follows.
    pub extra_row: bool,
    /// The fetch that finds out whether an entry precedes each page (for `last`: follows it). `None` if the client does
    /// not select that, or if [`Page::probe`] is `None`.
    pub probe: Option<Box<Fetch>>,
    /// How the rows are grouped. The fetch then reads groups instead of rows; `None` if it reads rows.
    pub grouping: Option<Grouping>,
    /// The fetches of aggregates, facets and groups of the same lists, computed from the rows of all pages.
    pub groups: Vec<Fetch>,
    /// For a facet in [`Self::groups`] that may share a statement with other facets: the conditions of the list's
    /// filter that the facet ignores. `None` if it has a statement of its own. The shared statement reads the rows of
    /// the list once, counts their values for each facet, and counts the rows if the fetch of the list has
    /// [`Self::count`]. This is faster than several statements. The facets of a list of the whole table share no
    /// statement: each of them is read from the index of its column.
    pub ignores_if_shared: Option<ConditionSet>,
    /// True if the rows of all pages are counted.
    pub count: bool,
    /// Names of the content types that the filter, the order, the search and the groups read.
    pub depends_on: Vec<&'static str>,
    /// The levels below.
    pub children: Vec<Child>,
    /// Its statements, once the plan is complete.
    pub statements: Templates,
}

/// How the rows of a level are found.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// In the whole table.
    Root,
    /// By primary key.
    Key,
    /// By the column with the id of the owner. Rows are ordered by `position` and have no pages.
    Owner(&'static str),
    /// By following a path from each parent.
    Path(Path),
    /// By lists of ids inside JSON.
    Lists,
    /// Records of several types that a search finds; the levels below read them by their ids.
    Found,
}

/// A level below another one.
pub struct Child {
    /// Where its keys are in the rows of the level above.
    pub source: KeySource,
    /// How it is read.
    pub fetch: Fetch,
}

/// Where the keys of a level are in the rows of the level above.
#[derive(Debug)]
pub enum KeySource {
    /// In a column.
    Column(usize),
    /// Inside the JSON of a column: the names of the members that lead to the id or the list of ids. Arrays on this path are
    /// searched entry by entry.
    Json(usize, Vec<&'static str>),
}

impl Fetch {
    /// Creates a fetch of all rows found this way, with no columns yet.
    pub fn new(catalog: &'static Catalog, target: Target, by: By) -> Self {
        Self::of(catalog.target(target), target.table, by)
    }

    pub(in crate::engine) fn of(target: &'static ObjectType, table: &'static str, by: By) -> Self {
        Self {
            target,
            table,
            by,
            filter: None,
            search: None,
            matches: false,
            texts: Vec::new(),
            expands: false,
            suggests: false,
            sort_keys: Vec::new(),
            page: None,
            fingerprint: 0,
            columns: Vec::new(),
            json: Vec::new(),
            between_measures: None,
            rows: true,
            cursors: false,
            extra_row: false,
            probe: None,
            grouping: None,
            groups: Vec::new(),
            ignores_if_shared: None,
            count: false,
            depends_on: Vec::new(),
            children: Vec::new(),
            statements: Templates::default(),
        }
    }

    /// Reports whether the statement computes a table that is the same for all parents: the records that a search found, or
    /// values of related rows. Such a statement runs once for all parents, because the table would otherwise be computed
    /// for each parent.
    pub fn runs_once_for_all_parents(&self) -> bool {
        self.search.is_some()
            || self.filter.as_ref().is_some_and(Filter::materializes)
            || self.sort_keys.iter().any(OrderKey::is_joined)
    }

    /// Reports whether there are no parents.
    pub fn is_at_root(&self) -> bool {
        matches!(self.by, By::Root | By::Found)
    }

    /// Reports whether the list has exactly the records that its search finds. Then no statement counts them.
    pub fn is_whole_search_result(&self) -> bool {
        self.is_at_root() && self.search.is_some() && self.filter.is_none() && self.grouping.is_none()
    }

    /// Returns the number of records with the highest scores that are sufficient for the page. `None` if all found records
    /// are needed: if the list has a filter, parents or another order, or if the page has a cursor or is counted from the
    /// end.
    pub fn first_by_score(&self) -> Option<usize> {
        let page = self.page.as_ref().filter(|page| !page.backward && page.after.is_none() && page.before.is_none())?;
        let by_score = self.sort_keys.first().is_some_and(OrderKey::is_score);
        (self.is_whole_search_result() && by_score).then(|| page.offset + page.size + usize::from(self.extra_row))
    }

    /// Adds the fetch that finds out whether an entry precedes each page ([`Page::probe`]).
    pub fn add_probe(&mut self) {
        self.probe = self.page.as_ref().and_then(Page::probe).map(|page| {
            let (filter, search, sort_keys) = (self.filter.clone(), self.search.clone(), self.sort_keys.clone());
            let grouping = self.grouping.clone();
            let between_measures =
                self.between_measures.clone().map(|measures| BetweenMeasures { is_read: false, ..measures });
            let columns = if grouping.is_some() { self.columns.clone() } else { vec![("id", Read::Int)] };
            let fetch = Self::of(self.target, self.table, self.by);
            Box::new(Self { filter, search, sort_keys, columns, between_measures, grouping, page: Some(page), ..fetch })
        });
    }

    /// Adds a column, unless it is read already, and returns its index.
    pub fn column(&mut self, name: &'static str, read: Read) -> usize {
        self.columns.iter().position(|(column, _)| *column == name).unwrap_or_else(|| {
            self.columns.push((name, read));
            self.columns.len() - 1
        })
    }

    /// Returns the index of the column `id`, which every connection of records reads.
    ///
    /// # Errors
    /// If the planner has not added the column.
    pub fn id_column(&self) -> Result<usize, EngineError> {
        let at = self.columns.iter().position(|(column, _)| *column == "id");
        at.ok_or_else(|| EngineError::Unplanned(format!("the ids of {} are not read", self.table)))
    }

    /// Adds a column whose JSON is parsed, and returns its index.
    pub fn json_column(&mut self, name: &'static str) -> usize {
        let column = self.column(name, Read::Text);
        if !self.json.contains(&column) {
            self.json.push(column);
        }
        column
    }

    /// Adds a level below, and returns its index.
    pub fn child(&mut self, source: KeySource, fetch: Fetch) -> usize {
        self.children.push(Child { source, fetch });
        self.children.len() - 1
    }
}
