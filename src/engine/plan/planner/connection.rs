//! Plans connections: their arguments, their pages, and the fields selected on them.

use std::sync::Arc;

use super::{NUMBER_BYTES, Planned, Planner, found::TEXTS_PER_WORD, quoted};
use crate::{
    engine::{
        catalog::{ObjectType, Target, Through},
        plan::{
            BetweenMeasures, ConnectionFieldPlan, ConnectionPlan, EdgeFieldPlan, NodePlan, PageInfoFieldPlan, ResponseKey,
            SearchedTexts,
            arguments::{
                input,
                order::OrderKey,
                page::{Page, PageArguments, fingerprint},
            },
            cost::{CONNECTION, ROWS_PER_POINT, SCANNED_ROWS_PER_POINT, SEARCH_OR_SCAN_POINTS, TOTAL_COUNT},
            fetch::{By, Fetch, KeySource},
            grouping::GroupKey,
            response_key,
            rows::{path::Path, predicate::Filter},
            search::{MAX_TEXT, Search},
            selection::{Selected, Sets},
        },
    },
    graphql::{document::Field as QueryField, schema::TYPE_NAME, value::Value},
    store::reading::statement::Read,
};

/// The entries of a connection.
pub enum Entries {
    /// Records of this type.
    Of(&'static ObjectType, ListContext),
    /// Records of these types, found by a search.
    AnyOf(Vec<Target>),
    /// Groups of records of this type.
    Groups(&'static ObjectType),
}

/// The argument `where` of a connection, and the number of rows of its lists.
pub struct ListContext {
    /// Estimated number of rows of all lists together.
    pub rows: u64,
    /// The argument `where`; `None` if it is not given.
    pub given: Option<Value>,
    /// The relation, if it leads through other records; otherwise `None`.
    pub through: Option<&'static Through>,
}

impl Entries {
    /// Returns the prefix of the names of the types of the connection and of its edges.
    fn type_prefix(&self) -> String {
        match self {
            Self::Of(object, ListContext { through: Some(through), .. }) => through.list_name(object.name),
            Self::Of(object, _) => object.name.to_owned(),
            Self::AnyOf(_) => "Search".to_owned(),
            Self::Groups(object) => format!("{}Group", object.name),
        }
    }
}

/// Bytes of a connection in a plan, with the names of its sort keys and unused capacity. Its filter, search, page, sort keys
/// and fields are added separately.
pub(super) const LIST_BYTES: usize = 600;

/// Assumed bytes of a cursor.
const CURSOR_BYTES: u64 = 80;

impl<'q> Planner<'q> {
    /// Plans a connection and its arguments. `default` is the order without `orderBy`, and `between_measures` has the
    /// measures of the rows between that this order uses. `lists` is the maximum number of lists, one for each parent,
    /// and `rows_per_list` the mean number of rows of a list. Without statistics, `lists` is 0 for a relation, and
    /// `rows_per_list` is 0 at the root.
    pub fn connection(
        &mut self,
        target: Target,
        by: By,
        (default, between_measures): (Vec<OrderKey>, Option<BetweenMeasures>),
        (lists, rows_per_list): (u64, u64),
        selected: &Selected<'q>,
    ) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let (order, text) = (self.optional(field, "orderBy")?, self.optional(field, "search")?);
        let arguments = self.page_arguments(field)?;
        let mut fetch = Fetch::new(self.catalog, target, by);
        let target = fetch.target;
        let text = text.map(|value| Search::read(self.catalog, &[target], &value, "search").map(Arc::new)).transpose();
        let order = order.map_or(Ok(Vec::new()), |value| OrderKey::read_all(self.catalog, target, &value, "orderBy"));
        let is_ordered = order.as_ref().is_ok_and(|keys| !keys.is_empty());
        let rows = lists.saturating_mul(rows_per_list);
        let given = self.filter(&mut fetch, rows, field)?;
        let id = if let By::Path(path) = by { OrderKey::id_at(path) } else { OrderKey::id() };
        fetch.search = self.record_error(field, text)?;
        fetch.sort_keys = OrderKey::of_list(self.record_error(field, order)?, default, id);
        if let (Some(search), false) = (&fetch.search, is_ordered) {
            fetch.sort_keys.insert(0, OrderKey::score(search));
        }
        fetch.fingerprint = fingerprint(target.name, &fetch.sort_keys);
        fetch.sort_keys = OrderKey::optimize_all(fetch.sort_keys, self.statistics, rows);
        let page = Page::read(&arguments, &fetch.sort_keys, fetch.fingerprint);
        let page = self.record_error(field, page)?;
        let size = page.size as u64;
        let skipped = (page.offset as u64).min(rows_per_list).saturating_mul(lists);
        fetch.page = Some(page);
        fetch.rows = false;
        let through = between_measures.as_ref().map(|measures| measures.through);
        if between_measures.is_some() {
            // All rows between are read and grouped before the first page.
            self.cost.read(rows, ROWS_PER_POINT);
        }
        fetch.between_measures = between_measures;
        fetch.depends_on = self.depends_on(&fetch);
        fetch.column("id", Read::Int);
        let is_search_or_scan = fetch.search.is_some()
            || fetch.filter.as_ref().is_some_and(Filter::needs_scan)
            || fetch.sort_keys.iter().any(OrderKey::needs_scan);
        self.cost.has_search_or_scan |= is_search_or_scan;
        let cost_item = self.cost.item(&self.path, CONNECTION + if is_search_or_scan { SEARCH_OR_SCAN_POINTS } else { 0 });
        let entries = (size, if rows_per_list == 0 { size } else { rows_per_list.saturating_mul(2).min(size) });
        let of = Entries::Of(target, ListContext { rows, given, through });
        let fields = self.connection_fields(&of, &selected.sets, &mut fetch, entries)?;
        if fetch.count {
            self.cost.add(cost_item, TOTAL_COUNT);
        }
        self.cost.read(skipped, ROWS_PER_POINT);
        for fetch in [Some(&fetch), fetch.probe.as_deref()].into_iter().flatten() {
            self.add_reading(fetch, rows, is_ordered);
            let filter = fetch.filter.as_ref().map_or(0, Filter::allocated_bytes);
            let page = fetch.page.as_ref().map_or(0, Page::allocated_bytes);
            let search = fetch.search.as_ref().map_or(0, |search| search.allocated_bytes());
            self.cost.add_allocated(LIST_BYTES + filter + search + size_of_val(fetch.sort_keys.as_slice()) + page);
        }
        Ok((fetch, ConnectionPlan { cost_item, fields }))
    }

    /// Plans the argument `where` of a field whose lists have `rows` rows altogether, and returns its value; `None` if it is
    /// not given.
    pub(super) fn filter(&mut self, fetch: &mut Fetch, rows: u64, field: &QueryField) -> Planned<Option<Value>> {
        let given = self.optional(field, "where")?;
        let filter = given.as_ref().map(|value| {
            input::bounded(value, "where")?;
            Filter::read(self.catalog, fetch.target, value, "where")
        });
        let filter = self.record_error(field, filter.transpose())?.filter(|filter| !filter.matches_all());
        fetch.filter = filter.map(|filter| filter.optimize(self.statistics, fetch.table, rows));
        Ok(given)
    }

    /// Returns the arguments of a field that select a page.
    pub(super) fn page_arguments(&mut self, field: &QueryField) -> Planned<PageArguments> {
        Ok(PageArguments {
            first: self.optional(field, "first")?,
            after: self.optional(field, "after")?,
            last: self.optional(field, "last")?,
            before: self.optional(field, "before")?,
            offset: self.optional(field, "offset")?,
        })
    }

    /// Adds to the cost the rows that the filter, the order and the count may read. `rows` is the number of rows of all
    /// lists together.
    fn add_reading(&mut self, fetch: &Fetch, rows: u64, is_ordered: bool) {
        let (statistics, table) = (self.statistics, fetch.table);
        let filtered = fetch.filter.as_ref().map_or(0, |filter| filter.rows_read(statistics, table, rows));
        let ordered: u64 =
            fetch.sort_keys.iter().map(|key| key.rows_read(statistics, table, rows)).fold(0, u64::saturating_add);
        self.cost.read(filtered.saturating_add(ordered), ROWS_PER_POINT);
        self.read_search(fetch, rows);
        // A filter or an order by a single column uses the index of the column. For several columns, the database may read
        // every entry of an index.
        let columns = fetch.filter.as_ref().map_or(0, Filter::column_count) + usize::from(is_ordered);
        if fetch.count || columns > 1 {
            self.cost.read(rows, SCANNED_ROWS_PER_POINT);
        }
    }

    /// Adds to the cost the index entries that a search may read: each word may match every record of the type.
    pub(super) fn read_search(&mut self, fetch: &Fetch, rows: u64) {
        if let Some(search) = &fetch.search {
            let found = self.statistics.rows(fetch.table).saturating_mul(search.word_count() as u64);
            self.cost.read(found.saturating_add(rows), SCANNED_ROWS_PER_POINT);
        }
    }

    /// Returns the content types that the filter, the order, the search and the groups of a fetch read.
    pub(super) fn depends_on(&self, fetch: &Fetch) -> Vec<&'static str> {
        let mut names = Vec::new();
        let mut found = |table| {
            let content = self.catalog.contents().find(|(_, role)| role.table == table);
            names.extend(content.map(|(object, _)| object.name));
        };
        if let Some(filter) = &fetch.filter {
            filter.tables(&mut found);
        }
        fetch.sort_keys.iter().for_each(|key| key.tables(&mut found));
        if let By::Path(Path::Through { between, .. }) = &fetch.by {
            found(between.table);
        }
        if let Some(grouping) = &fetch.grouping {
            found(fetch.table);
            grouping.keys.iter().for_each(|key| key.tables(&mut found));
        }
        names.extend(fetch.search.iter().flat_map(|search| search.synonyms.iter().map(|one| one.name)));
        names
    }

