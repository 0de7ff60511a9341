//! Plans root fields with content: `procedure(by:)`, `procedures(…)`, `node(id:)`, `nodes(ids:)`, `search(text:)`.

use super::{
    ConnectionPlan, ObjectPlan,
    arguments::{input, order::OrderKey, page::MAX_PAGE_SIZE},
    fetch::{By, Fetch},
    planner::{Failed, Planner},
    rows::{compare::Compare, predicate::Filter},
    selection::Selected,
};
use crate::{
    engine::{
        catalog::{Catalog, ContentRole, Field, ObjectType, Target},
        field_rules::{Criterion, SLUG},
        problem::Problem,
        typed_id,
    },
    graphql::value::Value,
    store::reading::statement::{Param, Read},
};

/// The plan of a root field with content.
pub enum ContentPlan {
    /// One record, or null.
    One(Fetch, ObjectPlan),
    /// A connection.
    Connection(Fetch, ConnectionPlan),
    /// Records by id, in the order of the ids; null for ids that are not found.
    Nodes {
        /// One fetch for each type.
        fetches: Vec<(Fetch, ObjectPlan)>,
        /// For each id, the index of its fetch and its key; `None` if the entry is null, because the id is malformed or
        /// the selection has an error.
        wanted: Vec<Option<(usize, i64)>>,
        /// True for a list, false for a single record.
        list: bool,
    },
}

/// A root field with content.
#[derive(Clone, Copy)]
pub enum ContentField {
    /// One record of a type.
    One(Target),
    /// The connection of a type.
    Many(Target, &'static ContentRole),
    /// A record by id.
    Node,
    /// Records by ids.
    Nodes,
    /// Records of several types that a search finds.
    Search,
}

impl ContentField {
    /// Returns the root field of this name; `None` if there is no such field with content.
    #[must_use]
    pub fn named(catalog: &'static Catalog, name: &str) -> Option<Self> {
        match name {
            "node" => return Some(Self::Node),
            "nodes" => return Some(Self::Nodes),
            "search" => return Some(Self::Search),
            _ => {}
        }
        catalog.contents().find_map(|(object, role)| {
            let target = object.as_target()?;
            if role.singular == name {
                return Some(Self::One(target));
            }
            (role.plural == name).then_some(Self::Many(target, role))
        })
    }

    /// Plans the field.
    pub fn plan<'q>(self, planner: &mut Planner<'q>, selected: &Selected<'q>) -> Result<ContentPlan, Failed> {
        let field = selected.field;
        match self {
            Self::One(target) => {
                let filter = by(planner.catalog, planner.catalog.target(target), &planner.argument(field, "by")?);
                let filter = planner.record_error(field, filter)?;
                ContentPlan::one(planner, target, filter, selected)
            }
            Self::Many(target, role) => {
                let default = OrderKey::default_of(planner.catalog, planner.catalog.target(target), role);
                let listed = planner.statistics.rows(target.table);
                let (fetch, plan) = planner.connection(target, By::Root, (default, None), (1, listed), selected)?;
                Ok(ContentPlan::Connection(fetch, plan).complete(planner))
            }
            Self::Node => {
                let value = planner.argument(field, "id")?;
                let found = input::id_text(&value, "id").and_then(|text| typed_id::parse(planner.catalog, text));
                let (target, key) = planner.record_error(field, found)?;
                let mut fetch = Fetch::new(planner.catalog, target, By::Key);
                let plan = planner.object(fetch.target, &selected.sets, &mut fetch)?;
                let nodes = ContentPlan::Nodes { fetches: vec![(fetch, plan)], wanted: vec![Some((0, key))], list: false };
                Ok(nodes.complete(planner))
            }
            Self::Search => {
                let (fetch, plan) = planner.search(selected)?;
                Ok(ContentPlan::Connection(fetch, plan).complete(planner))
            }
            Self::Nodes => {
                let ids = planner.argument(field, "ids")?;
                let ids = planner.record_error(field, bounded_ids(&ids))?;
                Ok(nodes(planner, selected, ids))
            }
        }
    }
}

