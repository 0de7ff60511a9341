//! Writes aggregates, facets and groups as JSON.

use super::{
    json::{JsonWriter, Written},
    level::Level,
};
use crate::{
    engine::{
        plan::{
            AggregateFieldPlan, AggregatePlan, FacetFieldPlan, FacetLabel, FacetsFieldPlan, Fetch, GroupFieldPlan,
            GroupPlan, RangeFieldPlan, RangePlan, ResponseKey, grouping::MeasureFormat,
        },
        problem::EngineError,
    },
    store::reading::statement::{Cell, Rows},
};

/// A row with the columns of a group, and the index of the first of these columns; `None` if there is no group.
pub(super) type GroupRow<'a> = Option<(&'a Rows, usize, usize)>;

impl JsonWriter {
    /// Writes the aggregate of a group; without a group, the aggregate of no rows.
    pub(super) fn aggregate(&mut self, row: GroupRow<'_>, plan: &AggregatePlan) -> Written {
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| writer.aggregate_field(row, field))
    }

    fn aggregate_field(&mut self, row: GroupRow<'_>, field: &AggregateFieldPlan) -> Written {
        let cell = |column: &usize| row.map_or(Cell::Null, |(rows, row, first)| rows.cell(row, first + *column));
        match field {
            AggregateFieldPlan::Constant(text) => self.out.push_str(text),
            AggregateFieldPlan::Count(column) => match cell(column) {
                Cell::Int(count) => self.int(count),
                _ => self.int(0),
            },
            AggregateFieldPlan::Value(column, shown) => match (cell(column), shown, row) {
                (Cell::Int(rank), MeasureFormat::Choice(values), _) => {
                    let value = usize::try_from(rank).ok().and_then(|rank| values.get(rank));
                    let (name, _) = value.ok_or_else(|| EngineError::Corrupt(format!("no value has the rank {rank}")))?;
                    self.text(name);
                }
                (Cell::Float(value), MeasureFormat::Rounded, _) => self.float(rounded(value)),
                (Cell::Float(value), ..) => self.float(value),
                (Cell::Text(start, end), _, Some((rows, ..))) => self.text(rows.slice(start, end)),
                (Cell::Int(value), ..) => self.int(value),
                _ => self.out.push_str("null"),
            },
            AggregateFieldPlan::Object(fields) => {
                self.braces(fields, |writer, field| writer.aggregate_field(row, field))?;
            }
        }
        Ok(())
    }

    /// Writes the facets of the list of a parent.
    pub(super) fn facets(&mut self, level: &Level, parent: i64, facets: &[(ResponseKey, FacetsFieldPlan)]) -> Written {
        self.braces(facets, |writer, facet| {
            let plan = match facet {
                FacetsFieldPlan::Constant(text) => return writer.raw(text),
                FacetsFieldPlan::Facet(plan) => plan,
            };
            writer.written[plan.cost_item] += 1;
            let Some(groups) = level.grouped.get(plan.groups) else { return writer.raw("[]") };
            let (start, end) = groups.ranges.get(parent).unwrap_or_default();
            writer.brackets(start..end, |writer, row| {
                writer.braces(&plan.fields, |writer, field| {
                    writer.facet_field(&groups.rows, row, field);
                    Ok(())
                })
            })
        })
    }

    fn facet_field(&mut self, rows: &Rows, row: usize, field: &FacetFieldPlan) {
        match field {
            FacetFieldPlan::Constant(text) => self.out.push_str(text),
            FacetFieldPlan::Value(column) | FacetFieldPlan::Label(FacetLabel::Column(column)) => {
                self.cell(rows, rows.cell(row, *column));
            }
            FacetFieldPlan::Label(FacetLabel::Choice(choice)) => {
                self.text(&choice.label(rows.text(row, 0).unwrap_or_default()));
            }
            FacetFieldPlan::Label(FacetLabel::Number) => {
                self.text(&rows.int(row, 0).unwrap_or_default().to_string());
            }
            FacetFieldPlan::Label(FacetLabel::Boolean) => {
                self.text(if rows.cell(row, 0) == Cell::Boolean(true) { "Yes" } else { "No" });
            }
        }
    }

    pub(super) fn group(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &GroupPlan) -> Written {
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| match field {
            GroupFieldPlan::Constant(text) => writer.raw(text),
            GroupFieldPlan::Key(plan) => writer.object(fetch, level, row, plan),
            GroupFieldPlan::Aggregate(plan) => writer.aggregate(Some((&level.rows, row, 0)), plan),
        })
    }

    /// Writes a range in the key of a group; null if the records have no number.
    pub(super) fn range(&mut self, rows: &Rows, row: usize, plan: &RangePlan) -> Written {
        let Some([from, to]) = plan.ranges.ends(rows.cell(row, plan.column)) else { return self.raw("null") };
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| {
            match field {
                RangeFieldPlan::Constant(text) => writer.out.push_str(text),
                RangeFieldPlan::From => writer.cell(rows, from),
                RangeFieldPlan::To => writer.cell(rows, to),
            }
            Ok(())
        })
    }
}

/// Rounds a mean to six digits after the decimal point.
fn rounded(value: f64) -> f64 {
    const MILLIONTHS: f64 = 1e6;
    let rounded = (value * MILLIONTHS).round() / MILLIONTHS;
    if rounded.is_finite() { rounded } else { value }
}
