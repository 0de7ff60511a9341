//! Plans lists through other records: their default order, and the aggregates of the records between on their edges.

use super::{Planned, Planner};
use crate::engine::{
    catalog::{Function, ObjectType, Through},
    field_rules::Criterion,
    plan::{
        EdgeFieldPlan, Tie,
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
    /// [`Through::strongest`], then the number of records between. The default order of the target breaks ties.
    pub(super) fn by_strength(&self, through: &'static Through, target: &'static ObjectType) -> (Vec<OrderKey>, Tie) {
        let between = self.catalog.target(through.between);
        let mut tie = Tie { through, measures: Vec::new(), is_read: false };
        let mut keys = Vec::new();
        let named = |name: &str| between.field(name).and_then(|field| Some((field, field.filtered_by()?)));
        let strongest = through.strongest.iter().filter_map(|(function, name)| match named(name)? {
            (field, Criterion::Scalar(column, scalar)) => {
                let row = MemberPath::default();
                let measure = Measure::of(self.catalog, *function, &row, (field, column), scalar);
                Some((measure, *function == Function::Min))
            }
            _ => None,
        });
        for (measure, is_ascending) in strongest.chain([(Measure::Count, false)]) {
            let column = COLUMNS[tie.measures.len()];
            let key = OrderKey::of_measure(&measure, Expression::Link(column), format!("{} {column}", through.first));
            keys.push(if is_ascending { key } else { key.greatest_first() });
            tie.measures.push(measure);
        }
        let default = target.content().map(|role| OrderKey::default_of(self.catalog, target, role));
        keys.extend(default.into_iter().flatten());
        (keys, tie)
    }

    /// Plans the aggregate of the records between on an edge.
    pub(super) fn tie(&mut self, selected: &Selected<'q>, fetch: &mut Fetch) -> Planned<EdgeFieldPlan> {
        let Some(mut tie) = fetch.tie.take_if(|tie| tie.through.first == selected.name) else {
            return Err(self.unknown(selected));
        };
        let between = self.catalog.target(tie.through.between);
        let mut groups = Fetch::new(self.catalog, tie.through.between, By::Root).grouped(Vec::new());
        for measure in tie.measures {
            groups.measure(measure);
        }
        let plan = self.aggregate(between, &selected.sets, &mut groups, OBJECT_POINTS);
        (tie.measures, tie.is_read) = (groups.grouping.unwrap_or_default().measures, true);
        fetch.tie = Some(tie);
        Ok(EdgeFieldPlan::Tie(plan?))
    }
}
