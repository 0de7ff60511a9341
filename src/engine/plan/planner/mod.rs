//! The planner: creates the plan of a selection, and collects the errors of the client.

mod connection;
mod facets;
mod found;
mod groups;
mod search;
mod through;

use super::{
    ConnectionPlan, FieldError, FieldPlan, JsonFieldPlan, JsonPlan, ObjectPlan, PartsPlan,
    arguments::{input, order::OrderKey, page},
    cost::{CONNECTION, CostPlan, OBJECT_POINTS, PLAIN_LIST, ROWS_PER_POINT, SEARCH_OR_SCAN_POINTS},
    fetch::{By, Child, Fetch, KeySource},
    response_key,
    rows::path::Path,
    selection::{Scope, Selected, Sets},
    statistics::Statistics,
};
use crate::{
    engine::{
        catalog::{Catalog, Field, Kind, Many, ObjectIx, ObjectType, Origin, Target, Via},
        problem::Problem,
    },
    graphql::{Position, document::Field as QueryField, path::PathSegment, schema::TYPE_NAME, value::Value},
    store::reading::statement::{Dialect, Read},
};

/// Assumed bytes of a number or a boolean.
const NUMBER_BYTES: u64 = 5;

/// Plans one operation, and collects the errors of the client.
pub struct Planner<'q> {
    /// Every declared type.
    pub catalog: &'static Catalog,
    /// The document and its variables.
    pub scope: Scope<'q>,
    /// Path of the current field in the response. For a list, it contains the index of the first entry that is planned.
    pub path: Vec<PathSegment>,
    /// Errors found.
    pub errors: Vec<FieldError>,
    /// The cost of the operation.
    pub cost: CostPlan,
    /// The dialect of the statements.
    pub dialect: Dialect,
    /// Statistics of the tables, for estimates.
    pub statistics: &'q Statistics,
    /// True if a field is selected that requires the role `editor`.
    pub restricted: bool,
}

/// A field cannot be planned; its error is in [`Planner::errors`]. The field becomes null. If it must not be null, its
/// parent becomes null instead, and so on (<https://spec.graphql.org/draft/#sec-Handling-Execution-Errors>). If the plan is
/// too large ([`CostPlan::is_too_large`]), there is no error for the field, because the whole operation is refused.
pub struct Failed;

type Planned<T> = Result<T, Failed>;

impl<'q> Planner<'q> {
    /// Calls `plan` for a selected field, with its response key at the end of the path.
    pub fn within<T>(&mut self, key: &str, plan: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(PathSegment::Key(key.to_owned()));
        let planned = plan(self);
        self.path.pop();
        planned
    }

    /// Plans the entries of a list that has at most `times` entries, and usually at most `usual`. `first` is the index of
    /// the first of these entries.
    pub fn repeated<T>(&mut self, times: u64, usual: u64, first: usize, plan: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.cost.repeat(times, usual.min(times));
        let planned = self.entry(first, plan);
        self.cost.end_repeat(outer);
        planned
    }

    /// Calls `plan` for an entry of a list, with its index at the end of the path.
    pub fn entry<T>(&mut self, index: usize, plan: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(PathSegment::Index(index));
        let planned = plan(self);
        self.path.pop();
        planned
    }

    /// Adds `__typename` to the cost, and returns its value: the name of the type in quotation marks.
    fn type_name(&mut self, selected: &Selected<'_>, name: &str) -> String {
        self.cost.output(selected.key, name.len() as u64);
        quoted(name)
    }

    /// If the result is an error, adds it to [`Self::errors`] with the position of the field.
    pub fn record_error<T>(&mut self, field: &QueryField, result: Result<T, Problem>) -> Planned<T> {
        result.map_err(|problem| self.fail(problem, field.position))
    }

    fn fail(&mut self, problem: Problem, position: Position) -> Failed {
        self.errors.push(FieldError { problem, path: self.path.clone(), position });
        Failed
    }