impl ContentPlan {
    /// Plans one record of a type, by its current slug or a former one.
    ///
    /// # Errors
    /// If the selection is invalid. The error is added to those of the planner.
    pub fn of_slug<'q>(
        planner: &mut Planner<'q>,
        object: &'static ObjectType,
        slug: &str,
        selected: &Selected<'q>,
    ) -> Result<Self, Failed> {
        let column = object.field(SLUG).and_then(|field| field.column);
        let (Some(target), Some(column)) = (object.as_target(), column) else { return Err(planner.unknown(selected)) };
        Self::one(planner, target, current_or_former(column, Param::Text(slug.to_owned())), selected)
    }

    /// Plans the record with a primary key.
    ///
    /// # Errors
    /// If the selection is invalid. The error is added to those of the planner.
    pub fn of_key<'q>(planner: &mut Planner<'q>, target: Target, key: i64, selected: &Selected<'q>) -> Result<Self, Failed> {
        Self::one(planner, target, Filter::Column("id", Compare::With("=", Param::Int(key))), selected)
    }

    /// Plans the connection of all records of a type, in the reverse order of their primary keys.
    ///
    /// # Errors
    /// If an argument or the selection is invalid. The error is added to those of the planner.
    pub fn latest_first<'q>(planner: &mut Planner<'q>, target: Target, selected: &Selected<'q>) -> Result<Self, Failed> {
        let listed = planner.statistics.rows(target.table);
        let order = vec![OrderKey::id().flipped()];
        let (fetch, plan) = planner.connection(target, By::Root, (order, None), (1, listed), selected)?;
        Ok(Self::Connection(fetch, plan).complete(planner))
    }

    fn one<'q>(planner: &mut Planner<'q>, target: Target, filter: Filter, selected: &Selected<'q>) -> Result<Self, Failed> {
        let mut fetch = Fetch::new(planner.catalog, target, By::Root);
        planner.cost.add_allocated(filter.allocated_bytes());
        fetch.filter = Some(filter);
        fetch.column("id", Read::Int);
        let plan = planner.object(fetch.target, &selected.sets, &mut fetch)?;
        Ok(Self::One(fetch, plan).complete(planner))
    }

    /// Writes the statements of the plan.
    fn complete(mut self, planner: &mut Planner<'_>) -> Self {
        let allocated: usize = match &mut self {
            Self::One(fetch, _) | Self::Connection(fetch, _) => fetch.write_statements(planner.dialect),
            Self::Nodes { fetches, .. } => {
                fetches.iter_mut().map(|(fetch, _)| fetch.write_statements(planner.dialect)).sum()
            }
        };
        planner.cost.add_allocated(allocated);
        self
    }
}

/// Plans the entries of `nodes(ids:)`. Each entry may be null, so a malformed id makes only its own entry null. An error in
/// the selection on a type makes all entries of that type null, and is reported at the first of them.
fn nodes<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, ids: &[Value]) -> ContentPlan {
    let many = ids.len() as u64;
    let mut fetches = Vec::new();
    // For each type among the ids, the index of its fetch; `None` if the type could not be planned.
    let mut types: Vec<(Target, Option<usize>)> = Vec::new();
    let mut wanted = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let parsed = input::id_text(id, "ids").and_then(|text| typed_id::parse(planner.catalog, text));
        let Ok((target, key)) = planner.entry(index, |planner| planner.record_error(selected.field, parsed)) else {
            wanted.push(None);
            continue;
        };
        let known = types.iter().find(|(known, _)| *known == target).map(|(_, at)| *at);
        let at = known.unwrap_or_else(|| {
            let mut fetch = Fetch::new(planner.catalog, target, By::Key);
            let each = |planner: &mut Planner<'q>| planner.object(fetch.target, &selected.sets, &mut fetch);
            let plan = planner.repeated(many, many, index, each);
            let at = plan.ok().map(|plan| {
                fetches.push((fetch, plan));
                fetches.len() - 1
            });
            types.push((target, at));
            at
        });
        wanted.push(at.map(|at| (at, key)));
    }
    planner.cost.add_allocated(size_of_val(wanted.as_slice()) + fetches.capacity() * size_of::<(Fetch, ObjectPlan)>());
    ContentPlan::Nodes { fetches, wanted, list: true }.complete(planner)
}

/// Reads a `by` argument as a filter.
fn by(catalog: &Catalog, object: &ObjectType, value: &Value) -> Result<Filter, Problem> {
    let (name, value) = input::one_of(value, "by")?;
    let param = match name {
        "id" => Param::Int(input::primary_key(catalog, object, value, "by.id")?),
        "slug" => Param::Text(input::text(value, "by.slug")?.to_owned()),
        _ => return Err(input::unknown("by")),
    };
    match object.field(name).and_then(Field::filtered_by) {
        Some(Criterion::Id(column)) => Ok(Filter::Column(column, Compare::With("=", param))),
        Some(Criterion::Scalar(column, _)) => Ok(current_or_former(column, param)),
        _ => Err(input::unknown("by")),
    }
}

/// Returns the filter for the record of a type that has or had a slug. At most one record matches, because two records
/// of a type never share a slug, current or former.
fn current_or_former(column: &'static str, slug: Param) -> Filter {
    let former = Filter::Column("id", Compare::OfFormerSlug(slug.clone()));
    Filter::Or(vec![Filter::Column(column, Compare::With("=", slug)), former])
}

fn bounded_ids(value: &Value) -> Result<&[Value], Problem> {
    let items = input::items(value, "ids")?;
    if items.len() > MAX_PAGE_SIZE {
        let message = format!("There are {} ids; the maximum is {MAX_PAGE_SIZE}.", items.len());
        return Err(Problem::new(Problem::BAD_PAGE, message));
    }
    Ok(items)
}
