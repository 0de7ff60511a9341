//! Plans aggregates, facets and groups, which are computed from all rows of a list.

use super::{
    Failed, NUMBER_BYTES, Planned, Planner,
    connection::{Entries, LIST_BYTES, ListContext},
};
use crate::{
    engine::{
        catalog::{Function, ObjectType},
        field_rules::Criterion,
        plan::{
            AggregateFieldPlan, AggregatePlan, ConnectionFieldPlan, ConnectionPlan, FieldPlan, GroupFieldPlan, GroupPlan,
            ObjectPlan, RangeFieldPlan, RangePlan, ResponseKey,
            arguments::{
                input,
                order::{MAX_ORDER_KEYS, OrderKey},
                page::{Page, fingerprint},
            },
            cost::{CONNECTION, GROUPED_ROWS_PER_POINT, OBJECT_POINTS, ROWS_PER_POINT, TOTAL_COUNT},
            fetch::{Fetch, KeySource},
            grouping::{COLUMNS, GroupKey, Grouping, KeyValues, Measure, Ranges, keys_of, measured_order, measured_where},
            response_key,
            rows::{expression::Expression, member::MemberPath, predicate::Filter},
            selection::{Selected, Sets},
        },
        problem::Problem,
    },
    graphql::{schema::TYPE_NAME, value::Value},
};

impl<'q> Planner<'q> {
    /// Plans a field of a connection that is computed from the rows of all pages.
    pub(super) fn field_of_all_rows(
        &mut self,
        object: &'static ObjectType,
        list: &ListContext,
        selected: &Selected<'q>,
        fetch: &mut Fetch,
    ) -> Planned<ConnectionFieldPlan> {
        match selected.name {
            "aggregate" => {
                self.cost.output(selected.key, 0);
                let mut groups = fetch.grouped(Vec::new());
                let plan = self.aggregate(object, &selected.sets, &mut groups, TOTAL_COUNT)?;
                Ok(ConnectionFieldPlan::Aggregate(self.add_groups(groups, list, fetch), plan))
            }
            "facets" => Ok(ConnectionFieldPlan::Facets(self.facets(object, list, selected, fetch)?)),
            "groups" => {
                self.cost.output(selected.key, 0);
                let (groups, plan) = self.groups(object, selected, fetch)?;
                Ok(ConnectionFieldPlan::Groups(self.add_groups(groups, list, fetch), plan))
            }
            _ => Err(self.unknown(selected)),
        }
    }

    /// Adds a fetch of groups to the fetch of their list, and returns its index in [`Fetch::groups`].
    pub(super) fn add_groups(&mut self, mut groups: Fetch, list: &ListContext, fetch: &mut Fetch) -> usize {
        groups.depends_on = self.depends_on(&groups);
        for groups in [Some(&groups), groups.probe.as_deref()].into_iter().flatten() {
            let (statistics, table, rows) = (self.statistics, groups.table, list.rows);
            let mut grouped = rows;
            let mut read = groups.filter.as_ref().map_or(0, |filter| filter.rows_read(statistics, table, rows));
            let mut allocated = LIST_BYTES + groups.page.as_ref().map_or(0, Page::allocated_bytes);
            if let Some(grouping) = &groups.grouping {
                for (_, key) in grouping.joins() {
                    let joined = key.rows_read(statistics, table, grouped);
                    read = read.saturating_add(joined);
                    if key.is_overlapping() {
                        // The next key is read for each of the joined rows.
                        grouped = grouped.max(joined);
                    }
                }
                let compared = grouping.keys.iter().map(|key| key.rows_compared(statistics, table, grouped));
                let values = grouping.values().into_iter().map(|value| value.rows_read(statistics, table, grouped));
                read = compared.chain(values).fold(read, u64::saturating_add);
                allocated += grouping.allocated_bytes();
            }
            allocated +=
                groups.filter.as_ref().map_or(0, Filter::allocated_bytes) + size_of_val(groups.sort_keys.as_slice());
            // The statement that counts the groups reads all rows again.
            let statements = if groups.count && groups.rows { 2 } else { 1 };
            for _ in 0..statements {
                self.cost.read(read, ROWS_PER_POINT);
                self.cost.read(grouped, GROUPED_ROWS_PER_POINT);
                self.read_search(groups, rows);
            }
            self.cost.add_allocated(allocated);
        }
        fetch.groups.push(groups);
        fetch.groups.len() - 1
    }

