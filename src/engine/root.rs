//! Root fields: `procedure(by:)`, `procedures(…)`, `node(id:)`, `nodes(ids:)`.

use super::{
    catalog::{Catalog, ObjectIx, ObjectType},
    id, input,
    order::OrderKey,
    page::MAX_PAGE_SIZE,
    plan::{By, Fetch, RootPlan},
    planner::{Failed, Planner},
    predicate::{Compare, Filter},
    problem::{EngineError, Problem},
    run::{Level, run},
    selection::Selected,
    statement::Keys,
    write::Writer,
};
use crate::{
    graphql::value::Value,
    store::{
        Snapshot,
        statement::{Dialect, Param, Read},
    },
};

/// A root field that the engine answers.
#[derive(Clone, Copy)]
pub enum RootField {
    /// One content of a type.
    One(&'static ObjectType),
    /// The connection of a type.
    Many(&'static ObjectType),
    /// Any content by id.
    Node,
    /// Any content by ids.
    Nodes,
}

impl RootField {
    /// The root field of a name; `None` when the engine does not answer it.
    #[must_use]
    pub fn named(catalog: &'static Catalog, name: &str) -> Option<Self> {
        match name {
            "node" => return Some(Self::Node),
            "nodes" => return Some(Self::Nodes),
            _ => {}
        }
        catalog.contents().find_map(|(object, role)| {
            if role.singular == name {
                return Some(Self::One(object));
            }
            (role.plural == name).then_some(Self::Many(object))
        })
    }

    /// Plans the field. A mistake of the caller makes it null, and is among the planner's errors.
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
                let (fetch, plan) = planner.connection(object, By::Root, default, listed, selected)?;
                Ok(RootPlan::Connection(fetch, plan))
            }
            Self::Node => {
                let value = planner.argument(field, "id")?;
                let found = input::id_text(&value, "id").and_then(|text| id::parse(planner.catalog, text));
                let (object, key) = planner.note(field, found)?;
                let object = planner.catalog.object(object.ix);
                let mut fetch = Fetch::new(object, By::Key);
                let plan = planner.object(object, &selected.sets, &mut fetch)?;
                Ok(RootPlan::Nodes { fetches: vec![(fetch, plan)], wanted: vec![Some((0, key))], list: false })
            }
            Self::Nodes => {
                let ids = planner.argument(field, "ids")?;
                let ids = planner.note(field, bounded_ids(&ids))?;
                Ok(nodes(planner, selected, ids))
            }
        }
    }
}

/// Plans the entries of `nodes(ids:)`. Each may be null, so a mistake makes its own entry null and keeps the others; one below a type
/// does so for every id of that type, and is reported at the first.
fn nodes<'q>(planner: &mut Planner<'q>, selected: &Selected<'q>, ids: &[Value]) -> RootPlan {
    let many = ids.len() as u64;
    let mut fetches = Vec::new();
    // For each type among the ids, its place among the fetches; `None` when it could not be planned.
    let mut types: Vec<(ObjectIx, Option<usize>)> = Vec::new();
    let mut wanted = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let parsed = input::id_text(id, "ids").and_then(|text| id::parse(planner.catalog, text));
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

/// What was read for a [`RootPlan`]: a level for each of its fetches.
pub struct Found(Vec<Level>);

impl RootPlan {
    /// Reads what is planned and writes the answer as JSON.
    ///
    /// # Errors
    /// When the answer becomes longer, the database fails or takes too long, or holds what was never written to it.
    pub async fn answer(&self, snapshot: &mut Snapshot, dialect: Dialect, writer: &mut Writer) -> Result<(), EngineError> {
        let found = self.read(snapshot, dialect).await?;
        self.write(&found, writer)
    }

    /// Reads what is planned.
    ///
    /// # Errors
    /// When the database fails or takes too long, or holds what was never written to it.
    pub async fn read(&self, snapshot: &mut Snapshot, dialect: Dialect) -> Result<Found, EngineError> {
        let mut levels = Vec::new();
        match self {
            Self::Null => {}
            Self::One(fetch, _) | Self::Connection(fetch, _) => {
                levels.push(run(snapshot, dialect, fetch, Keys::Root).await?);
            }
            Self::Nodes { fetches, wanted, .. } => {
                for (at, (fetch, _)) in fetches.iter().enumerate() {
                    let mut keys: Vec<i64> =
                        wanted.iter().flatten().filter(|(wanted, _)| *wanted == at).map(|(_, key)| *key).collect();
                    keys.sort_unstable();
                    keys.dedup();
                    levels.push(run(snapshot, dialect, fetch, Keys::Of(keys)).await?);
                }
            }
        }
        Ok(Found(levels))
    }

    /// Writes what was read as JSON.
    ///
    /// # Errors
    /// When the answer becomes longer, or the database holds what was never written to it.
    pub fn write(&self, Found(levels): &Found, writer: &mut Writer) -> Result<(), EngineError> {
        match (self, levels.first()) {
            (Self::One(fetch, plan), Some(level)) => {
                writer.uses(fetch, level);
                writer.row_of(fetch, level, 0, plan)
            }
            (Self::Connection(fetch, plan), Some(level)) => {
                writer.uses(fetch, level);
                writer.connection(fetch, level, 0, plan)
            }
            (Self::Nodes { fetches, wanted, list }, _) => {
                for ((fetch, _), level) in fetches.iter().zip(levels) {
                    writer.uses(fetch, level);
                }
                for (at, _) in wanted.iter().flatten().filter(|(at, key)| levels[*at].groups.get(*key).is_none()) {
                    writer.misses(&fetches[*at].0);
                }
                let one = |writer: &mut Writer, wanted: &Option<(usize, i64)>| {
                    let Some((at, key)) = wanted else { return writer.raw("null") };
                    let (fetch, plan) = &fetches[*at];
                    writer.row_of(fetch, &levels[*at], *key, plan)
                };
                match (list, wanted.first()) {
                    (false, Some(wanted)) => one(writer, wanted),
                    _ => writer.brackets(wanted.iter(), one),
                }
            }
            (Self::Null | Self::One(..) | Self::Connection(..), _) => writer.raw("null"),
        }
    }
}

/// The filter of a `by` argument.
fn by(catalog: &Catalog, object: &ObjectType, value: &Value) -> Result<Filter, Problem> {
    let (name, value) = input::one_of(value, "by")?;
    let param = match name {
        "id" => Param::Int(input::key(catalog, object, value, "by.id")?),
        "slug" => Param::Text(input::text(value, "by.slug")?.to_owned()),
        _ => return Err(input::unknown("by")),
    };
    let column = object.field(name).and_then(|field| field.column).unwrap_or_default();
    Ok(Filter::Column(column, Compare::With("=", param)))
}

fn bounded_ids(value: &Value) -> Result<&[Value], Problem> {
    let items = input::items(value, "ids")?;
    if items.len() > MAX_PAGE_SIZE {
        let message = format!("There are {} ids; {MAX_PAGE_SIZE} at most can be asked for at once.", items.len());
        return Err(Problem::new(Problem::BAD_PAGE, message));
    }
    Ok(items)
}
