//! Plans facets: the most frequent values of a dimension among the rows of a list.

use super::{NUMBER_BYTES, Planned, Planner, connection::ListContext};
use crate::{
    engine::{
        catalog::{Catalog, Dimension, DimensionValues, ObjectType, Target},
        field_rules::{Criterion, SLUG},
        plan::{
            FacetFieldPlan, FacetLabel, FacetPlan, FacetsFieldPlan, ResponseKey,
            arguments::{
                order::OrderKey,
                page::{self, Page, fingerprint},
            },
            cost::{OBJECT_POINTS, TOTAL_COUNT},
            fetch::{By, Fetch},
            grouping::{COLUMNS, DEFAULT_VALUES, GroupKey, Measure, SplitFilter},
            response_key,
            rows::{compare::Compare, condition_set::ConditionSet, expression::Expression, predicate::Filter},
            selection::Selected,
        },
    },
    graphql::schema::TYPE_NAME,
    store::reading::statement::Read,
};

/// Maximum number of different values of a numeric field in the sample of the statistics. A facet by a field with more
/// values has a statement of its own.
const MAX_SHARED_NUMBERS: u64 = 100;

/// Maximum number of facets that share a statement. SQLite limits the number of arguments of a function.
const MAX_SHARED_FACETS: usize = 40;

/// Maximum number of rows of the table of related records. A facet by more records has a statement of its own, because its
/// counts would need much memory.
const MAX_SHARED_RECORDS: u64 = 20_000;

impl<'q> Planner<'q> {
    /// Plans the facets of a list of records of a type.
    pub(super) fn facets(
        &mut self,
        object: &'static ObjectType,
        list: &ListContext,
        selected: &Selected<'q>,
        fetch: &mut Fetch,
    ) -> Planned<Vec<(ResponseKey, FacetsFieldPlan)>> {
        self.cost.output(selected.key, 0);
        let dimensions = object.dimensions(self.catalog);
        let mut fields = Vec::new();
        let name = format!("{}Facets", object.name);
        for selected in self.collect(&selected.sets, &name)? {
            let what = self.within(selected.key, |planner| {
                if selected.name == TYPE_NAME {
                    return Ok(FacetsFieldPlan::Constant(planner.type_name(&selected, &name)));
                }
                let dimension = dimensions.iter().find(|dimension| dimension.of.name() == selected.name);
                let Some(dimension) = dimension else { return Err(planner.unknown(&selected)) };
                planner.facet(object, dimension, list, &selected, fetch).map(FacetsFieldPlan::Facet)
            })?;
            fields.push((response_key(selected.key), what));
        }
        Ok(fields)
    }

    fn facet(
        &mut self,
        object: &'static ObjectType,
        dimension: &Dimension<'static>,
        list: &ListContext,
        selected: &Selected<'q>,
        fetch: &mut Fetch,
    ) -> Planned<FacetPlan> {
        let catalog = self.catalog;
        let first = self.optional(selected.field, "first")?;
        let size = self.record_error(selected.field, page::size("first", first.as_ref()))?.unwrap_or(DEFAULT_VALUES);
        let own = list.given.as_ref().map(|given| SplitFilter::of(given, dimension)).filter(|own| !own.is_empty());
        let Some(key) = GroupKey::of(catalog, dimension) else { return Err(self.unknown(selected)) };
        let mut groups = fetch.grouped(vec![key]);
        let Some(count) = groups.measure(Measure::Count) else { return Err(self.unknown(selected)) };
        if let Some(own) = &own {
            let rest = Filter::read(catalog, object, &own.rest, "where");
            let rest = Some(self.record_error(selected.field, rest)?).filter(|filter| !filter.matches_all());
            groups.filter = rest.map(|filter| filter.optimize(self.statistics, groups.table, list.rows));
        }
        groups.ignores_if_shared = self.ignores_if_shared(dimension, &groups, fetch);
        let most = OrderKey::of_measure(&Measure::Count, Expression::Column(COLUMNS[count]), "count".to_owned()).flipped();
        let is_selected = own.map(|own| own.selected(catalog, object, dimension)).transpose();
        let is_selected = self.record_error(selected.field, is_selected)?;
        if let Some(grouping) = &mut groups.grouping {
            groups.sort_keys = [vec![most], grouping.order()].concat();
            grouping.first.clone_from(&is_selected);
            grouping.having = Some(Filter::Column(COLUMNS[0], Compare::IsNull(false)));
        }
        groups.fingerprint = fingerprint(object.name, &groups.sort_keys);
        groups.page = Some(Page::first(size));
        let (value, label) = value_and_label(catalog, dimension.values, &mut groups);
        self.cost.output(selected.key, 0);
        let many = size as u64;
        let cost_item = self.cost.item(&self.path, TOTAL_COUNT + OBJECT_POINTS * many);
        let name = dimension.values.facet_name(catalog);
        let mut fields = Vec::new();
        self.repeated(many, many, 0, |planner| {
            for selected in planner.collect(&selected.sets, &name)? {
                let what = match selected.name {
                    "value" => FacetFieldPlan::Value(value),
                    "label" => FacetFieldPlan::Label(label),
                    "count" => FacetFieldPlan::Value(count),
                    "selected" => match is_selected.clone() {
                        Some(filter) => FacetFieldPlan::Value(groups.selected(filter)),
                        None => FacetFieldPlan::Constant("false".to_owned()),
                    },
                    TYPE_NAME => FacetFieldPlan::Constant(planner.type_name(&selected, &name)),
                    _ => return Err(planner.unknown(&selected)),
                };
                planner.cost.output(selected.key, NUMBER_BYTES);
                fields.push((response_key(selected.key), what));
            }
            Ok(())
        })?;
        Ok(FacetPlan { groups: self.add_groups(groups, list, fetch), cost_item, fields })
    }