    /// Plans the aggregate of each group of rows of a type. Each aggregate costs `points`.
    pub(super) fn aggregate(
        &mut self,
        object: &'static ObjectType,
        sets: Sets<'_, 'q>,
        groups: &mut Fetch,
        points: u64,
    ) -> Planned<AggregatePlan> {
        let cost_item = self.cost.item(&self.path, points);
        let mut fields = Vec::new();
        let name = format!("{}Aggregate", object.name);
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| match (selected.name, Function::named(selected.name)) {
                (TYPE_NAME, _) => Ok(AggregateFieldPlan::Constant(planner.type_name(&selected, &name))),
                ("count", _) => planner.measure(&selected, Measure::Count, groups),
                (_, Some(function)) => planner.measures(object, function, &MemberPath::default(), &selected, groups),
                (_, None) => Err(planner.unknown(&selected)),
            })?;
            fields.push((response_key(selected.key), what));
        }
        Ok(AggregatePlan { cost_item, fields })
    }

    /// Plans the field of one function, such as `max`: a measure for each selected field of the object at a path.
    fn measures(
        &mut self,
        object: &'static ObjectType,
        function: Function,
        path: &MemberPath,
        selected: &Selected<'q>,
        groups: &mut Fetch,
    ) -> Planned<AggregateFieldPlan> {
        let catalog = self.catalog;
        self.cost.output(selected.key, 0);
        let mut fields = Vec::new();
        let name = format!("{}{}", object.name, function.suffix());
        for selected in self.collect(&selected.sets, &name)? {
            let what = self.within(selected.key, |planner| {
                if selected.name == TYPE_NAME {
                    return Ok(AggregateFieldPlan::Constant(planner.type_name(&selected, &name)));
                }
                let measured = object.measured(catalog, function).find(|(field, _)| field.name == selected.name);
                match measured {
                    Some((field, Criterion::Scalar(member, scalar))) => {
                        let measure = Measure::of(catalog, function, path, (field, member), scalar);
                        planner.measure(&selected, measure, groups)
                    }
                    Some((_, Criterion::One(column, _))) => planner.measure(&selected, Measure::of_key(column), groups),
                    Some((_, Criterion::Value(member, ix))) => {
                        planner.measures(catalog.object(ix), function, &path.then(member), &selected, groups)
                    }
                    _ => Err(planner.unknown(&selected)),
                }
            })?;
            fields.push((response_key(selected.key), what));
        }
        Ok(AggregateFieldPlan::Object(fields))
    }

    fn measure(&mut self, selected: &Selected<'q>, measure: Measure, groups: &mut Fetch) -> Planned<AggregateFieldPlan> {
        const VALUE_BYTES: u64 = 12;
        self.cost.output(selected.key, VALUE_BYTES);
        let (is_count, format) = (measure.is_count(), measure.format());
        let column = self.record_error(selected.field, measured(groups, measure))?;
        Ok(if is_count { AggregateFieldPlan::Count(column) } else { AggregateFieldPlan::Value(column, format) })
    }

    /// Plans the groups of the rows of a list, which are themselves a list with pages.
    fn groups(
        &mut self,
        object: &'static ObjectType,
        selected: &Selected<'q>,
        fetch: &Fetch,
    ) -> Planned<(Fetch, ConnectionPlan)> {
        let field = selected.field;
        let (by, ranges) = (self.argument(field, "by")?, self.optional(field, "ranges")?);
        let keys = keys_of(self.catalog, object, &by, ranges.as_ref());
        let keys = self.record_error(field, keys)?;
        let names: Vec<String> = keys.iter().map(GroupKey::describe).collect();
        let mut groups = fetch.grouped(keys);
        if let Some(value) = self.optional(field, "having")? {
            let having = input::bounded(&value, "having").and_then(|()| having(self, object, &value, &mut groups));
            let having = self.record_error(field, having)?;
            groups.grouping.iter_mut().for_each(|grouping| grouping.having = Some(having.clone()));
        }
        let order = self.optional(field, "orderBy")?.unwrap_or(Value::List(Vec::new()));
        let order = self.order(object, &order, &mut groups);
        let order = self.record_error(field, order)?;
        let ties = groups.grouping.as_ref().map(Grouping::order).unwrap_or_default();
        groups.sort_keys = OrderKey::then_by(order, ties);
        groups.fingerprint = fingerprint(&format!("{} by {}", object.name, names.join(" ")), &groups.sort_keys);
        let arguments = self.page_arguments(field)?;
        let page = self.record_error(field, Page::read(&arguments, &groups.sort_keys, groups.fingerprint))?;
        let size = page.size as u64;
        groups.page = Some(page);
        groups.rows = false;
        let cost_item = self.cost.item(&self.path, CONNECTION + TOTAL_COUNT);
        let fields = self.connection_fields(&Entries::Groups(object), &selected.sets, &mut groups, (size, size))?;
        if groups.count {
            self.cost.add(cost_item, TOTAL_COUNT);
        }
        Ok((groups, ConnectionPlan { cost_item, fields }))
    }

    fn order(&self, object: &ObjectType, value: &Value, groups: &mut Fetch) -> Result<Vec<OrderKey>, Problem> {
        const AT: &str = "orderBy";
        let items = input::items(value, AT)?;
        if items.len() > MAX_ORDER_KEYS {
            return Err(Problem::argument(AT, format_args!("more than {MAX_ORDER_KEYS} sort keys")));
        }
        let mut keys = Vec::new();
        for item in items {
            let (what, value) = input::one_of(item, AT)?;
            let at = format!("{AT}.{what}");
            if what == "aggregate" {
                let (measure, name, value) = measured_order(self.catalog, object, value, &at)?;
                let column = COLUMNS[measured(groups, measure.clone())?];
                keys.push(OrderKey::of_measure(&measure, Expression::Column(column), name).directed(value, &at)?);
                continue;
            }
            let (name, value) = input::one_of(value, &at)?;
            let key = groups.grouping.iter().flat_map(Grouping::order).find(|key| key.name == name);
            let refused = || {
                let is_range = object.numbers(self.catalog).iter().any(|number| number.range_name() == name);
                let argument = if is_range { "ranges" } else { "by" };
                let sentence = format!("the groups do not have this dimension; add it to `{argument}`");
                Problem::argument(&format!("{at}.{name}"), sentence)
            };
            keys.push(key.ok_or_else(refused)?.directed(value, &at)?);
        }
        Ok(keys)
    }

    /// Plans a group of rows of a type.
    pub(super) fn group(
        &mut self,
        object: &'static ObjectType,
        sets: Sets<'_, 'q>,
        groups: &mut Fetch,
    ) -> Planned<GroupPlan> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let mut fields = Vec::new();
        let name = format!("{}Group", object.name);
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                planner.cost.output(selected.key, 0);
                Ok(match selected.name {
                    "key" => GroupFieldPlan::Key(planner.key(object, &selected.sets, groups)?),
                    "aggregate" => {
                        GroupFieldPlan::Aggregate(planner.aggregate(object, &selected.sets, groups, OBJECT_POINTS)?)
                    }
                    TYPE_NAME => GroupFieldPlan::Constant(planner.type_name(&selected, &name)),
                    _ => return Err(planner.unknown(&selected)),
                })
            })?;
            fields.push((response_key(selected.key), what));
        }
        Ok(GroupPlan { cost_item, fields })
    }

    fn key(&mut self, object: &'static ObjectType, sets: Sets<'_, 'q>, groups: &mut Fetch) -> Planned<ObjectPlan> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        let mut fields: Vec<(ResponseKey, FieldPlan)> = Vec::new();
        let name = format!("{}GroupKey", object.name);
        for selected in self.collect(sets, &name)? {
            let what = self.within(selected.key, |planner| {
                if selected.name == TYPE_NAME {
                    return FieldPlan::Constant(planner.type_name(&selected, &name));
                }
                planner.cost.output(selected.key, NUMBER_BYTES);
                let mut keys = groups.grouping.iter().flat_map(|grouping| &grouping.keys).enumerate();
                let found = keys.find(|(_, key)| key.name() == selected.name);
                match found.map(|(column, key)| (column, key.values().clone())) {
                    None => FieldPlan::Constant("null".into()),
                    Some((column, KeyValues::Range(ranges))) => match planner.range(column, ranges, &selected.sets) {
                        Ok(plan) => FieldPlan::Range(Box::new(plan)),
                        Err(Failed) => FieldPlan::Constant("null".into()),
                    },
                    Some((column, KeyValues::Record(target))) => match planner.one(target, &selected) {
                        Ok((below, plan)) => {
                            let child = groups.child(KeySource::Column(column), below);
                            FieldPlan::One { child, column, plan, required: false }
                        }
                        Err(Failed) => FieldPlan::Constant("null".into()),
                    },
                    Some((column, _)) => FieldPlan::Scalar(column),
                }
            });
            fields.push((response_key(selected.key), what));
        }
        Ok(ObjectPlan { cost_item, fields })
    }

    /// Plans the range in a key of groups.
    fn range(&mut self, column: usize, ranges: Ranges, sets: Sets<'_, 'q>) -> Planned<RangePlan> {
        let cost_item = self.cost.item(&self.path, OBJECT_POINTS);
        self.cost.add_allocated(size_of::<RangePlan>() + ranges.allocated_bytes());
        let mut fields = Vec::new();
        let name = ranges.type_name();
        for selected in self.collect(sets, name)? {
            self.cost.output(selected.key, NUMBER_BYTES);
            let what = match selected.name {
                "from" => RangeFieldPlan::From,
                "to" => RangeFieldPlan::To,
                TYPE_NAME => RangeFieldPlan::Constant(self.type_name(&selected, name)),
                _ => return Err(self.unknown(&selected)),
            };
            fields.push((response_key(selected.key), what));
        }
        Ok(RangePlan { cost_item, column, ranges, fields })
    }
}

/// Adds a measure to groups, and returns the index of its column.
fn measured(groups: &mut Fetch, measure: Measure) -> Result<usize, Problem> {
    let refused = || {
        let message = format!("Groups have at most {} dimensions and aggregates in total.", COLUMNS.len());
        Problem::new(Problem::BAD_ARGUMENT, message)
    };
    groups.measure(measure).ok_or_else(refused)
}

fn having(planner: &Planner<'_>, object: &ObjectType, value: &Value, groups: &mut Fetch) -> Result<Filter, Problem> {
    let mut all = Vec::new();
    for (name, value) in input::given(value, "having")? {
        let at = format!("having.{name}");
        all.push(measured_where(planner.catalog, object, (name, value), &at, &mut |measure, compare| {
            Ok(Filter::Column(COLUMNS[measured(groups, measure)?], compare))
        })?);
    }
    Ok(Filter::And(all))
}
