//! Plans connections: their arguments, their pages, and what of them is selected.

use super::{NUMBER_BYTES, Planned, Planner, quoted};
use crate::{
    engine::{
        catalog::ObjectType,
        cost::{CONNECTION, ROWS_A_POINT, SCANNED_ROWS_A_POINT, SEARCH, TOTAL_COUNT},
        input,
        order::OrderKey,
        page::{Page, PageArguments, fingerprint},
        plan::{By, ConnectionPlan, ConnectionWhat, EdgeWhat, Fetch, Key, PageInfoWhat, key},
        predicate::Filter,
        selection::{Selected, Sets},
    },
    graphql::{schema::TYPE_NAME, value::Value},
    store::statement::Read,
};

/// Bytes that a list takes in a plan beside its filter, its order and its fields: the names of its sort keys, and room that is not used.
const LIST_WEIGHT: usize = 600;

/// Bytes of a cursor with usual sort keys.
const CURSOR_BYTES: u64 = 80;

impl<'q> Planner<'q> {
    /// Plans a connection and its arguments. `own` is its order when none is given, `listed` how many rows its list usually has; 0 when
    /// that is not known.
    pub fn connection(
        &mut self,
        target: &'static ObjectType,
        by: By,
        own: Vec<OrderKey>,
        listed: u64,
        selected: &Selected<'q>,
    ) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let mut given = |name| Ok(Some(self.argument(field, name)?).filter(|value| *value != Value::Null));
        let (filter, order) = (given("where")?, given("orderBy")?);
        let arguments =
            PageArguments { first: given("first")?, after: given("after")?, last: given("last")?, before: given("before")? };
        let filter = filter.map(|value| {
            input::bounded(&value, "where")?;
            Filter::read(self.catalog, target, &value, "where")
        });
        let filter = filter.transpose();
        let order = order.map_or(Ok(Vec::new()), |value| OrderKey::read_all(self.catalog, target, &value, "orderBy"));
        let is_ordered = order.as_ref().is_ok_and(|keys| !keys.is_empty());
        let mut fetch = Fetch::new(target, by);
        let table = target.table().unwrap_or_default();
        let filter = self.note(field, filter)?.filter(|filter| !filter.takes_all());
        fetch.filter = filter.map(|filter| filter.settle(self.statistics, table, listed));
        let id = if let By::Path(path) = by { OrderKey::id_at(path) } else { OrderKey::id() };
        fetch.keys = OrderKey::of_list(self.note(field, order)?, own, id);
        fetch.fingerprint = fingerprint(target.name, &fetch.keys);
        if let By::Root = by {
            fetch.keys = OrderKey::settle_all(fetch.keys, self.statistics, listed);
        }
        let page = Page::read(&arguments, &fetch.keys, fetch.fingerprint);
        let page = self.note(field, page)?;
        let size = page.size as u64;
        fetch.page = Some(page);
        fetch.rows = false;
        fetch.depends = self.depends(&fetch);
        fetch.column("id", Read::Int);
        let searches = fetch.filter.as_ref().is_some_and(Filter::searches) || fetch.keys.iter().any(OrderKey::searches);
        self.cost.searches |= searches;
        let place = self.cost.place(&self.path, CONNECTION + if searches { SEARCH } else { 0 });
        let entries = (size, if listed == 0 { size } else { listed.saturating_mul(2).min(size) });
        let fields = self.connection_fields(target, &selected.sets, &mut fetch, entries)?;
        if fetch.count {
            self.cost.add(place, TOTAL_COUNT);
        }
        self.reading(&fetch, listed, is_ordered);
        let filter = fetch.filter.as_ref().map_or(0, Filter::weight);
        self.cost
            .weigh(LIST_WEIGHT + filter + size_of_val(fetch.keys.as_slice()) + fetch.page.as_ref().map_or(0, Page::weight));
        Ok((fetch, ConnectionPlan { place, fields }))
    }

    /// Notes the rows that a list of usually `listed` rows may have to look at.
    fn reading(&mut self, fetch: &Fetch, listed: u64, is_ordered: bool) {
        let (statistics, table) = (self.statistics, fetch.target.table().unwrap_or_default());
        let filtered = fetch.filter.as_ref().map_or(0, |filter| filter.reads(statistics, table, listed));
        let ordered: u64 = fetch.keys.iter().map(|key| key.reads(statistics, table, listed)).sum();
        self.cost.read(filtered.saturating_add(ordered), ROWS_A_POINT);
        // One column alone is compared or ordered by an index; several may need a look at every entry of it.
        let columns = fetch.filter.as_ref().map_or(0, Filter::columns) + usize::from(is_ordered);
        if fetch.count || columns > 1 {
            self.cost.read(listed, SCANNED_ROWS_A_POINT);
        }
    }

    /// The content types that the filter and the order of a fetch look into.
    fn depends(&self, fetch: &Fetch) -> Vec<&'static str> {
        let mut names = Vec::new();
        let mut found = |table| {
            let content = self.catalog.contents().find(|(_, role)| role.table == table);
            names.extend(content.map(|(object, _)| object.name));
        };
        if let Some(filter) = &fetch.filter {
            filter.tables(&mut found);
        }
        fetch.keys.iter().for_each(|key| key.tables(&mut found));
        names
    }

    fn connection_fields(
        &mut self,
        target: &'static ObjectType,
        sets: Sets<'_, 'q>,
        fetch: &mut Fetch,
        entries: (u64, u64),
    ) -> Planned<Vec<(Key, ConnectionWhat)>> {
        let mut outputs = Vec::new();
        let name = format!("{}Connection", target.name);
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "nodes" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        let each = |planner: &mut Self| planner.object(target, &selected.sets, fetch);
                        ConnectionWhat::Nodes(planner.repeated(entries.0, entries.1, 0, each)?)
                    }
                    "edges" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        let each = |planner: &mut Self| planner.edges(target, &selected.sets, fetch);
                        ConnectionWhat::Edges(planner.repeated(entries.0, entries.1, 0, each)?)
                    }
                    "pageInfo" => {
                        planner.cost.output(selected.key, 0);
                        fetch.rows = true;
                        ConnectionWhat::PageInfo(planner.page_info(&selected.sets, fetch)?)
                    }
                    "totalCount" => {
                        planner.cost.output(selected.key, NUMBER_BYTES);
                        fetch.count = true;
                        ConnectionWhat::TotalCount
                    }
                    TYPE_NAME => ConnectionWhat::Constant(planner.type_name(&selected, &name)),
                    _ => return Err(planner.unknown(&selected)),
                })
            })?;
            outputs.push((key(selected.key), what));
        }
        Ok(outputs)
    }

    fn edges(
        &mut self,
        target: &'static ObjectType,
        sets: Sets<'_, 'q>,
        fetch: &mut Fetch,
    ) -> Planned<Vec<(Key, EdgeWhat)>> {
        let mut outputs = Vec::new();
        let name = format!("{}Edge", target.name);
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "cursor" => {
                        planner.cost.output(selected.key, CURSOR_BYTES);
                        fetch.cursors = true;
                        EdgeWhat::Cursor
                    }
                    "node" => {
                        planner.cost.output(selected.key, 0);
                        EdgeWhat::Node(planner.object(target, &selected.sets, fetch)?)
                    }
                    TYPE_NAME => EdgeWhat::Constant(planner.type_name(&selected, &name)),
                    _ => return Err(planner.unknown(&selected)),
                })
            })?;
            outputs.push((key(selected.key), what));
        }
        Ok(outputs)
    }

    fn page_info(&mut self, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Planned<Vec<(Key, PageInfoWhat)>> {
        let mut outputs = Vec::new();
        for selected in self.collect(sets, "PageInfo")? {
            let (what, bytes) = match selected.name {
                "hasNextPage" => (PageInfoWhat::HasNextPage, NUMBER_BYTES),
                "hasPreviousPage" => (PageInfoWhat::HasPreviousPage, NUMBER_BYTES),
                "startCursor" => (PageInfoWhat::StartCursor, CURSOR_BYTES),
                "endCursor" => (PageInfoWhat::EndCursor, CURSOR_BYTES),
                TYPE_NAME => (PageInfoWhat::Constant(quoted("PageInfo")), NUMBER_BYTES),
                _ => return Err(self.unknown(&selected)),
            };
            fetch.more |= matches!(what, PageInfoWhat::HasNextPage | PageInfoWhat::HasPreviousPage);
            fetch.cursors |= matches!(what, PageInfoWhat::StartCursor | PageInfoWhat::EndCursor);
            self.cost.output(selected.key, bytes);
            outputs.push((key(selected.key), what));
        }
        Ok(outputs)
    }
}
