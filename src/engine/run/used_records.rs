//! The records used by a response, as cache tags.
//!
//! - `Procedure:42`: the response contains this record.
//! - `Procedure:any`: the response contains more records of the type than the tags name, or a filter, an order, a search
//!   or a group may have read any record of the type.
//! - `Procedure`: the response depends on which records of the type exist: a list, a count, or a record that was not found.

use std::collections::{BTreeMap, BTreeSet};

use super::level::Level;
use crate::{
    engine::plan::{By, Fetch},
    store::reading::statement::Read,
};

/// Maximum number of records that tags name. Their tags are then shorter than three kilobytes, in each of two headers.
pub const MAX_NAMED: usize = 50;

/// The records used by a response, by type.
#[derive(Debug, Default)]
pub struct UsedRecords(BTreeMap<&'static str, OfType>);

#[derive(Debug, Default)]
struct OfType {
    /// The response depends on which records exist.
    listed: bool,
    /// No single record is named: there are too many, or a filter, an order, a search or a group may have read any.
    any: bool,
    named: BTreeSet<i64>,
}

impl UsedRecords {
    /// Marks the response as dependent on which records of a type exist.
    pub fn list(&mut self, type_name: &'static str) {
        self.of_type(type_name).listed = true;
    }

    fn of_type(&mut self, type_name: &'static str) -> &mut OfType {
        self.0.entry(type_name).or_default()
    }

    /// Adds the records of a level and of all levels below it.
    pub fn add(&mut self, fetch: &Fetch, level: &Level) {
        for name in &fetch.depends_on {
            let of_type = self.of_type(name);
            of_type.set_any();
            of_type.listed = true;
        }
        if fetch.target.is_service_record() {
            self.list(fetch.target.name);
        }
        if fetch.target.content().is_some() && fetch.grouping.is_none() && !matches!(fetch.by, By::Found) {
            let of_type = self.of_type(fetch.target.name);
            of_type.listed |= fetch.page.is_some() || level.rows.is_empty();
            let id = match fetch.by {
                By::Key => Some(fetch.parent_at()),
                _ => fetch.columns.iter().position(|column| *column == ("id", Read::Int)),
            };
            for id in (0..level.rows.len()).filter_map(|row| level.rows.int(row, id?)) {
                if of_type.any {
                    break;
                }
                of_type.named.insert(id);
                if of_type.named.len() > MAX_NAMED {
                    of_type.set_any();
                }
            }
        }
        for (groups, level) in fetch.groups.iter().zip(&level.grouped) {
            self.add(groups, level);
        }
        for (child, below) in fetch.children.iter().zip(&level.children) {
            self.add(&child.fetch, &below.level);
        }
    }

    /// Returns the tags. At most [`MAX_NAMED`] of them name records. If there are more records, the types with the most get
    /// the tag `any` instead.
    #[must_use]
    pub fn tags(mut self) -> Vec<String> {
        while self.0.values().map(|of_type| of_type.named.len()).sum::<usize>() > MAX_NAMED {
            let Some(most) = self.0.values_mut().max_by_key(|of_type| of_type.named.len()) else { break };
            most.set_any();
        }
        let mut tags = Vec::new();
        for (name, of_type) in self.0 {
            tags.extend(of_type.listed.then(|| name.to_owned()));
            tags.extend(of_type.any.then(|| format!("{name}:any")));
            tags.extend(of_type.named.iter().map(|id| format!("{name}:{id}")));
        }
        tags
    }
}

impl OfType {
    fn set_any(&mut self) {
        self.any = true;
        self.named.clear();
    }
}
