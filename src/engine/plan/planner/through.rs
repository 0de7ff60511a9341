//! Plans lists through other records: their default order, and the aggregates of the records between on their edges.

use super::{Planned, Planner};
use crate::engine::{
    catalog::{Function, ObjectType, Through},
    field_rules::Criterion,
    plan::{
        BetweenMeasures, EdgeFieldPlan,
        arguments::order::OrderKey,
        cost::OBJECT_POINTS,
        fetch::{By, Fetch},
        grouping::{COLUMNS, Measure},
        rows::{expression::Expression, member::MemberPath},
        selection::Selected,
    },
};

impl<'q> Planner<'q> {
    /// Returns the default order of a list through other records, and the measures that it uses: those of
    /// [`Through::default_order`], then the number of records between. The default order of the target breaks ties.
    pub(super) fn through_order(
        &self,
        through: &'static Through,
        target: &'static ObjectType,
    ) -> (Vec<OrderKey>, BetweenMeasures) {
        let between = self.catalog.target(through.between);
        let mut between_measures = BetweenMeasures { through, measures: Vec::new(), is_read: false };
        let mut keys = Vec::new();
        let named = |name: &str| between.field(name).and_then(|field| Some((field, field.filtered_by()?)));
        let measures = through.default_order.iter().filter_map(|(function, name)| match named(name)? {
            (field, Criterion::Scalar(column, scalar)) => {
                let row = MemberPath::default();
                let measure = Measure::of(self.catalog, *function, &row, (field, column), scalar);
                Some((measure, *function == Function::Min))
            }
            _ => None,
        });
        for (measure, is_ascending) in measures.chain([(Measure::Count, false)]) {
            let column = COLUMNS[between_measures.measures.len()];
            let key = OrderKey::of_measure(&measure, Expression::Link(column), format!("{} {column}", through.first));
            keys.push(if is_ascending { key } else { key.greatest_first() });
            between_measures.measures.push(measure);
        }
        let default = target.content().map(|role| OrderKey::default_of(self.catalog, target, role));
        keys.extend(default.into_iter().flatten());
        (keys, between_measures)
    }

    /// Plans the aggregate of the records between on an edge.
    pub(super) fn between_aggregate(&mut self, selected: &Selected<'q>, fetch: &mut Fetch) -> Planned<EdgeFieldPlan> {
        let Some(mut between_measures) = fetch.between_measures.take_if(|measures| measures.through.first == selected.name)
        else {
            return Err(self.unknown(selected));
        };
        let between = self.catalog.target(between_measures.through.between);
        let mut groups = Fetch::new(self.catalog, between_measures.through.between, By::Root).grouped(Vec::new());
        for measure in between_measures.measures {
            groups.measure(measure);
        }
        let plan = self.aggregate(between, &selected.sets, &mut groups, OBJECT_POINTS);
        (between_measures.measures, between_measures.is_read) = (groups.grouping.unwrap_or_default().measures, true);
        fetch.between_measures = Some(between_measures);
        Ok(EdgeFieldPlan::BetweenAggregate(plan?))
    }
}
