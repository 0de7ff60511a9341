//! Makes plans from selections.

use async_graphql::{
    Value,
    parser::types::{Field as QueryField, SelectionSet},
};

use super::{
    catalog::{Catalog, Field, Kind, Many, ObjectIx, ObjectType, Via},
    cost::{CONNECTION, CostPlan, OBJECT, PLAIN_LIST, SEARCH, TOTAL_COUNT},
    input,
    order::OrderKey,
    page::{Page, PageArguments, fingerprint},
    path::Path,
    plan::{
        By, ConnectionPlan, ConnectionWhat, EdgeWhat, Fetch, FieldError, JsonPlan, JsonWhat, Key, KeySource, ObjectPlan,
        PageInfoWhat, What, key,
    },
    predicate::Filter,
    problem::Problem,
    selection::{Operation, Selected},
};
use crate::store::statement::Read;

/// Makes plans for one operation, collecting the caller's mistakes.
pub struct Planner<'q> {
    /// Every declared type.
    pub catalog: &'static Catalog,
    /// The operation.
    pub operation: Operation<'q>,
    /// Response keys down to the field under way.
    pub path: Vec<String>,
    /// Mistakes found.
    pub errors: Vec<FieldError>,
    /// What the answer costs.
    pub cost: CostPlan,
}

/// A field cannot be planned; the mistake is among [`Planner::errors`]. It is null, and takes every parent along that must
/// not hold null (<https://spec.graphql.org/draft/#sec-Handling-Execution-Errors>).
pub struct Failed;

type Planned<T> = Result<T, Failed>;
type Sets<'s, 'q> = &'s [&'q SelectionSet];

