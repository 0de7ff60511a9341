//! Plans the root field `search`: records of several types, the best first.

use std::sync::Arc;

use super::{Planned, Planner, connection::Entries};
use crate::{
    engine::{
        catalog::ObjectType,
        plan::{
            ConnectionPlan,
            cost::{CONNECTION, SCANNED_ROWS_A_POINT, SEARCH, TOTAL_COUNT},
            fetch::{By, Fetch},
            order::OrderKey,
            page::{Page, PageArguments, fingerprint},
            search::Search,
            selection::Selected,
        },
        problem::Problem,
    },
    graphql::value::Value,
    store::statement::Read,
};

/// Names the list in the fingerprints of its cursors.
const LIST: &str = "search";

impl<'q> Planner<'q> {
    /// Plans the root field `search`.
    pub fn search(&mut self, selected: &Selected<'q>) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let mut argument = |name| Ok(Some(self.argument(field, name)?).filter(|value| *value != Value::Null));
        let arguments = PageArguments {
            first: argument("first")?,
            after: argument("after")?,
            last: argument("last")?,
            before: argument("before")?,
        };
        let (text, fields, types) = (argument("text")?, argument("fields")?, argument("types")?);
        let types = self.searched_types(types.as_ref());
        let given = [("text", text), ("fields", fields)].into_iter();
        let given = Value::Object(given.filter_map(|(name, value)| Some((name, value?))).collect());
        let search = Search::read(types.iter().map(|object| object.name).collect(), &given, LIST);
        let search = self.note(field, search)?;
        let Some(target) = types.first() else {
            return self.note(field, Err(Problem::argument("types", "no type is given")));
        };
        let mut fetch = Fetch::new(target, By::Found);
        let found: u64 = types.iter().filter_map(|object| object.table()).map(|table| self.statistics.rows(table)).sum();
        self.cost.read(found.saturating_mul(search.words() as u64 + 1), SCANNED_ROWS_A_POINT);
        self.cost.searches = true;
        self.cost.weigh(search.weight());
        fetch.keys = vec![OrderKey::score(&search), OrderKey::id()];
        fetch.search = Some(Arc::new(search));
        fetch.fingerprint = fingerprint(LIST, &fetch.keys);
        let page = self.note(field, Page::read(&arguments, &fetch.keys, fetch.fingerprint))?;
        let size = page.size as u64;
        self.cost.weigh(page.weight());
        fetch.page = Some(page);
        fetch.rows = false;
        fetch.depends_on = types.iter().map(|object| object.name).collect();
        fetch.column("id", Read::Int);
        let cost_item = self.cost.item(&self.path, CONNECTION + SEARCH);
        let fields = self.connection_fields(&Entries::AnyOf(types), &selected.sets, &mut fetch, (size, size))?;
        if fetch.count {
            self.cost.add(cost_item, TOTAL_COUNT);
        }
        Ok((fetch, ConnectionPlan { cost_item, fields }))
    }

    /// Returns the types that a value of the argument `types` names; all without it.
    fn searched_types(&self, types: Option<&Value>) -> Vec<&'static ObjectType> {
        let is_named = |object: &ObjectType| match types {
            Some(Value::List(items)) => {
                let name = object.enum_name();
                items.iter().any(|item| matches!(item, Value::Enum(item) if *item == name))
            }
            _ => true,
        };
        self.catalog.contents().map(|(object, _)| object).filter(|object| is_named(object)).collect()
    }
}