    /// Returns the conditions of a list's filter that a facet ignores, if the facet can share a statement with the facets of
    /// the list that were planned before. `None` if it cannot: a record may have several values, enough facets share
    /// already, its counts would need much memory, or the shared statement would read more rows.
    fn ignores_if_shared(&self, dimension: &Dimension<'_>, facet: &Fetch, list: &Fetch) -> Option<ConditionSet> {
        let has_many_values = match (dimension.values, dimension.of.by) {
            (DimensionValues::Record(target), _) => self.statistics.rows(target.table) > MAX_SHARED_RECORDS,
            (DimensionValues::Int, Criterion::Scalar(column, _)) => {
                self.statistics.values(list.table, column) > MAX_SHARED_NUMBERS
            }
            _ => false,
        };
        let sharing = list.groups.iter().filter_map(|facet| facet.ignores_if_shared);
        if dimension.of.is_overlapping() || has_many_values || sharing.clone().count() >= MAX_SHARED_FACETS {
            return None;
        }
        let filter = list.filter.as_ref();
        let ignored = ConditionSet::missing(filter, facet.filter.as_ref())?;
        // The rows that a search or a path finds are the same for all facets. A list at the root without a search is
        // read by the index of one condition, so a facet that ignores this condition cannot share the statement.
        // Without any condition nothing is shared: each facet is read from the index of its column.
        if list.search.is_some() || !matches!(list.by, By::Root) {
            return Some(ignored);
        }
        let all_ignored = sharing.fold(ignored, ConditionSet::union);
        let conditions = Filter::conditions_of(filter);
        let best = Filter::best_inverse_selectivity(conditions, self.statistics, list.table);
        let reads_as_many = if best > 0 {
            Filter::best_inverse_selectivity(all_ignored.remaining(filter), self.statistics, list.table) == best
        } else {
            // The selectivity of none of the conditions is known. So the database may find the rows by the index of any
            // condition, even of a comparison such as `lt`. So a facet may ignore only conditions that no index supports.
            let mut ignored = all_ignored.selected(filter);
            all_ignored.remaining(filter).next().is_some() && ignored.all(|(_, condition)| condition.needs_scan())
        };
        reads_as_many.then_some(ignored)
    }
}

/// Returns the column with the values of a facet, and its labels.
fn value_and_label(catalog: &'static Catalog, values: DimensionValues, groups: &mut Fetch) -> (usize, FacetLabel) {
    match values {
        DimensionValues::Choice(ix) => (0, FacetLabel::Choice(catalog.choice(ix))),
        DimensionValues::Int => (0, FacetLabel::Number),
        DimensionValues::Boolean => (0, FacetLabel::Boolean),
        DimensionValues::Record(target) => {
            let mut detail = |column| {
                let expression = Expression::Of(COLUMNS[0], target.table, Box::new(Expression::Column(column)));
                groups.detail(expression, Read::Text)
            };
            (detail(SLUG), FacetLabel::Column(detail(label_column(catalog, target))))
        }
    }
}

fn label_column(catalog: &'static Catalog, target: Target) -> &'static str {
    let object = catalog.target(target);
    let label = object.content().and_then(|role| object.field(role.label));
    label.and_then(|field| field.column).unwrap_or(SLUG)
}
