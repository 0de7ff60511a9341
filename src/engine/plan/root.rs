//! Plans root fields: `procedure(by:)`, `procedures(…)`, `node(id:)`, `nodes(ids:)`.

use super::{
    ConnectionPlan, ObjectPlan,
    compare::Compare,
    fetch::{By, Fetch},
    input,
    order::OrderKey,
    page::MAX_PAGE_SIZE,
    planner::{Failed, Planner},
    predicate::Filter,
    selection::Selected,
};
use crate::{
    engine::{
        catalog::{Catalog, ObjectIx, ObjectType},
        problem::Problem,
        typed_id,
    },
    graphql::value::Value,
    store::statement::{Param, Read},
};

/// The plan of a root field.
pub enum RootPlan {
    /// One record, or null.
    One(Fetch, ObjectPlan),
    /// A connection.
    Connection(Fetch, ConnectionPlan),
    /// Records by id, in the order of the ids; null for ids that are not found.
    Nodes {
        /// One fetch for each type.
        fetches: Vec<(Fetch, ObjectPlan)>,
        /// For each id, the index of its fetch and its key; `None` if the id is malformed, or an error below makes it null.
        wanted: Vec<Option<(usize, i64)>>,
        /// True for a list, false for a single record.
        list: bool,
    },
    /// Null, because of an error that is reported.
    Null,
}

/// A root field that the engine plans.
#[derive(Clone, Copy)]
pub enum RootField {
    /// One record of a type.
    One(&'static ObjectType),
    /// The connection of a type.
    Many(&'static ObjectType),
    /// A record by id.
    Node,
    /// Records by ids.
    Nodes,
    /// Records of several types, by words.
    Search,
}

impl RootField {
    /// Returns the root field of this name; `None` if the engine has none.
    #[must_use]
    pub fn named(catalog: &'static Catalog, name: &str) -> Option<Self> {
        match name {
            "node" => return Some(Self::Node),
            "nodes" => return Some(Self::Nodes),
            "search" => return Some(Self::Search),
            _ => {}
        }
        catalog.contents().find_map(|(object, role)| {
            if role.singular == name {
                return Some(Self::One(object));
            }
            (role.plural == name).then_some(Self::Many(object))
        })
    }

    /// Plans the field. An error of the client makes it null, and is added to the errors of the planner.
    pub fn plan<'q>(self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> RootPlan {
        planner.within(selected.key, |planner| self.try_plan(planner, selected)).unwrap_or(RootPlan::Null)
    }

    fn try_plan<'q>(self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<RootPlan, Failed> {
        let field = selected.field;
        match self {
            Self::One(object) => {
                let filter = by(planner.catalog, object, &planner.argument(field, "by")?);
                let mut fetch = Fetch::new(object, By::Root);
                fetch.filter = Some(planner.note(field, filter)?);
                fetch.column("id", Read::Int);
                let plan = planner.object(object, &selected.sets, &mut fetch)?;
                Ok(RootPlan::One(fetch, plan))
            }
            Self::Many(object) => {
                let default =
                    object.content().map(|role| OrderKey::default_of(planner.catalog, object, role)).unwrap_or_default();
                let listed = object.table().map_or(0, |table| planner.statistics.rows(table));
                let (fetch, plan) = planner.connection(object, By::Root, default, (1, listed), selected)?;
                Ok(RootPlan::Connection(fetch, plan))
            }
            Self::Node => {
                let value = planner.argument(field, "id")?;
                let found = input::id_text(&value, "id").and_then(|text| typed_id::parse(planner.catalog, text));
                let (object, key) = planner.note(field, found)?;
                let object = planner.catalog.object(object.ix);
                let mut fetch = Fetch::new(object, By::Key);
                let plan = planner.object(object, &selected.sets, &mut fetch)?;
                Ok(RootPlan::Nodes { fetches: vec![(fetch, plan)], wanted: vec![Some((0, key))], list: false })
            }
            Self::Search => {
                let (fetch, plan) = planner.search(selected)?;
                Ok(RootPlan::Connection(fetch, plan))
            }
            Self::Nodes => {
                let ids = planner.argument(field, "ids")?;
                let ids = planner.note(field, bounded_ids(&ids))?;
                Ok(nodes(planner, selected, ids))
            }
        }
    }
}

/// Plans the entries of `nodes(ids:)`. Each entry may be null, so an error makes only its own entry null. An error below a
/// type makes the entries of all ids of that type null, and is reported at the first of them.
fn nodes<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, ids: &[Value]) -> RootPlan {
    let many = ids.len() as u64;
    let mut fetches = Vec::new();
    // For each type among the ids, the index of its fetch; `None` if the type could not be planned.
    let mut types: Vec<(ObjectIx, Option<usize>)> = Vec::new();
    let mut wanted = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let parsed = input::id_text(id, "ids").and_then(|text| typed_id::parse(planner.catalog, text));
        let Ok((object, key)) = planner.entry(index, |planner| planner.note(selected.field, parsed)) else {
            wanted.push(None);
            continue;
        };
        let ix = object.ix;
        let known = types.iter().find(|(known, _)| *known == ix).map(|(_, at)| *at);
        let at = known.unwrap_or_else(|| {
            let object = planner.catalog.object(ix);
            let mut fetch = Fetch::new(object, By::Key);
            let each = |planner: &mut Planner<'q>| planner.object(object, &selected.sets, &mut fetch);
            let plan = planner.repeated(many, many, index, each);
            let at = plan.ok().map(|plan| {
                fetches.push((fetch, plan));
                fetches.len() - 1
            });
            types.push((ix, at));
            at
        });
        wanted.push(at.map(|at| (at, key)));
    }
    RootPlan::Nodes { fetches, wanted, list: true }
}

/// Reads a `by` argument as a filter.
fn by(catalog: &Catalog, object: &ObjectType, value: &Value) -> Result<Filter, Problem> {
    let (name, value) = input::one_of(value, "by")?;
    let param = match name {
        "id" => Param::Int(input::primary_key(catalog, object, value, "by.id")?),
        "slug" => Param::Text(input::text(value, "by.slug")?.to_owned()),
        _ => return Err(input::unknown("by")),
    };
    let column = object.field(name).and_then(|field| field.column).unwrap_or_default();
    Ok(Filter::Column(column, Compare::With("=", param)))
}

fn bounded_ids(value: &Value) -> Result<&[Value], Problem> {
    let items = input::items(value, "ids")?;
    if items.len() > MAX_PAGE_SIZE {
        let message = format!("There are {} ids; the maximum is {MAX_PAGE_SIZE}.", items.len());
        return Err(Problem::new(Problem::BAD_PAGE, message));
    }
    Ok(items)
}
