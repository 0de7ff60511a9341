//! The cost of fields, as formulas. `http/pages/` passes the prices of the planner to this module, as [`Points`]. From the
//! type of a field, this module derives which prices apply. A test compares the formulas with what the service charges.

use super::model::{Field, Schema, Type};

/// The points that an operation costs (`engine/plan/cost.rs`).
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// An object of the response.
    pub object: u64,
    /// A connection of one parent.
    pub connection: u64,
    /// A count of all rows, such as `totalCount`.
    pub total_count: u64,
    /// A search, or a filter or an order that no index serves.
    pub search: u64,
    /// Assumed number of entries of a plain list.
    pub plain_list: u64,
    /// Default number of entries of a page.
    pub page: u64,
    /// A change that a mutation publishes.
    pub publication: u64,
    /// Bytes of the response that cost at least one point.
    pub bytes_per_point: u64,
    /// Rows that filters and orders may read for one point.
    pub rows_per_point: u64,
}

impl Points {
    /// Returns the formula of a field of a type; `None` if it costs nothing. In the formula, `fields` is the cost of the
    /// fields that are selected within.
    #[must_use]
    pub fn of(&self, schema: &Schema, owner: &Type, field: &Field) -> Option<String> {
        let Self { object, connection, total_count, search, plain_list, publication, .. } = self;
        if owner.name == "Mutation" {
            return Some(format!("{publication} for each change + fields"));
        }
        let each = format!("({object} + fields)");
        if owner.is_page() {
            return match field.name.as_str() {
                "nodes" => Some(format!("`first` × {each}")),
                "edges" => Some("`first` × fields".to_owned()),
                "totalCount" | "aggregate" => Some(total_count.to_string()),
                "groups" => Some(format!("{} + `first` × {each}", connection + total_count)),
                "expansions" => Some(format!("words × {each}")),
                _ => None,
            };
        }
        let target = schema.find(field.r#type.named())?;
        let is_report = owner.is_payload() && schema.is_uncharged(target);
        if !target.is_composite() || is_report || schema.is_uncharged(owner) {
            return None;
        }
        if target.is_page() {
            // The root field `search` always searches.
            let base = if field.has_argument("text") { connection + search } else { *connection };
            return Some(format!("{base} + `first` × {each}"));
        }
        let is_edge = owner.has("cursor");
        Some(match (field.r#type.is_list(), field.has_argument("first")) {
            (false, _) if field.name == "counts" => format!("{object} + {total_count} for each field"),
            (false, _) => format!("{object} + fields"),
            (true, true) if owner.name == "Query" => format!("`first` × {each}"),
            (true, true) if !field.has_argument("where") => format!("{total_count} + `first` × {object}"),
            (true, false) if owner.is_payload() => format!("changes × {each}"),
            (true, false) if is_edge => format!("words × {each}"),
            (true, false) if field.has_argument("ids") => format!("`ids` × {each}"),
            (true, false) if ["Query", "Enumeration"].contains(&owner.name.as_str()) => format!("entries × {each}"),
            (true, _) => format!("{plain_list} × {each}"),
        })
    }

    /// Returns sentences on the cost of a page: how to read its formulas, and an example of them.
    #[must_use]
    pub fn explain(&self, schema: &Schema, one: &Type, field: Option<&Field>) -> String {
        let Self { object, connection, total_count, search, plain_list, page, bytes_per_point, rows_per_point, .. } = self;
        let base = format!(
            "In a formula, `fields` is the cost of the fields that are selected within: scalars cost nothing, and an object costs {object}. \
             The maximum cost is known before the operation runs. It counts `first` entries of a page, or {page} without `first`, and \
             {plain_list} entries of a plain list. The actual cost counts what is in the response. Both costs are in the response if \
             the request has `\"extensions\": {{\"cost\": true}}`."
        );
        let response = format!(
            "A response costs at least one point for each {bytes_per_point} bytes. The maximum cost includes one more point for each \
             {rows_per_point} rows that filters and orders may read."
        );
        let is_page = one.is_page() || field.and_then(|field| schema.find(field.r#type.named())).is_some_and(Type::is_page);
        let of_page = format!(
            " One page of {page} entries without objects in them costs {} points, {total_count} more with `totalCount`, and {search} more \
             with a search, or with a filter or an order that no index serves.",
            connection + page * object
        );
        let filtered = format!(
            " With `where`, a plain list costs {connection} more for each parent, and {search} more in addition if no index serves the \
             filter."
        );
        let is_filtered = |field: &Field| field.r#type.is_list() && field.has_argument("where");
        let has_filtered = one.fields.iter().flatten().any(is_filtered);
        let added = [(is_page, of_page), (has_filtered, filtered)].into_iter().filter(|(applies, _)| *applies);
        let added: String = added.map(|(_, sentence)| sentence).collect();
        format!("{base}{added} {response}")
    }
}
