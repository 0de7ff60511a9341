//! Plans the root field `search`: records of several types, the best first.

use std::sync::Arc;

use super::{
    Planned, Planner,
    connection::{Entries, LIST_BYTES},
};
use crate::{
    engine::{
        catalog::Target,
        plan::{
            ConnectionPlan,
            arguments::{
                order::OrderKey,
                page::{Page, fingerprint},
            },
            cost::{CONNECTION, SCANNED_ROWS_PER_POINT, SEARCH_OR_SCAN_POINTS, TOTAL_COUNT},
            fetch::{By, Child, Fetch},
            search::Search,
            selection::Selected,
        },
        problem::Problem,
    },
    graphql::value::Value,
    store::reading::statement::Read,
};

/// Name of the list, for the fingerprint of its cursors.
const LIST: &str = "search";

impl<'q> Planner<'q> {
    /// Plans the root field `search`.
    pub fn search(&mut self, selected: &Selected<'q>) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let arguments = self.page_arguments(field)?;
        let mut argument = |name| self.optional(field, name);
        let (text, fields, types) = (argument("text")?, argument("fields")?, argument("types")?);
        let types = self.searched_types(types.as_ref());
        let given = [("text", text), ("fields", fields)].into_iter();
        let given = Value::Object(given.filter_map(|(name, value)| Some((name, value?))).collect());
        let objects: Vec<_> = types.iter().map(|target| self.catalog.target(*target)).collect();
        let search = Search::read(self.catalog, &objects, &given, LIST);
        let search = self.record_error(field, search)?;
        let Some(first) = types.first() else {
            return self.record_error(field, Err(Problem::argument("types", "no type is given")));
        };
        let mut fetch = Fetch::new(self.catalog, *first, By::Found);
        let found: u64 = types.iter().map(|target| self.statistics.rows(target.table)).sum();
        let reads = found.saturating_mul(search.word_count() as u64 + 1);
        let allocated = LIST_BYTES + search.allocated_bytes();
        self.cost.has_search_or_scan = true;
        fetch.sort_keys = vec![OrderKey::score(&search), OrderKey::id()];
        fetch.search = Some(Arc::new(search));
        fetch.fingerprint = fingerprint(LIST, &fetch.sort_keys);
        let page = self.record_error(field, Page::read(&arguments, &fetch.sort_keys, fetch.fingerprint))?;
        let size = page.size as u64;
        // A search reads all records that it finds, so an offset adds no cost.
        fetch.page = Some(page);
        fetch.rows = false;
        fetch.depends_on = self.depends_on(&fetch);
        fetch.depends_on.extend(objects.iter().map(|object| object.name));
        fetch.column("id", Read::Int);
        let cost_item = self.cost.item(&self.path, CONNECTION + SEARCH_OR_SCAN_POINTS);
        let fields = self.connection_fields(&Entries::AnyOf(types), &selected.sets, &mut fetch, (size, size))?;
        if fetch.count {
            self.cost.add(cost_item, TOTAL_COUNT);
        }
        self.cost.add_allocated(fetch.children.capacity() * size_of::<Child>());
        for fetch in [Some(&fetch), fetch.probe.as_deref()].into_iter().flatten() {
            self.cost.read(reads, SCANNED_ROWS_PER_POINT);
            let page = fetch.page.as_ref().map_or(0, Page::allocated_bytes);
            self.cost.add_allocated(allocated + size_of_val(fetch.sort_keys.as_slice()) + page);
        }
        Ok((fetch, ConnectionPlan { cost_item, fields }))
    }

    /// Returns the types that the argument `types` names; without the argument, the types whose `search_percent` is above
    /// 0.
    fn searched_types(&self, types: Option<&Value>) -> Vec<Target> {
        let is_named = |target: &Target| match types {
            Some(Value::List(items)) => {
                let name = self.catalog.target(*target).enum_name();
                items.iter().any(|item| matches!(item, Value::Enum(item) if *item == name))
            }
            _ => self.catalog.target(*target).content().is_some_and(|role| role.search_percent > 0),
        };
        self.catalog.contents().filter_map(|(object, _)| object.as_target()).filter(is_named).collect()
    }
}