impl<'q> Planner<'q> {
    /// Runs `plan` for a selected field, with its key on the path.
    pub fn within<T>(&mut self, key: &str, plan: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_owned());
        let planned = plan(self);
        self.path.pop();
        planned
    }

    /// Plans entries of a list that has at most so many.
    pub fn repeated<T>(&mut self, times: u64, plan: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.cost.repeat(times);
        let planned = plan(self);
        self.cost.times = outer;
        planned
    }

    /// Notes a mistake in a field.
    pub fn note<T>(&mut self, field: &QueryField, result: Result<T, Problem>) -> Planned<T> {
        result.map_err(|problem| {
            self.errors.push(FieldError { problem, path: self.path.clone(), position: field.name.pos });
            Failed
        })
    }

    /// Plans how rows of a type are written.
    pub fn object(&mut self, object: &'static ObjectType, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Planned<ObjectPlan> {
        let place = self.cost.place(&self.path, OBJECT);
        let mut outputs = Vec::new();
        for selected in self.operation.collect(sets, |name| is(object, name)) {
            let what = self.within(selected.key, |planner| {
                if selected.name == "__typename" {
                    return Ok(What::Constant(quoted(object.name)));
                }
                let Some(field) = object.field(selected.name) else { return Err(Failed) };
                match planner.field(field, &selected, fetch) {
                    Err(Failed) if is_nullable(field) => Ok(What::Constant("null".into())),
                    planned => planned,
                }
            })?;
            outputs.push((key(selected.key), what));
        }
        if fetch.columns.is_empty() {
            fetch.column("id", Read::Int);
        }
        Ok(ObjectPlan { place, fields: outputs })
    }

    fn field(&mut self, field: &'static Field, selected: &Selected<'q>, fetch: &mut Fetch) -> Planned<What> {
        let column = field.column.unwrap_or("id");
        Ok(match &field.kind {
            Kind::Id => What::Id(fetch.column(column, Read::Int), fetch.target.name),
            Kind::Scalar(scalar) => What::Scalar(fetch.column(column, input::read_of(*scalar))),
            Kind::Scalars(_) => What::Stored(fetch.column(column, Read::Text)),
            Kind::Value(_) | Kind::Values(_) | Kind::Refs(_) => {
                let column = fetch.json_column(column);
                What::Json(column, self.json(field, selected, fetch, column, Vec::new())?)
            }
            Kind::One(target) => {
                let column = fetch.column(column, Read::Int);
                let (below, plan) = self.one(*target, selected)?;
                let child = fetch.child(KeySource::Column(column), below);
                What::One { child, column, plan, required: field.required }
            }
            Kind::Parts { part, owner } => {
                let part = self.catalog.object(*part);
                let mut below = Fetch::new(part, By::Owner(owner));
                let each = |planner: &mut Self| planner.object(part, &selected.sets, &mut below);
                let plan = self.repeated(PLAIN_LIST, each)?;
                let column = fetch.column("id", Read::Int);
                What::Parts { child: fetch.child(KeySource::Column(column), below), column, plan }
            }
            Kind::Many(many) => {
                let column = fetch.column("id", Read::Int);
                let (below, plan) = self.many(many, selected)?;
                What::Connection { child: fetch.child(KeySource::Column(column), below), column, plan }
            }
        })
    }

    /// Plans a JSON value: the field itself at `members` inside the JSON of a column.
    fn json(
        &mut self,
        field: &'static Field,
        selected: &Selected<'q>,
        fetch: &mut Fetch,
        column: usize,
        members: Vec<&'static str>,
    ) -> Planned<JsonWhat> {
        Ok(match &field.kind {
            Kind::Value(value) => JsonWhat::Object(self.members(*value, &selected.sets, fetch, column, &members)?),
            Kind::Values(value) => {
                let each = |planner: &mut Self| planner.members(*value, &selected.sets, fetch, column, &members);
                JsonWhat::List(self.repeated(PLAIN_LIST, each)?)
            }
            Kind::One(target) => {
                let (below, plan) = self.one(*target, selected)?;
                let child = fetch.child(KeySource::Json(column, members), below);
                JsonWhat::One { child, plan, required: field.required }
            }
            Kind::Refs(target) => {
                let target = self.catalog.object(*target);
                let default = vec![OrderKey::position()];
                let (below, plan) = self.connection(target, By::Lists, default, selected)?;
                JsonWhat::Connection { child: fetch.child(KeySource::Json(column, members), below), plan }
            }
            Kind::Id | Kind::Scalar(_) | Kind::Scalars(_) | Kind::Parts { .. } | Kind::Many(_) => JsonWhat::Stored,
        })
    }

    fn members(
        &mut self,
        value: ObjectIx,
        sets: Sets<'_, 'q>,
        fetch: &mut Fetch,
        column: usize,
        members: &[&'static str],
    ) -> Planned<JsonPlan> {
        let value = self.catalog.object(value);
        let place = self.cost.place(&self.path, OBJECT);
        let mut outputs = Vec::new();
        for selected in self.operation.collect(sets, |name| is(value, name)) {
            let output = self.within(selected.key, |planner| {
                if selected.name == "__typename" {
                    return Ok(("", JsonWhat::Constant(quoted(value.name))));
                }
                let Some(member) = value.field(selected.name) else { return Err(Failed) };
                let mut members = members.to_vec();
                members.push(member.name);
                match planner.json(member, &selected, fetch, column, members) {
                    Err(Failed) if is_nullable(member) => Ok((member.name, JsonWhat::Constant("null".into()))),
                    planned => planned.map(|what| (member.name, what)),
                }
            })?;
            outputs.push((key(selected.key), output.0, output.1));
        }
        Ok(JsonPlan { place, members: outputs })
    }

    fn one(&mut self, target: ObjectIx, selected: &Selected<'q>) -> Planned<(Fetch, ObjectPlan)> {
        let target = self.catalog.object(target);
        let mut below = Fetch::new(target, By::Key);
        let plan = self.object(target, &selected.sets, &mut below)?;
        Ok((below, plan))
    }

    fn many(&mut self, many: &'static Many, selected: &Selected<'q>) -> Planned<(Fetch, ConnectionPlan)> {
        let target = self.catalog.object(many.target);
        let mut switches = Vec::new();
        for switch in &many.switches {
            let value = self.operation.argument(selected.field, switch.name);
            let value = value.map_or(Ok(switch.default), |value| input::boolean(&value, switch.name));
            switches.push(self.note(selected.field, value)?);
        }
        let default = match (many.via, target.content()) {
            (Via::ForeignKey { order: Some(column), .. }, _) => vec![OrderKey::owned(column)],
            (Via::Link { reverse: false, .. }, _) => vec![OrderKey::position()],
            (Via::ForeignKey { .. }, Some(role)) => OrderKey::default_of(target, role),
            // By id alone, which the index of the links is in order of: who has many such links would have to sort them all.
            (Via::Link { reverse: true, .. }, _) | (_, None) => Vec::new(),
        };
        self.connection(target, By::Path(Path::of_many(self.catalog, many, &switches)), default, selected)
    }

    /// Plans a connection and its arguments. `own` is its order when none is asked for.
    pub fn connection(
        &mut self,
        target: &'static ObjectType,
        by: By,
        own: Vec<OrderKey>,
        selected: &Selected<'q>,
    ) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let given = |name| self.operation.argument(field, name).filter(|value| *value != Value::Null);
        let (filter, order) = (given("where"), given("orderBy"));
        let arguments =
            PageArguments { first: given("first"), after: given("after"), last: given("last"), before: given("before") };
        let filter = filter.map(|value| {
            input::bounded(&value, "where")?;
            Filter::read(self.catalog, target, &value, "where")
        });
        let filter = filter.transpose();
        let order = order.map_or(Ok(Vec::new()), |value| OrderKey::read_all(self.catalog, target, &value, "orderBy"));
        let mut fetch = Fetch::new(target, by);
        fetch.filter = self.note(field, filter)?.filter(|filter| !filter.takes_all());
        let id = if let By::Path(path) = by { OrderKey::id_at(path) } else { OrderKey::id() };
        fetch.keys = OrderKey::of_list(self.note(field, order)?, own, id);
        fetch.fingerprint = fingerprint(target.name, &fetch.keys);
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
        let fields = self.repeated(size, |planner| planner.connection_fields(target, &selected.sets, &mut fetch))?;
        if fetch.count {
            self.cost.add(place, TOTAL_COUNT);
        }
        Ok((fetch, ConnectionPlan { place, fields }))
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
    ) -> Planned<Vec<(Key, ConnectionWhat)>> {
        let mut outputs = Vec::new();
        for selected in self.operation.collect(sets, |_| true) {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "nodes" => {
                        fetch.rows = true;
                        ConnectionWhat::Nodes(planner.object(target, &selected.sets, fetch)?)
                    }
                    "edges" => {
                        fetch.rows = true;
                        ConnectionWhat::Edges(planner.edges(target, &selected.sets, fetch)?)
                    }
                    "pageInfo" => {
                        fetch.rows = true;
                        ConnectionWhat::PageInfo(planner.page_info(&selected.sets, fetch))
                    }
                    "totalCount" => {
                        fetch.count = true;
                        ConnectionWhat::TotalCount
                    }
                    _ => ConnectionWhat::Constant(quoted(&format!("{}Connection", target.name))),
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
        for selected in self.operation.collect(sets, |_| true) {
            let what = self.within(selected.key, |planner| {
                Ok(match selected.name {
                    "cursor" => {
                        fetch.cursors = true;
                        EdgeWhat::Cursor
                    }
                    "node" => EdgeWhat::Node(planner.object(target, &selected.sets, fetch)?),
                    _ => EdgeWhat::Constant(quoted(&format!("{}Edge", target.name))),
                })
            })?;
            outputs.push((key(selected.key), what));
        }
        Ok(outputs)
    }

    fn page_info(&self, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Vec<(Key, PageInfoWhat)> {
        let selected = self.operation.collect(sets, |_| true);
        let what = |name: &str| match name {
            "hasNextPage" => PageInfoWhat::HasNextPage,
            "hasPreviousPage" => PageInfoWhat::HasPreviousPage,
            "startCursor" => PageInfoWhat::StartCursor,
            "endCursor" => PageInfoWhat::EndCursor,
            _ => PageInfoWhat::Constant(quoted("PageInfo")),
        };
        let outputs: Vec<_> = selected.iter().map(|selected| (key(selected.key), what(selected.name))).collect();
        for (_, what) in &outputs {
            fetch.more |= matches!(what, PageInfoWhat::HasNextPage | PageInfoWhat::HasPreviousPage);
            fetch.cursors |= matches!(what, PageInfoWhat::StartCursor | PageInfoWhat::EndCursor);
        }
        outputs
    }
}

/// True when a type condition of this name takes the type.
pub fn is(object: &ObjectType, name: &str) -> bool {
    object.name == name || (name == "Node" && object.content().is_some())
}

/// True when the field may be null in GraphQL.
#[must_use]
pub fn is_nullable(field: &Field) -> bool {
    match field.kind {
        Kind::Id | Kind::Scalars(_) | Kind::Values(_) | Kind::Refs(_) | Kind::Parts { .. } | Kind::Many(_) => false,
        Kind::Scalar(_) | Kind::Value(_) | Kind::One(_) => !field.required,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