    /// Collects the fields selected on an object of the type of this name. Fails without an error if the plan is too large.
    pub fn collect(&mut self, sets: Sets<'_, 'q>, object: &str) -> Planned<Vec<Selected<'q>>> {
        if self.cost.is_too_large() {
            return Err(Failed);
        }
        self.scope.collect(sets, object).map_err(|(problem, position)| self.fail(problem, position))
    }

    /// Returns the value of an argument, or its default; null if there is neither.
    pub fn argument(&mut self, field: &QueryField, name: &str) -> Planned<Value> {
        let argument = self.scope.argument(field, name);
        Ok(self.record_error(field, argument)?.unwrap_or(Value::Null))
    }

    /// Returns the value of an argument; `None` if it is null or not given.
    fn optional(&mut self, field: &QueryField, name: &str) -> Planned<Option<Value>> {
        Ok(Some(self.argument(field, name)?).filter(|value| *value != Value::Null))
    }

    /// Adds the error for a field that is in the schema but not in the planner.
    pub fn unknown(&mut self, selected: &Selected<'_>) -> Failed {
        self.fail(Problem::internal(format!("the field {} is not planned", selected.name)), selected.field.position)
    }

    /// Plans the fields selected on rows of a type.
    pub fn object(&mut self, object: &'static ObjectType, sets: Sets<'_, 'q>, fetch: &mut Fetch) -> Planned<ObjectPlan> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let mut outputs = Vec::new();
        for selected in self.collect(sets, object.name)? {
            let what = self.within(selected.key, |planner| {
                if selected.name == TYPE_NAME {
                    return Ok(FieldPlan::Constant(planner.type_name(&selected, object.name)));
                }
                let Some(field) = object.field(selected.name) else { return Err(planner.unknown(&selected)) };
                planner.restricted |= field.restricted;
                planner.cost.output(selected.key, planner.statistics.value_bytes(object, field));
                match planner.field(field, &selected, fetch) {
                    Err(Failed) if field.is_nullable() => Ok(FieldPlan::Constant("null".into())),
                    planned => planned,
                }
            })?;
            outputs.push((response_key(selected.key), what));
        }
        if fetch.columns.is_empty() {
            fetch.column("id", Read::Int);
        }
        let columns = fetch.columns.capacity() * size_of::<(&str, Read)>();
        self.cost.add_allocated(fetch.children.capacity() * size_of::<Child>() + columns);
        Ok(ObjectPlan { cost_item, fields: outputs })
    }

    fn field(&mut self, field: &'static Field, selected: &Selected<'q>, fetch: &mut Fetch) -> Planned<FieldPlan> {
        Ok(match (&field.kind, field.column) {
            (Kind::Id(None), Some(column)) => FieldPlan::Id(fetch.column(column, Read::Int), fetch.target.name),
            (Kind::Id(Some(type_name)), Some(column)) => {
                FieldPlan::IdOf(fetch.column(column, Read::Int), fetch.column(type_name, Read::Text))
            }
            (Kind::Scalar(scalar), Some(column)) => FieldPlan::Scalar(fetch.column(column, input::read_of(*scalar))),
            (Kind::Scalars(_), Some(column)) => FieldPlan::Stored(fetch.column(column, Read::Text)),
            (Kind::Value(_) | Kind::Values(_) | Kind::Refs(_), Some(column)) => {
                let column = fetch.json_column(column);
                FieldPlan::Json(column, self.json(field, selected, fetch, column, Vec::new())?)
            }
            (Kind::One(target), Some(column)) => {
                let column = fetch.column(column, Read::Int);
                let (below, plan) = self.one(*target, selected)?;
                let child = fetch.child(KeySource::Column(column), below);
                FieldPlan::One { child, column, plan, required: field.required }
            }
            (Kind::Parts { part, owner }, _) => {
                let (below, plan) = self.parts(fetch.table, *part, owner, selected)?;
                let column = fetch.column("id", Read::Int);
                FieldPlan::Parts { child: fetch.child(KeySource::Column(column), below), column, plan }
            }
            (Kind::Many(many), _) => {
                let column = fetch.column("id", Read::Int);
                let (below, plan) = self.many(fetch.table, many, selected)?;
                FieldPlan::Connection { child: fetch.child(KeySource::Column(column), below), column, plan }
            }
            (Kind::Attribution, _) => FieldPlan::Attribution(self.record_attribution(selected, fetch)?),
            (_, None) => return Err(self.unknown(selected)),
        })
    }

    /// Plans a value inside the JSON of a column, at the path `members`.
    fn json(
        &mut self,
        field: &'static Field,
        selected: &Selected<'q>,
        fetch: &mut Fetch,
        column: usize,
        members: Vec<&'static str>,
    ) -> Planned<JsonFieldPlan> {
        if let Origin::Converted(conversion) = field.origin {
            return Ok(JsonFieldPlan::Converted(conversion));
        }
        Ok(match &field.kind {
            Kind::Value(value) => JsonFieldPlan::Object(self.members(*value, &selected.sets, fetch, column, &members)?),
            Kind::Values(value) => {
                let each = |planner: &mut Self| planner.members(*value, &selected.sets, fetch, column, &members);
                JsonFieldPlan::List(self.repeated(PLAIN_LIST, PLAIN_LIST, 0, each)?)
            }
            Kind::One(target) => {
                let (below, plan) = self.one(*target, selected)?;
                let child = fetch.child(KeySource::Json(column, members), below);
                JsonFieldPlan::One { child, plan, required: field.required }
            }
            Kind::Refs(target) => {
                let default = vec![OrderKey::position()];
                let lists = (self.cost.occurrences(), PLAIN_LIST);
                let (below, plan) = self.connection(*target, By::Lists, (default, None), lists, selected)?;
                JsonFieldPlan::Connection { child: fetch.child(KeySource::Json(column, members), below), plan }
            }
            Kind::Id(_) | Kind::Scalar(_) | Kind::Scalars(_) | Kind::Parts { .. } | Kind::Many(_) | Kind::Attribution => {
                JsonFieldPlan::Stored
            }
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
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let mut outputs = Vec::new();
        for selected in self.collect(sets, value.name)? {
            let output = self.within(selected.key, |planner| {
                if selected.name == TYPE_NAME {
                    return Ok(("", JsonFieldPlan::Constant(planner.type_name(&selected, value.name))));
                }
                let Some(member) = value.field(selected.name) else { return Err(planner.unknown(&selected)) };
                planner.cost.output(selected.key, planner.statistics.value_bytes(value, member));
                let mut members = members.to_vec();
                members.push(member.name);
                match planner.json(member, &selected, fetch, column, members) {
                    Err(Failed) if member.is_nullable() => Ok((member.name, JsonFieldPlan::Constant("null".into()))),
                    planned => planned.map(|what| (member.name, what)),
                }
            })?;
            outputs.push((response_key(selected.key), output.0, output.1));
        }
        Ok(JsonPlan { cost_item, members: outputs })
    }

    fn one(&mut self, target: Target, selected: &Selected<'q>) -> Planned<(Fetch, ObjectPlan)> {
        let mut below = Fetch::new(self.catalog, target, By::Key);
        let plan = self.object(below.target, &selected.sets, &mut below)?;
        Ok((below, plan))
    }

    /// Plans a list of parts of the rows of a table, and its arguments.
    fn parts(
        &mut self,
        from: &'static str,
        part: Target,
        owner: &'static str,
        selected: &Selected<'q>,
    ) -> Planned<(Fetch, PartsPlan)> {
        let mut below = Fetch::new(self.catalog, part, By::Owner(owner));
        // Each row of the table has one list, however often the row occurs in the response.
        let rows = self.cost.occurrences().min(self.statistics.rows(from)).saturating_mul(PLAIN_LIST);
        self.filter(&mut below, rows, selected.field)?;
        below.depends_on = self.depends_on(&below);
        let mut cost_item = None;
        if let Some(filter) = &below.filter {
            let needs_scan = filter.needs_scan();
            self.cost.has_search_or_scan |= needs_scan;
            cost_item = Some(self.cost.item(&self.path, CONNECTION + if needs_scan { SEARCH_OR_SCAN_POINTS } else { 0 }));
            self.cost.read(filter.rows_read(self.statistics, below.table, rows), ROWS_PER_POINT);
            self.cost.add_allocated(filter.allocated_bytes());
        }
        let first = self.optional(selected.field, "first")?;
        let first = self.record_error(selected.field, page::size("first", first.as_ref()))?;
        // `first` does not lower the cost, because all entries are read.
        let each = |planner: &mut Self| planner.object(below.target, &selected.sets, &mut below);
        let entry = self.repeated(PLAIN_LIST, PLAIN_LIST, 0, each)?;
        Ok((below, PartsPlan { cost_item, first, entry }))
    }

    /// Plans the connection of a to-many field of the rows of a table.
    fn many(
        &mut self,
        from: &'static str,
        many: &'static Many,
        selected: &Selected<'q>,
    ) -> Planned<(Fetch, ConnectionPlan)> {
        let target = self.catalog.target(many.target);
        let mut switches = Vec::new();
        for switch in &many.switches {
            let value = self.argument(selected.field, switch.name)?;
            switches.push(self.record_error(selected.field, input::boolean(&value, switch.name))?);
        }
        let mut between_measures = None;
        let default = match (&many.via, target.content()) {
            (Via::ForeignKey { order: Some(column), .. }, _) if many.latest_first => {
                vec![OrderKey::of_column(column).flipped(), OrderKey::id().flipped()]
            }
            (Via::ForeignKey { order: Some(column), .. }, _) => vec![OrderKey::of_column(column)],
            (Via::Link { reverse: false, .. }, _) => vec![OrderKey::position()],
            (Via::Through(through), _) => {
                let (keys, of) = self.through_order(through, target);
                between_measures = Some(of);
                keys
            }
            (Via::ForeignKey { .. }, Some(role)) => OrderKey::default_of(self.catalog, target, role),
            // These lists are ordered by the id alone, because the index of the links has that order. For any other order,
            // the database would sort all links of a parent.
            (Via::Link { reverse: true, .. }, _) | (_, None) => Vec::new(),
        };
        let path = Path::of_many(many, &switches);
        // Each row of the parent table has one list, however often the row occurs in the response.
        let lists = self.cost.occurrences().min(self.statistics.rows(from));
        let listed = (lists, self.statistics.fan_out(from, &path));
        self.connection(many.target, By::Path(path), (default, between_measures), listed, selected)
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