    /// Plans the fields selected on a connection. `entries` is the maximum and the usual number of its entries.
    pub(super) fn connection_fields(
        &mut self,
        target: &Entries,
        sets: Sets<'_, 'q>,
        fetch: &mut Fetch,
        entries: (u64, u64),
    ) -> Planned<Vec<(ResponseKey, ConnectionFieldPlan)>> {
        let mut outputs = Vec::new();
        let name = format!("{}Connection", target.type_prefix());
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "nodes" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        let each = |planner: &mut Self| planner.node(target, &selected.sets, fetch);
                        ConnectionFieldPlan::Nodes(planner.repeated(entries.0, entries.1, 0, each)?)
                    }
                    "edges" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        let each = |planner: &mut Self| planner.edges(target, &selected.sets, fetch);
                        ConnectionFieldPlan::Edges(planner.repeated(entries.0, entries.1, 0, each)?)
                    }
                    "pageInfo" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        ConnectionFieldPlan::PageInfo(planner.page_info(&selected.sets, fetch)?)
                    }
                    "totalCount" => {
                        planner.cost.output(selected.key, NUMBER_BYTES);
                        fetch.count = true;
                        ConnectionFieldPlan::TotalCount
                    }
                    "overlapping" => {
                        planner.cost.output(selected.key, NUMBER_BYTES);
                        let keys = fetch.grouping.as_ref().map(|grouping| grouping.keys.as_slice());
                        let is_overlapping = keys.is_some_and(|keys| keys.iter().any(GroupKey::is_overlapping));
                        ConnectionFieldPlan::Constant(is_overlapping.to_string())
                    }
                    "didYouMean" => {
                        planner.cost.output(selected.key, fetch.search.as_ref().map_or(0, |_| MAX_TEXT as u64));
                        fetch.suggests = fetch.search.is_some();
                        ConnectionFieldPlan::DidYouMean
                    }
                    "expansions" => {
                        planner.cost.output(selected.key, 0);
                        fetch.expands = fetch.search.is_some();
                        let words = fetch.search.as_ref().map_or(0, |search| search.word_count()) as u64;
                        let each = |planner: &mut Self| planner.expansion(&selected.sets);
                        ConnectionFieldPlan::Expansions(planner.repeated(words, words, 0, each)?)
                    }
                    TYPE_NAME => ConnectionFieldPlan::Constant(planner.type_name(&selected, &name)),
                    _ => match target {
                        Entries::Of(object, list) => planner.field_of_all_rows(object, list, &selected, fetch)?,
                        Entries::AnyOf(_) | Entries::Groups(_) => return Err(planner.unknown(&selected)),
                    },
                })
            })?;
            outputs.push((response_key(selected.key), what));
        }
        Ok(outputs)
    }

    fn edges(
        &mut self,
        target: &Entries,
        sets: Sets<'_, 'q>,
        fetch: &mut Fetch,
    ) -> Planned<Vec<(ResponseKey, EdgeFieldPlan)>> {
        let mut outputs = Vec::new();
        let name = format!("{}Edge", target.type_prefix());
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "cursor" => {
                        planner.cost.output(selected.key, CURSOR_BYTES);
                        fetch.cursors = true;
                        EdgeFieldPlan::Cursor
                    }
                    "node" => {
                        planner.cost.output(selected.key, 0);
                        EdgeFieldPlan::Node(planner.node(target, &selected.sets, fetch)?)
                    }
                    "score" => {
                        planner.cost.output(selected.key, NUMBER_BYTES);
                        EdgeFieldPlan::Score
                    }
                    "matchedOn" => {
                        planner.cost.output(selected.key, 0);
                        fetch.matches = fetch.search.is_some();
                        let words = fetch.search.as_ref().map_or(0, |search| search.word_count()) as u64;
                        let each = |planner: &mut Self| planner.matches(&selected.sets);
                        EdgeFieldPlan::Matches(planner.repeated(words, words, 0, each)?)
                    }
                    "highlight" => {
                        planner.cost.output(selected.key, 0);
                        if fetch.search.is_some() {
                            let targets = match target {
                                Entries::AnyOf(targets) => targets.clone(),
                                Entries::Of(object, _) | Entries::Groups(object) => object.as_target().into_iter().collect(),
                            };
                            fetch.texts =
                                targets.into_iter().map(|target| SearchedTexts::of(planner.catalog, target)).collect();
                        }
                        let texts = fetch.search.as_ref().map_or(0, |search| search.word_count()) as u64 * TEXTS_PER_WORD;
                        let each = |planner: &mut Self| planner.highlight(&selected.sets);
                        EdgeFieldPlan::Highlight(planner.repeated(texts, texts, 0, each)?)
                    }
                    TYPE_NAME => EdgeFieldPlan::Constant(planner.type_name(&selected, &name)),
                    _ => planner.between_aggregate(&selected, fetch)?,
                })
            })?;
            outputs.push((response_key(selected.key), what));
        }
        Ok(outputs)
    }

    fn node(&mut self, target: &Entries, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Planned<NodePlan> {
        Ok(match target {
            Entries::Groups(object) => NodePlan::Group(self.group(object, sets, fetch)?),
            Entries::Of(object, _) => NodePlan::Row(self.object(object, sets, fetch)?),
            Entries::AnyOf(targets) => {
                let id = fetch.column("id", Read::Int);
                let mut plans = Vec::new();
                for target in targets {
                    let mut below = Fetch::new(self.catalog, *target, By::Key);
                    let plan = self.object(below.target, sets, &mut below)?;
                    plans.push((fetch.child(KeySource::Column(id), below), plan));
                }
                NodePlan::AnyOf(plans)
            }
        })
    }

    fn page_info(&mut self, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Planned<Vec<(ResponseKey, PageInfoFieldPlan)>> {
        let mut outputs = Vec::new();
        for selected in self.collect(sets, "PageInfo")? {
            let (what, bytes) = match selected.name {
                "hasNextPage" => (PageInfoFieldPlan::HasNextPage, NUMBER_BYTES),
                "hasPreviousPage" => (PageInfoFieldPlan::HasPreviousPage, NUMBER_BYTES),
                "startCursor" => (PageInfoFieldPlan::StartCursor, CURSOR_BYTES),
                "endCursor" => (PageInfoFieldPlan::EndCursor, CURSOR_BYTES),
                TYPE_NAME => (PageInfoFieldPlan::Constant(quoted("PageInfo")), NUMBER_BYTES),
                _ => return Err(self.unknown(&selected)),
            };
            let backward = fetch.page.as_ref().is_some_and(|page| page.backward);
            match (&what, backward) {
                (PageInfoFieldPlan::HasNextPage, false) | (PageInfoFieldPlan::HasPreviousPage, true) => {
                    fetch.extra_row = true;
                }
                (PageInfoFieldPlan::HasPreviousPage, false) | (PageInfoFieldPlan::HasNextPage, true) => fetch.add_probe(),
                _ => {}
            }
            fetch.cursors |= matches!(what, PageInfoFieldPlan::StartCursor | PageInfoFieldPlan::EndCursor);
            self.cost.output(selected.key, bytes);
            outputs.push((response_key(selected.key), what));
        }
        Ok(outputs)
    }
}
