//! Writes pages of connections as JSON.

use super::{
    found::record,
    json::{JsonWriter, Written, below},
    level::Level,
};
use crate::engine::{
    plan::{ConnectionFieldPlan, ConnectionPlan, EdgeFieldPlan, Fetch, NodePlan, PageInfoFieldPlan, arguments::page},
    problem::EngineError,
};

impl JsonWriter {
    /// Writes one parent's page of a connection.
    pub fn connection(&mut self, fetch: &Fetch, level: &Level, parent: i64, plan: &ConnectionPlan) -> Written {
        let (start, end) = level.ranges.get(parent).unwrap_or_default();
        let size = fetch.page.as_ref().map_or(usize::MAX, |page| page.size);
        let backward = fetch.page.as_ref().is_some_and(|page| page.backward);
        let more = end - start > size;
        let end = end.min(start.saturating_add(size));
        // A page that is counted from the end of the list is read in reverse order.
        let page = || -> Box<dyn Iterator<Item = usize>> {
            if backward { Box::new((start..end).rev()) } else { Box::new(start..end) }
        };
        self.written[plan.cost_item] += 1;
        self.braces(&plan.fields, |writer, field| match field {
            ConnectionFieldPlan::Constant(text) => writer.raw(text),
            ConnectionFieldPlan::Nodes(plan) => {
                writer.brackets(page(), |writer, index| writer.node(fetch, level, level.row(index), plan))
            }
            ConnectionFieldPlan::Edges(plan) => writer.brackets(page(), |writer, index| {
                writer.braces(plan, |writer, field| match field {
                    EdgeFieldPlan::Constant(text) => writer.raw(text),
                    EdgeFieldPlan::Cursor => writer.cursor(fetch, level, Some(index)),
                    EdgeFieldPlan::Node(plan) => writer.node(fetch, level, level.row(index), plan),
                    EdgeFieldPlan::Score => match &fetch.search {
                        Some(_) => {
                            writer.cell(&level.rows, level.rows.cell(level.row(index), fetch.score_at()));
                            Ok(())
                        }
                        None => writer.raw("null"),
                    },
                    EdgeFieldPlan::BetweenAggregate(plan) => {
                        writer.aggregate(Some((&level.rows, level.row(index), fetch.between_measures_at())), plan)
                    }
                    EdgeFieldPlan::Highlight(plan) => writer.highlights(fetch, level, level.row(index), plan),
                    EdgeFieldPlan::Matches(plan) => writer.matches(fetch, level, level.row(index), plan),
                })
            }),
            ConnectionFieldPlan::PageInfo(plan) => {
                let probe_found = level.probe.as_ref().is_some_and(|level| level.ranges.get(parent).is_some());
                let (next, previous) = if backward { (probe_found, more) } else { (more, probe_found) };
                writer.braces(plan, |writer, field| match field {
                    PageInfoFieldPlan::Constant(text) => writer.raw(text),
                    PageInfoFieldPlan::HasNextPage => writer.raw(if next { "true" } else { "false" }),
                    PageInfoFieldPlan::HasPreviousPage => writer.raw(if previous { "true" } else { "false" }),
                    PageInfoFieldPlan::StartCursor => writer.cursor(fetch, level, page().next()),
                    PageInfoFieldPlan::EndCursor => writer.cursor(fetch, level, page().last()),
                })
            }
            ConnectionFieldPlan::DidYouMean => {
                match &level.suggestion {
                    Some(text) => writer.text(text),
                    None => writer.out.push_str("null"),
                }
                Ok(())
            }
            ConnectionFieldPlan::Expansions(plan) => writer.expansions(level, plan),
            ConnectionFieldPlan::Aggregate(at, plan) => {
                let groups = level.grouped.get(*at);
                let row = groups.and_then(|groups| Some((&groups.rows, groups.ranges.get(parent)?.0, 0)));
                writer.aggregate(row, plan)
            }
            ConnectionFieldPlan::Facets(facets) => writer.facets(level, parent, facets),
            ConnectionFieldPlan::Groups(at, plan) => match level.grouped.get(*at) {
                Some(groups) => writer.connection(&fetch.groups[*at], groups, parent, plan),
                None => writer.connection(&fetch.groups[*at], &Level::default(), parent, plan),
            },
            ConnectionFieldPlan::TotalCount => {
                writer.int(level.counts.get(&parent).copied().unwrap_or_default());
                Ok(())
            }
        })
    }

    /// Writes an entry of a connection.
    fn node(&mut self, fetch: &Fetch, level: &Level, row: usize, plan: &NodePlan) -> Written {
        let plans = match plan {
            NodePlan::Row(plan) => return self.object(fetch, level, row, plan),
            NodePlan::Group(plan) => return self.group(fetch, level, row, plan),
            NodePlan::AnyOf(plans) => plans,
        };
        let id = record(fetch, level, row)?;
        for (child, plan) in plans {
            let (fetch, below) = below(fetch, level, *child);
            if let Some((row, _)) = below.level.ranges.get(id) {
                return self.object(fetch, &below.level, row, plan);
            }
        }
        Err(EngineError::Corrupt(format!("the search index has record {id}, which is missing")))
    }

    fn cursor(&mut self, fetch: &Fetch, level: &Level, index: Option<usize>) -> Written {
        let Some(index) = index else { return self.raw("null") };
        let cursor = match &level.entries {
            Some(entries) => page::encode_position(entries[index].position, entries[index].id, fetch.fingerprint),
            None => page::encode(&level.rows, index, fetch.keys_at(), fetch.sort_keys.len(), fetch.fingerprint),
        };
        self.out.push('"');
        self.out.push_str(&cursor);
        self.out.push('"');
        Ok(())
    }
}
