//! What content an answer used, as cache tags.
//!
//! - `Procedure:42`: this content is in the answer.
//! - `Procedure:any`: more of the type is in the answer than is worth naming, or all of it was looked into by a filter or an order.
//! - `Procedure`: the answer depends on which content of the type there is: a list, a count, or something that was not found.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    plan::{By, Fetch},
    run::Level,
};
use crate::store::statement::Read;

/// Most contents that are named: their tags take less than three kilobytes, in two headers.
pub const MAX_NAMED: usize = 50;

/// What content an answer used, by type.
#[derive(Debug, Default)]
pub struct Used(BTreeMap<&'static str, OfType>);

#[derive(Debug, Default)]
struct OfType {
    listed: bool,
    /// Too many to be named.
    many: bool,
    named: BTreeSet<i64>,
}

impl Used {
    /// Adds that the answer depends on which content of a type there is.
    pub fn list(&mut self, name: &'static str) {
        self.entry_of(name).listed = true;
    }

    fn entry_of(&mut self, name: &'static str) -> &mut OfType {
        self.0.entry(name).or_default()
    }

    /// Adds what was read for a fetch and everything below it.
    pub fn add(&mut self, fetch: &Fetch, level: &Level) {
        for name in &fetch.depends_on {
            let of_type = self.entry_of(name);
            of_type.too_many();
            of_type.listed = true;
        }
        if fetch.target.content().is_some() {
            let of_type = self.entry_of(fetch.target.name);
            of_type.listed |= fetch.page.is_some() || level.rows.is_empty();
            let id = match fetch.by {
                By::Key => Some(fetch.parent_at()),
                _ => fetch.columns.iter().position(|column| *column == ("id", Read::Int)),
            };
            for id in (0..level.rows.len()).filter_map(|row| level.rows.int(row, id?)) {
                if of_type.many {
                    break;
                }
                of_type.named.insert(id);
                if of_type.named.len() > MAX_NAMED {
                    of_type.too_many();
                }
            }
        }
        for (child, below) in fetch.children.iter().zip(&level.children) {
            self.add(&child.fetch, &below.level);
        }
    }

    /// The tags, at most [`MAX_NAMED`] of single contents.
    #[must_use]
    pub fn tags(mut self) -> Vec<String> {
        while self.0.values().map(|of_type| of_type.named.len()).sum::<usize>() > MAX_NAMED {
            let Some(most) = self.0.values_mut().max_by_key(|of_type| of_type.named.len()) else { break };
            most.too_many();
        }
        let mut tags = Vec::new();
        for (name, of_type) in self.0 {
            tags.extend(of_type.listed.then(|| name.to_owned()));
            tags.extend(of_type.many.then(|| format!("{name}:any")));
            tags.extend(of_type.named.iter().map(|id| format!("{name}:{id}")));
        }
        tags
    }
}

impl OfType {
    fn too_many(&mut self) {
        self.many = true;
        self.named.clear();
    }
}
